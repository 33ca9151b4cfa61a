import LiteRTSchema

/// A FlexBuffer made by hand: a map whose slots, like those of its vectors, are four bytes wide.
enum FlexBytes {
  enum Value {
    case integer(Int32)
    case number(Float)
    case integers([Int32])
  }

  static func map(_ entries: [(key: String, value: Value)]) -> [UInt8] {
    var bytes: [UInt8] = []
    func word(_ pattern: UInt32) { withUnsafeBytes(of: pattern.littleEndian) { bytes += $0 } }
    func offset(to place: Int) { word(UInt32(bytes.count - place)) }
    let keys = entries.map { entry in
      bytes += entry.key.utf8 + [0]
      return bytes.count - entry.key.utf8.count - 1
    }
    var vectors: [Int: Int] = [:]
    for case (let index, .integers(let elements)) in entries.map(\.value).enumerated() {
      word(UInt32(elements.count))
      vectors[index] = bytes.count
      elements.forEach { word(UInt32(bitPattern: $0)) }
    }
    word(UInt32(entries.count))
    let keyVector = bytes.count
    keys.forEach(offset)
    offset(to: keyVector)
    word(4)
    word(UInt32(entries.count))
    let start = bytes.count
    for (index, entry) in entries.enumerated() {
      switch entry.value {
      case .integer(let number): word(UInt32(bitPattern: number))
      case .number(let number): word(number.bitPattern)
      case .integers: offset(to: vectors[index] ?? 0)
      }
    }
    for entry in entries {
      switch entry.value {
      case .integer: bytes.append(1 << 2 | 2)
      case .number: bytes.append(3 << 2 | 2)
      case .integers: bytes.append(11 << 2 | 2)
      }
    }
    offset(to: start)
    return bytes + [9 << 2 | 2, 4]
  }
}
