/// Damages an ONNX file, where it has structure rather than weights: a random byte of a model is nearly always a weight's.
struct Mutator: Sendable {
  private let bytes: [UInt8]
  /// Offsets of tags, lengths, numbers and short texts.
  private let structure: [Int]

  /// Fields that hold messages, and whose: model, graph, node, attribute, tensor, port, type, tensor type, shape.
  private static let inside: [String: [UInt64: String]] = [
    "model": [7: "graph", 8: "leaf", 14: "leaf"],
    "graph": [1: "node", 5: "tensor", 11: "port", 12: "port", 13: "port", 15: "sparse"],
    "node": [5: "attribute"], "attribute": [5: "tensor", 6: "graph"], "sparse": [1: "tensor", 2: "tensor"],
    "port": [2: "type"], "type": [1: "tensor type", 4: "leaf"], "tensor type": [2: "shape"], "shape": [1: "leaf"],
  ]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var found: [Int] = []
    Self.walk(bytes, bytes.indices, "model", &found)
    structure = found.isEmpty ? Array(bytes.indices) : found
  }

  private static func walk(_ bytes: [UInt8], _ range: Range<Int>, _ kind: String, _ found: inout [Int]) {
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position
      let tag = varint(bytes, &position)
      let value = varint(bytes, &position)
      found += start..<min(position, bytes.count)
      guard tag & 7 == 2 else {
        if tag & 7 == 5 { position = start + 5 }
        continue
      }
      let content = position..<min(position + Int(clamping: value), range.upperBound)
      if let inner = inside[kind]?[tag >> 3] {
        walk(bytes, content, inner, &found)
      } else if content.count <= 64 {
        found += content
      }
      position = content.upperBound
    }
  }

  private static func varint(_ bytes: [UInt8], _ position: inout Int) -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return value
  }

  /// The same for the same seed.
  func damaged(seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed)
    var result = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) where !result.isEmpty {
      let wanted = Bool.random(using: &random) || Bool.random(using: &random) ? structure.randomElement(using: &random) ?? 0 : Int.random(in: bytes.indices, using: &random)
      let place = min(wanted, result.count - 1)
      switch Int.random(in: 0..<9, using: &random) {
      case 0, 1: result[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: result[place] = UInt8.random(in: 0...255, using: &random)
      case 3: result[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
      case 4: result.replaceSubrange(place..<min(place + 1, result.count), with: WireBytes.varint(UInt64.random(in: 0...(.max), using: &random)))
      case 5: result.removeSubrange(place...)
      case 6: result.removeSubrange(place..<min(place + Int.random(in: 1...8, using: &random), result.count))
      case 7: result.insert(contentsOf: result[place...].prefix(Int.random(in: 1...64, using: &random)), at: Int.random(in: result.indices, using: &random))
      default: swapPieces(&result, place, &random)
      }
    }
    return result
  }

  private func swapPieces(_ result: inout [UInt8], _ place: Int, _ random: inout SplitMix) {
    let other = min(structure.randomElement(using: &random) ?? 0, result.count - 1)
    for step in 0..<Int.random(in: 1...16, using: &random) where max(place, other) + step < result.count {
      result.swapAt(place + step, other + step)
    }
  }
}
