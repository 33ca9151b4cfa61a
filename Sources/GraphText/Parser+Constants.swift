import Diagnostics
import GraphIR
import Tensors

extension Parser {
  /// The largest constant that `random` or `splat` may ask for, in bytes.
  static let generatedLimit = 1 << 28

  /// What follows the word `const`.
  mutating func constant() throws(ModelError) -> Tensor {
    let element = try element()
    let shape = try sizes()
    let start = position
    guard let count = shape.elementCount, let byteCount = element.byteCount(elements: count) else {
      throw ModelError(.limitExceeded, "the constant is too large to address")
    }
    if element == .string { return try strings(shape, count: count) }
    if accept("@") || accept("#") {
      position = start
      return try reference(element, shape, byteCount: byteCount)
    }
    if accept(word: "hex") { return try hexadecimal(element, shape, byteCount: byteCount) }
    if accept(word: "random") {
      try expect("(")
      let seed = try integer(UInt64.self)
      try expect(")")
      var elements = RandomElements(seed: seed)
      return try generated(element, shape, count: count, byteCount: byteCount) { elements.next(element) }
    }
    if accept(word: "splat") {
      try expect("(")
      let bits = try scalar(element)
      try expect(")")
      return try generated(element, shape, count: count, byteCount: byteCount) { bits }
    }
    return try literal(element, shape, count: count, byteCount: byteCount)
  }

  /// Sizes in brackets; a scalar may do without.
  mutating func sizes() throws(ModelError) -> Shape {
    var shape: Shape = []
    guard accept("[") else { return [] }
    try list(until: "]") { (parser) throws(ModelError) in
      let size = try parser.integer()
      guard size >= 0 else { throw parser.failure("a size cannot be negative") }
      shape.append(size)
    }
    return shape
  }

  private mutating func literal(_ element: ElementType, _ shape: Shape, count: Int, byteCount: Int) throws(ModelError) -> Tensor {
    skipSpace()
    let start = position
    var elements: [UInt64] = []
    if accept("[") {
      try list(until: "]") { (parser) throws(ModelError) in elements.append(try parser.scalar(element)) }
    } else if shape.isEmpty {
      elements = [try scalar(element)]
    } else {
      throw failure("expected the elements of a constant")
    }
    guard elements.count == count else { throw failure("\(elements.count) elements where the type takes \(count)", at: start) }
    return try Self.packed(element, shape, count: count, byteCount: byteCount) { elements[$0] }
  }

  private mutating func generated(
    _ element: ElementType, _ shape: Shape, count: Int, byteCount: Int, _ next: () -> UInt64
  ) throws(ModelError) -> Tensor {
    guard byteCount <= Self.generatedLimit, byteCount <= generatedBytesLeft else {
      throw ModelError(.limitExceeded, "a generated constant of \(byteCount) bytes is too large")
    }
    guard element != .complex128 else { throw failure("expected 128-bit complex numbers as \"hex\"") }
    generatedBytesLeft -= byteCount
    return try Self.packed(element, shape, count: count, byteCount: byteCount) { _ in next() }
  }

  private static func packed(
    _ element: ElementType, _ shape: Shape, count: Int, byteCount: Int, _ bits: (Int) -> UInt64
  ) throws(ModelError) -> Tensor {
    var bytes = OwnedBytes(zeroed: byteCount)
    bytes.withUnsafeMutableBytes { buffer in
      for index in 0..<count { ElementText.store(bits(index), at: index, buffer, element) }
    }
    return try Tensor(element, shape, bytes: bytes)
  }

  private mutating func scalar(_ element: ElementType) throws(ModelError) -> UInt64 {
    skipSpace()
    let start = position
    if element == .bool {
      if accept(word: "true") { return 1 }
      if accept(word: "false") { return 0 }
    }
    let mask = ElementText.mask(element.bitWidth)
    switch try number() {
    case .bits(let bits)? where bits & mask == bits && element.bitWidth <= 64: return bits
    case .integer(let spelling)?, .float(let spelling)?:
      if let bits = ElementText.bits(ofNumber: spelling, element) { return bits }
    default: break
    }
    throw failure("expected an element of type \(element.rawValue)", at: start)
  }

  private mutating func strings(_ shape: Shape, count: Int) throws(ModelError) -> Tensor {
    skipSpace()
    let start = position
    var strings: [[UInt8]] = []
    if shape.isEmpty {
      strings = [try byteString()]
    } else {
      try expect("[")
      try list(until: "]") { (parser) throws(ModelError) in strings.append(try parser.byteString()) }
    }
    guard strings.count == count else { throw failure("\(strings.count) strings where the type takes \(count)", at: start) }
    return try Tensor(strings: strings, shape: shape)
  }

  private mutating func hexadecimal(_ element: ElementType, _ shape: Shape, byteCount: Int) throws(ModelError) -> Tensor {
    skipSpace()
    let start = position
    let digits = try byteString()
    guard digits.count % 2 == 0, digits.count / 2 == byteCount else {
      throw failure("\(digits.count) hexadecimal digits where \(byteCount) bytes are expected", at: start)
    }
    var bytes = OwnedBytes(zeroed: byteCount)
    var isValid = true
    bytes.withUnsafeMutableBytes { buffer in
      for index in 0..<byteCount {
        guard let high = Spelling.hexValue(digits[2 * index]), let low = Spelling.hexValue(digits[2 * index + 1]) else {
          isValid = false
          return
        }
        buffer[index] = high << 4 | low
      }
    }
    guard isValid else { throw failure("expected hexadecimal digits", at: start) }
    return try Tensor(element, shape, bytes: bytes)
  }

  private mutating func reference(_ element: ElementType, _ shape: Shape, byteCount: Int) throws(ModelError) -> Tensor {
    skipSpace()
    let start = position
    let source: ConstantReference.Source
    if accept("@") {
      let path = try name("a file's name")
      try expect("+")
      source = .file(path: path, offset: try integer())
    } else {
      try expect("#")
      source = .hash(wordCharacters())
    }
    guard let resolver else { throw failure("the constant's bytes are not in the text", at: start) }
    let tensor = try resolver(ConstantReference(source: source, element: element, shape: shape, byteCount: byteCount))
    guard tensor.element == element, tensor.shape == shape else { throw failure("the constant found is of another type", at: start) }
    return tensor
  }
}
