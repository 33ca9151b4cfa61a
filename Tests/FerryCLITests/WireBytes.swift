/// Protobuf bytes put together by hand, well-formed or not: the tests must be able to write what no encoder would.
enum WireBytes {
  static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func head(_ field: UInt64, length: Int) -> [UInt8] { varint(field << 3 | 2) + varint(UInt64(length)) }

  static func number(_ field: UInt64, _ value: Int64) -> [UInt8] { varint(field << 3) + varint(UInt64(bitPattern: value)) }

  static func message(_ field: UInt64, _ payload: [UInt8]) -> [UInt8] { head(field, length: payload.count) + payload }

  static func text(_ field: UInt64, _ text: String) -> [UInt8] { message(field, Array(text.utf8)) }

  /// `fields`, the outermost first, around each other `count` times, in time proportional to the result.
  ///
  /// `before` gives what stands in the message of a field before the next one begins.
  static func nested(_ fields: [UInt64], count: Int, before: [UInt64: [UInt8]] = [:]) -> [UInt8] {
    var pieces: [[UInt8]] = []
    var length = 0
    for _ in 0..<count {
      for field in fields.reversed() {
        let inside = before[field] ?? []
        let piece = head(field, length: length + inside.count) + inside
        pieces.append(piece)
        length += piece.count
      }
    }
    return Array(pieces.reversed().joined())
  }
}

/// An ONNX model of float tensors, described as far as the tests need it.
struct HostileModel {
  var nodes: [[UInt8]] = []
  var initializers: [[UInt8]] = []
  var inputs: [[UInt8]] = [HostileModel.port("x", [2, 3])]
  var outputs: [[UInt8]] = [HostileModel.port("y", [2, 3])]
  var others: [UInt8] = []
  var version: Int64 = 8
  var opset: Int64 = 17

  var bytes: [UInt8] {
    let graph =
      nodes.flatMap { WireBytes.message(1, $0) } + WireBytes.text(2, "main") + initializers.flatMap { WireBytes.message(5, $0) }
      + inputs.flatMap { WireBytes.message(11, $0) } + outputs.flatMap { WireBytes.message(12, $0) } + others
    return WireBytes.number(1, version) + WireBytes.message(8, WireBytes.text(1, "") + WireBytes.number(2, opset))
      + WireBytes.message(7, graph)
  }

  /// `y = x + w`, where `w` is given.
  static func adding(_ initializer: [UInt8]) -> HostileModel {
    HostileModel(nodes: [node("Add", ["x", "w"], ["y"], name: "sum")], initializers: [initializer])
  }

  static func node(_ op: String, _ inputs: [String], _ outputs: [String], name: String = "", attributes: [[UInt8]] = []) -> [UInt8] {
    inputs.flatMap { WireBytes.text(1, $0) } + outputs.flatMap { WireBytes.text(2, $0) } + (name.isEmpty ? [] : WireBytes.text(3, name))
      + WireBytes.text(4, op) + attributes.flatMap { WireBytes.message(5, $0) }
  }

  static func port(_ name: String, _ dims: [Int64], element: Int64 = 1) -> [UInt8] {
    let shape = dims.flatMap { WireBytes.message(1, WireBytes.number(1, $0)) }
    return WireBytes.text(1, name) + WireBytes.message(2, WireBytes.message(1, WireBytes.number(1, element) + WireBytes.message(2, shape)))
  }

  /// A float tensor with so many bytes in `raw_data`, whatever its dimensions say; each element is about 0.75.
  static func tensor(_ name: String, _ dims: [Int64], rawBytes: Int, filling byte: UInt8 = 0x3F) -> [UInt8] {
    dims.flatMap { WireBytes.number(1, $0) } + WireBytes.number(2, 1) + WireBytes.text(8, name)
      + WireBytes.message(9, [UInt8](repeating: byte, count: rawBytes))
  }

  static func external(_ name: String, _ dims: [Int64], _ entries: KeyValuePairs<String, String>) -> [UInt8] {
    dims.flatMap { WireBytes.number(1, $0) } + WireBytes.number(2, 1) + WireBytes.text(8, name)
      + entries.flatMap { WireBytes.message(13, WireBytes.text(1, $0.key) + WireBytes.text(2, $0.value)) } + WireBytes.number(14, 1)
  }

  /// `y = x + w` with the 24 bytes of `w` in `location`.
  static func external(at location: String, offset: String = "0", length: String = "24") -> HostileModel {
    adding(external("w", [2, 3], ["location": location, "offset": offset, "length": length]))
  }

  /// A valid model, `y = Relu(x + w)`, with a duplicate node so that there is something to optimise.
  static var valid: HostileModel {
    HostileModel(
      nodes: [
        node("Add", ["x", "w"], ["s"], name: "sum"), node("Identity", ["s"], ["i"], name: "same"),
        node("Relu", ["i"], ["y"], name: "positive"),
      ],
      initializers: [tensor("w", [2, 3], rawBytes: 24)])
  }
}
