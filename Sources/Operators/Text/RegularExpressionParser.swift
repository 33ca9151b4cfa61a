import Diagnostics

/// Reads the text of a regular expression.
struct RegularExpressionParser {
  indirect enum Node {
    case empty
    case characters(CharacterClass)
    case assertion(RegularExpression.Assertion)
    case sequence([Node])
    case choice(Node, Node)
    case repetition(Node, Int, Int?)
  }

  private struct Flags {
    var ignoresCase = false
    var dotMatchesNewline = false
    var isMultiline = false
  }

  private var text: [Unicode.Scalar]
  private var at = 0
  private var flags = Flags()
  private var depth = 0

  init(_ pattern: String) { text = Array(pattern.unicodeScalars) }

  static func error(_ text: String) -> ModelError { ModelError(.invalidGraph, "the pattern " + text, at: Place(attribute: "pattern")) }

  mutating func parse() throws(ModelError) -> Node {
    let node = try alternatives()
    guard at == text.count else { throw Self.error("closes a group that is not open") }
    return node
  }

  private var next: Unicode.Scalar? { at < text.count ? text[at] : nil }

  private mutating func take() throws(ModelError) -> Unicode.Scalar {
    guard let scalar = next else { throw Self.error("ends too early") }
    at += 1
    return scalar
  }

  private mutating func skip(_ expected: String) -> Bool {
    let scalars = Array(expected.unicodeScalars)
    guard at + scalars.count <= text.count, Array(text[at..<at + scalars.count]) == scalars else { return false }
    at += scalars.count
    return true
  }

