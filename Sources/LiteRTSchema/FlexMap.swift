import Diagnostics

/// A FlexBuffer whose root is a map: what custom operators have as options.
///
/// Scalars lie in their slot; everything else is reached by an offset backwards from it. Slots of one container have one width, given
/// where the container is referred to. Every read is bounds-checked. Format: "FlexBuffers", google.github.io/flatbuffers, flexbuffers.html.
package struct FlexMap {
  /// A slot: its place, its width, and the packed type of what is in it.
  private struct Slot {
    var place: Int
    var width: Int
    var type: Int
    var kind: Int { type >> 2 }
    /// The width of the slots that a reference leads to.
    var targetWidth: Int { 1 << (type & 3) }
  }

  private enum Kind {
    static let int = 1, uint = 2, float = 3, vector = 10, map = 9, vectorInt = 11, vectorUInt = 12
  }

  private let bytes: [UInt8]
  private var slots: [String: Slot] = [:]

  /// Throws `malformed` where the bytes are no map.
  package init(_ bytes: some Collection<UInt8>) throws(ModelError) {
    self.bytes = Array(bytes)
    guard self.bytes.count >= 3, let width = self.bytes.last.map(Int.init), [1, 2, 4, 8].contains(width) else { throw Self.malformed }
    let root = Slot(place: self.bytes.count - 2 - width, width: width, type: Int(self.bytes[self.bytes.count - 2]))
    guard root.kind == Kind.map else { throw Self.malformed }
    let (values, slotWidth) = (try target(of: root), root.targetWidth)
    let keys = try target(at: values - 3 * slotWidth, width: slotWidth)
    let keyWidth = try unsigned(values - 2 * slotWidth, slotWidth)
    let count = try unsigned(values - slotWidth, slotWidth)
    guard [1, 2, 4, 8].contains(keyWidth), count <= self.bytes.count else { throw Self.malformed }
    for index in 0..<count {
      let type = try unsigned(values + count * slotWidth + index, 1)
      let key = try text(try target(at: keys + index * keyWidth, width: keyWidth))
      slots[key] = Slot(place: values + index * slotWidth, width: slotWidth, type: type)
    }
  }

  package func integer(_ key: String) -> Int? { slots[key].flatMap { try? integer(in: $0) } }

  /// An integer or a float, as a float.
  package func number(_ key: String) -> Double? {
    guard let slot = slots[key] else { return nil }
    if slot.kind != Kind.float { return (try? integer(in: slot)).map(Double.init) }
    guard let bits = try? unsigned(slot.place, slot.width) else { return nil }
    switch slot.width {
    case 4: return Double(Float(bitPattern: UInt32(bits)))
    case 8: return Double(bitPattern: UInt64(bits))
    default: return nil
    }
  }

  /// A vector of integers.
  package func integers(_ key: String) -> [Int]? {
    guard let slot = slots[key], [Kind.vector, Kind.vectorInt, Kind.vectorUInt].contains(slot.kind) else { return nil }
    return try? elements(of: slot)
  }

  private func elements(of slot: Slot) throws(ModelError) -> [Int] {
    let (start, width) = (try target(of: slot), slot.targetWidth)
    let count = try unsigned(start - width, width)
    guard count <= bytes.count else { throw Self.malformed }
    var result: [Int] = []
    for index in 0..<count {
      let element = slot.kind == Kind.vectorUInt ? Kind.uint << 2 : Kind.int << 2
      let type = slot.kind == Kind.vector ? try unsigned(start + count * width + index, 1) : element
      result.append(try integer(in: Slot(place: start + index * width, width: width, type: type)))
    }
    return result
  }

  // MARK: - Reading

  private static let malformed = ModelError(.malformed, "the custom options are no FlexBuffer with a map")

  private func integer(in slot: Slot) throws(ModelError) -> Int {
    guard slot.kind == Kind.int || slot.kind == Kind.uint else { throw Self.malformed }
    let bits = try unsigned(slot.place, slot.width)
    guard slot.kind == Kind.int, slot.width < 8 else { return bits }
    let shift = Int.bitWidth - 8 * slot.width
    return (bits << shift) >> shift
  }

  private func unsigned(_ place: Int, _ width: Int) throws(ModelError) -> Int {
    guard place >= 0, width > 0, place <= bytes.count - width else { throw Self.malformed }
    let bits = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    guard let result = Int(exactly: bits) else { throw Self.malformed }
    return result
  }

  private func target(of slot: Slot) throws(ModelError) -> Int { try target(at: slot.place, width: slot.width) }

  private func target(at place: Int, width: Int) throws(ModelError) -> Int {
    let offset = try unsigned(place, width)
    guard offset <= place else { throw Self.malformed }
    return place - offset
  }

  private func text(_ place: Int) throws(ModelError) -> String {
    guard bytes.indices.contains(place), let end = bytes[place...].firstIndex(of: 0) else { throw Self.malformed }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }
}
