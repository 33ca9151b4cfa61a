import Diagnostics
import GraphIR
import Operators
import Tensors

/// Reads `.npy` files, versions 1 to 3 of the format. Nothing in one is ever executed: arrays of Python objects are refused.
public enum NumpyReader {
  /// The array in a mapped file; where the elements lie as a tensor has them they stay mapped.
  ///
  /// Big-endian elements are swapped and Fortran order is transposed. Throws `malformed`, `truncated`, `limitExceeded`, or
  /// `unsupported` for objects, records, dates and numbers that a tensor does not have.
  public static func read(_ file: FileMapping) throws(ModelError) -> Tensor {
    do throws(ModelError) {
      let (header, start) = try header(of: file.bytes)
      let content = start..<file.bytes.count
      let element = try NumpyElement(header.descr)
      let shape = header.isFortran ? header.shape.reversed() : header.shape
      var tensor = try tensor(element, shape, file, content)
      if header.isFortran, shape.count > 1 {
        var transpose = Transpose()
        transpose.perm = Array(shape.indices.reversed())
        tensor = try transpose.evaluateTensors([tensor], resultCount: 1)[0]
      }
      return tensor
    } catch {
      throw error.located(Place(file: file.path))
    }
  }

  /// The header and where the elements begin.
  private static func header(of bytes: UnsafeRawBufferPointer) throws(ModelError) -> (NumpyHeader, start: Int) {
    let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    guard bytes.count >= 10, bytes.prefix(6).elementsEqual(magic) else {
      throw ModelError(.malformed, "is no .npy file: it does not begin as one")
    }
    guard (1...3).contains(bytes[6]) else { throw ModelError(.unsupported, "version \(bytes[6]) of the .npy format") }
    let isLong = bytes[6] > 1
    guard bytes.count >= 12 || !isLong else { throw ModelError(.truncated, "ends within its header") }
    let length = isLong
      ? Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self).littleEndian)
      : Int(bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self).littleEndian)
    let begin = isLong ? 12 : 10
    guard length <= 1 << 16 else { throw ModelError(.limitExceeded, "a header of \(length) bytes") }
    guard bytes.count >= begin + length else { throw ModelError(.truncated, "ends within its header") }
    var parser = NumpyHeader.Parser(text: Array(bytes[begin..<begin + length]))
    return (try parser.header(), begin + length)
  }

  private static func tensor(
    _ element: NumpyElement, _ shape: Shape, _ file: FileMapping, _ range: Range<Int>
  ) throws(ModelError) -> Tensor {
    guard let count = shape.elementCount, case (let size, false) = count.multipliedReportingOverflow(by: element.width) else {
      throw ModelError(.limitExceeded, "an array of \(shape) is too large to address")
    }
    guard range.count == size else {
      throw ModelError(range.count < size ? .truncated : .malformed, "\(range.count) bytes of data where \(element.text)\(shape) takes \(size)")
    }
    switch element.kind {
    case .bytes: return try strings(element, shape, count, file, range) { Array($0.prefix { $0 != 0 }) }
    case .characters:
      return try strings(element, shape, count, file, range) { bytes throws(ModelError) in try text(bytes, element) }
    case .number(let type):
      guard element.isSwapped || type == .bool else { return try Tensor(type, shape, mapped: file, range: range) }
      var copy = OwnedBytes(copying: UnsafeRawBufferPointer(rebasing: file.bytes[range]))
      copy.withUnsafeMutableBytes { bytes in
        if type == .bool {
          for index in bytes.indices where bytes[index] > 1 { bytes[index] = 1 }
        } else {
          swap(bytes, unit: element.unit)
        }
      }
      return try Tensor(type, shape, bytes: copy)
    }
  }

  private static func swap(_ bytes: UnsafeMutableRawBufferPointer, unit: Int) {
    guard unit > 1 else { return }
    for start in stride(from: 0, to: bytes.count - unit + 1, by: unit) {
      for index in 0..<unit / 2 { bytes.swapAt(start + index, start + unit - 1 - index) }
    }
  }

  private static func strings(
    _ element: NumpyElement, _ shape: Shape, _ count: Int, _ file: FileMapping, _ range: Range<Int>,
    _ convert: (UnsafeRawBufferPointer) throws(ModelError) -> [UInt8]
  ) throws(ModelError) -> Tensor {
    guard count <= 1 << 26 else { throw ModelError(.limitExceeded, "\(count) strings") }
    var strings: [[UInt8]] = []
    for index in 0..<count {
      let start = range.lowerBound + index * element.width
      strings.append(try convert(UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + element.width])))
    }
    return try Tensor(strings: strings, shape: shape)
  }

  /// Four bytes for each character, those after the last being zero.
  private static func text(_ bytes: UnsafeRawBufferPointer, _ element: NumpyElement) throws(ModelError) -> [UInt8] {
    var scalars = String.UnicodeScalarView()
    for offset in stride(from: 0, to: bytes.count, by: 4) {
      let raw = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      let code = element.isSwapped ? raw.bigEndian : raw.littleEndian
      if code == 0 { break }
      guard let scalar = Unicode.Scalar(code) else { throw ModelError(.malformed, "\(code) is no character") }
      scalars.append(scalar)
    }
    return Array(String(scalars).utf8)
  }
}

/// What one element of an array is, from its `descr`.
struct NumpyElement {
  enum Kind { case number(ElementType), bytes, characters }
  let text: String
  let kind: Kind
  /// Bytes of one element.
  let width: Int
  let isSwapped: Bool

  private static let numbers: [String: ElementType] = [
    "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
    "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
  ]

  /// The name that NumPy gives an element type, when it has it.
  static func name(of element: ElementType) -> String? { numbers.first { $0.value == element }?.key }

  init(_ descr: String) throws(ModelError) {
    text = descr
    let order = descr.first
    let isOrdered = order.map { "<>|=".contains($0) } ?? false
    let name = isOrdered ? String(descr.dropFirst()) : descr
    isSwapped = order == ">"
    if name.hasPrefix("O") {
      throw ModelError(.unsupported, "holds Python objects, which are never unpickled", notes: ["save an array of numbers"])
    }
    if let element = Self.numbers[name] {
      kind = .number(element)
      width = element.bitWidth / 8
    } else if name.hasPrefix("S") || name.hasPrefix("U"), let count = Int(name.dropFirst()), (0...1 << 20).contains(count) {
      kind = name.hasPrefix("S") ? .bytes : .characters
      width = name.hasPrefix("S") ? count : 4 * count
    } else {
      throw ModelError(.unsupported, "elements of the type \(Spelling.quoted(descr.prefix(40).description)) cannot be read")
    }
  }

  /// What is swapped as one: the halves of a complex number are two.
  var unit: Int {
    if case .number(.complex64) = kind { return 4 }
    if case .number(.complex128) = kind { return 8 }
    return width
  }
}