  private mutating func alternatives() throws(ModelError) -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth < 200 else { throw Self.error("is nested too deeply") }
    var branches: [Node] = []
    repeat { branches.append(try sequence()) } while skip("|")
    return branches.dropLast().reversed().reduce(branches[branches.count - 1]) { .choice($1, $0) }
  }

  private mutating func sequence() throws(ModelError) -> Node {
    var parts: [Node] = []
    while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repeated(atom())) }
    return .sequence(parts)
  }

  private mutating func repeated(_ atom: Node) throws(ModelError) -> Node {
    var node = atom
    while let scalar = next {
      let bounds: (Int, Int?)
      switch scalar {
      case "*": (at, bounds) = (at + 1, (0, nil))
      case "+": (at, bounds) = (at + 1, (1, nil))
      case "?": (at, bounds) = (at + 1, (0, 1))
      case "{":
        guard let counts = try counts() else { return node }
        bounds = counts
      default: return node
      }
      // How much a lazy form takes makes no difference to a match of everything.
      _ = skip("?")
      node = .repetition(node, bounds.0, bounds.1)
    }
    return node
  }

  /// `{n}`, `{n,}` or `{n,m}`; `nil`, with nothing taken, for a brace that means itself.
  private mutating func counts() throws(ModelError) -> (Int, Int?)? {
    let start = at
    at += 1
    let low = number()
    var high = low
    if skip(",") { high = number() }
    let isOpen = text[start..<at].last == ","
    guard let low, skip("}") else {
      at = start
      return nil
    }
    guard low <= 1000, high ?? low <= 1000, isOpen || (high ?? low) >= low else { throw Self.error("repeats something too often") }
    return (low, isOpen ? nil : high)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar), value ?? 0 < 1_000_000 {
      value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
      at += 1
    }
    return value
  }

  private mutating func atom() throws(ModelError) -> Node {
    let scalar = try take()
    switch scalar {
    case "(": return try group()
    case "[": return .characters(try bracket())
    case ".": return .characters(CharacterClass(flags.dotMatchesNewline ? [] : [0x0a...0x0a], isNegated: true))
    case "^": return .assertion(flags.isMultiline ? .lineStart : .start)
    case "$": return .assertion(flags.isMultiline ? .lineEnd : .end)
    case "\\": return try escape()
    case "*", "+", "?": throw Self.error("repeats nothing")
    case "{":
      // A brace after nothing means itself, as one that holds no numbers does.
      return literal(scalar)
    default: return literal(scalar)
    }
  }

  private func literal(_ scalar: Unicode.Scalar) -> Node {
    .characters(CharacterClass([scalar.value...scalar.value], ignoresCase: flags.ignoresCase))
  }

  private mutating func group() throws(ModelError) -> Node {
    let outer = flags
    if skip("?") {
      if skip("P<") || skip("<") {
        while try take() != ">" {}
      } else if try !readFlags() {
        return .empty
      }
    }
    let node = try alternatives()
    guard skip(")") else { throw Self.error("leaves a group open") }
    flags = outer
    return node
  }

  /// Flags up to `:` or `)`; false when they are not those of a group, but of what follows.
  private mutating func readFlags() throws(ModelError) -> Bool {
    var isOn = true
    while true {
      switch try take() {
      case ":": return true
      case ")": return false
      case "-": isOn = false
      case "i": flags.ignoresCase = isOn
      case "s": flags.dotMatchesNewline = isOn
      case "m": flags.isMultiline = isOn
      case "U": break
      default: throw Self.error("has a flag that is not understood")
      }
    }
  }

  private mutating func escape() throws(ModelError) -> Node {
    let scalar = try take()
    switch scalar {
    case "b": return .assertion(.wordBoundary)
    case "B": return .assertion(.noWordBoundary)
    case "A": return .assertion(.start)
    case "z": return .assertion(.end)
    case "Q":
      var parts: [Node] = []
      while at < text.count, !skip("\\E") { parts.append(literal(try take())) }
      return .sequence(parts)
    default: break
    }
    if let ranges = shorthand(scalar) { return .characters(CharacterClass(ranges)) }
    return literal(try character(scalar))
  }

  private func shorthand(_ scalar: Unicode.Scalar) -> [ClosedRange<UInt32>]? {
    switch scalar {
    case "d": CharacterClass.digit
    case "D": CharacterClass.complement(CharacterClass.digit)
    case "w": CharacterClass.word
    case "W": CharacterClass.complement(CharacterClass.word)
    case "s": CharacterClass.space
    case "S": CharacterClass.complement(CharacterClass.space)
    default: nil
    }
  }

  /// The character that a letter after a backslash stands for.
  private mutating func character(_ scalar: Unicode.Scalar) throws(ModelError) -> Unicode.Scalar {
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "f": return "\u{0c}"
    case "v": return "\u{0b}"
    case "a": return "\u{07}"
    case "x": return try hexadecimal()
    default:
      guard !CharacterClass.isWord(scalar) else { throw Self.error("has an escape that is not understood: \\\(scalar)") }
      return scalar
    }
  }

  private mutating func hexadecimal() throws(ModelError) -> Unicode.Scalar {
    var digits = ""
    if skip("{") {
      while next != "}" { digits.unicodeScalars.append(try take()) }
      at += 1
    } else {
      for _ in 0..<2 { digits.unicodeScalars.append(try take()) }
    }
    guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else { throw Self.error("has a malformed number") }
    return scalar
  }

  private mutating func bracket() throws(ModelError) -> CharacterClass {
    let isNegated = skip("^")
    var ranges: [ClosedRange<UInt32>] = []
    var isFirst = true
    while isFirst || next != "]" {
      isFirst = false
      let scalar = try take()
      if scalar == "[", skip(":") {
        ranges += try named()
      } else if scalar == "\\", let letter = next, let set = shorthand(letter) {
        at += 1
        ranges += set
      } else {
        let low = scalar == "\\" ? try character(take()) : scalar
        guard next == "-", at + 1 < text.count, text[at + 1] != "]" else {
          ranges.append(low.value...low.value)
          continue
        }
        at += 1
        let end = try take()
        let high = end == "\\" ? try character(take()) : end
        guard low <= high else { throw Self.error("has a range that runs backwards") }
        ranges.append(low.value...high.value)
      }
    }
    at += 1
    return CharacterClass(ranges, isNegated: isNegated, ignoresCase: flags.ignoresCase)
  }

  /// The class behind `[:`.
  private mutating func named() throws(ModelError) -> [ClosedRange<UInt32>] {
    let isNegated = skip("^")
    var name = ""
    while next != ":" { name.unicodeScalars.append(try take()) }
    guard skip(":]"), let ranges = CharacterClass.named[name] else { throw Self.error("has a class that is not known: \(name)") }
    return isNegated ? CharacterClass.complement(ranges) : ranges
  }
}
