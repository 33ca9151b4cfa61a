import Diagnostics

/// A regular expression in the syntax of RE2, compiled to a nondeterministic automaton that is run on all states at once: time
/// grows with the text times the pattern, whatever they are. Source: Thompson, "Regular expression search algorithm".
///
/// Understood are literals, `.`, classes with ranges, negation, `\d \w \s` and `[:names:]`, groups, alternatives, `* + ? {n,m}` and
/// their lazy forms, `^ $ \A \z \b \B`, and the flags i, s and m. Not understood: Unicode properties (`\p`).
struct RegularExpression {
  enum Instruction {
    case consume(CharacterClass)
    case split(Int, Int)
    case jump(Int)
    case require(Assertion)
    case accept
  }

  enum Assertion { case start, end, lineStart, lineEnd, wordBoundary, noWordBoundary }

  /// Instructions beyond which a pattern is refused.
  static let sizeLimit = 1 << 16

  private let program: [Instruction]

  /// Throws `invalidGraph` for a pattern that is malformed, too large or not understood.
  init(_ pattern: String) throws(ModelError) {
    var parser = RegularExpressionParser(pattern)
    var compiler = RegularExpressionCompiler()
    try compiler.emit(try parser.parse())
    program = compiler.program + [.accept]
  }

  /// Whether the whole text matches.
  func matches(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var states = closure(of: [0], scalars, at: 0)
    for (index, scalar) in scalars.enumerated() {
      if states.isEmpty { return false }
      var next: [Int] = []
      for state in states {
        if case .consume(let characters) = program[state], characters.contains(scalar) { next.append(state + 1) }
      }
      states = closure(of: next, scalars, at: index + 1)
    }
    return states.contains { if case .accept = program[$0] { true } else { false } }
  }

  /// The states that are reached without reading anything.
  private func closure(of states: [Int], _ text: [Unicode.Scalar], at index: Int) -> [Int] {
    var seen = [Bool](repeating: false, count: program.count)
    var (pending, result): ([Int], [Int]) = (states, [])
    while let state = pending.popLast() {
      if seen[state] { continue }
      seen[state] = true
      switch program[state] {
      case .consume, .accept: result.append(state)
      case .jump(let target): pending.append(target)
      case .split(let a, let b): pending += [a, b]
      case .require(let assertion): if holds(assertion, text, index) { pending.append(state + 1) }
      }
    }
    return result
  }

  private func holds(_ assertion: Assertion, _ text: [Unicode.Scalar], _ index: Int) -> Bool {
    let isBoundary = (index > 0 && CharacterClass.isWord(text[index - 1])) != (index < text.count && CharacterClass.isWord(text[index]))
    switch assertion {
    case .start: return index == 0
    case .end: return index == text.count
    case .lineStart: return index == 0 || text[index - 1] == "\n"
    case .lineEnd: return index == text.count || text[index] == "\n"
    case .wordBoundary: return isBoundary
    case .noWordBoundary: return !isBoundary
    }
  }
}

/// A set of characters.
struct CharacterClass {
  var ranges: [ClosedRange<UInt32>] = []
  var isNegated = false
  var ignoresCase = false

  init(_ ranges: [ClosedRange<UInt32>], isNegated: Bool = false, ignoresCase: Bool = false) {
    (self.ranges, self.isNegated, self.ignoresCase) = (ranges, isNegated, ignoresCase)
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    var isInside = ranges.contains { $0.contains(scalar.value) }
    if !isInside, ignoresCase {
      let properties = scalar.properties
      for form in [properties.lowercaseMapping, properties.uppercaseMapping] {
        if form.unicodeScalars.count == 1, let other = form.unicodeScalars.first { isInside = isInside || ranges.contains { $0.contains(other.value) } }
      }
    }
    return isInside != isNegated
  }

  static func isWord(_ scalar: Unicode.Scalar) -> Bool { word.contains { $0.contains(scalar.value) } }

  static let digit: [ClosedRange<UInt32>] = [0x30...0x39]
  static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a]
  static let space: [ClosedRange<UInt32>] = [0x09...0x0a, 0x0c...0x0d, 0x20...0x20]
  static let named: [String: [ClosedRange<UInt32>]] = [
    "alnum": [0x30...0x39, 0x41...0x5a, 0x61...0x7a], "alpha": [0x41...0x5a, 0x61...0x7a], "ascii": [0...0x7f], "blank": [0x09...0x09, 0x20...0x20],
    "cntrl": [0...0x1f, 0x7f...0x7f], "digit": digit, "graph": [0x21...0x7e], "lower": [0x61...0x7a], "print": [0x20...0x7e],
    "punct": [0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e], "space": [0x09...0x0d, 0x20...0x20], "upper": [0x41...0x5a], "word": word,
    "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
  ]

  /// All characters that are not in `ranges`.
  static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var (result, next): ([ClosedRange<UInt32>], UInt32) = ([], 0)
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
      next = max(next, range.upperBound + 1)
    }
    return next <= 0x10ffff ? result + [next...0x10ffff] : result
  }
}

/// Turns a pattern's tree into instructions.
private struct RegularExpressionCompiler {
  var program: [RegularExpression.Instruction] = []

  private mutating func append(_ instruction: RegularExpression.Instruction) throws(ModelError) {
    guard program.count < RegularExpression.sizeLimit else { throw RegularExpressionParser.error("is too large") }
    program.append(instruction)
  }

  mutating func emit(_ node: RegularExpressionParser.Node) throws(ModelError) {
    switch node {
    case .empty: break
    case .characters(let characters): try append(.consume(characters))
    case .assertion(let assertion): try append(.require(assertion))
    case .sequence(let parts): for part in parts { try emit(part) }
    case .choice(let first, let second):
      let split = program.count
      try append(.jump(0))
      try emit(first)
      let jump = program.count
      try append(.jump(0))
      program[split] = .split(split + 1, program.count)
      try emit(second)
      program[jump] = .jump(program.count)
    case .repetition(let part, let low, let high): try emit(part, low, high)
    }
  }

  private mutating func emit(_ part: RegularExpressionParser.Node, _ low: Int, _ high: Int?) throws(ModelError) {
    for _ in 0..<low { try emit(part) }
    guard let high else {
      let split = program.count
      try append(.jump(0))
      try emit(part)
      try append(.jump(split))
      program[split] = .split(split + 1, program.count)
      return
    }
    var splits: [Int] = []
    for _ in low..<high {
      splits.append(program.count)
      try append(.jump(0))
      try emit(part)
    }
    for split in splits { program[split] = .split(split + 1, program.count) }
  }
}
