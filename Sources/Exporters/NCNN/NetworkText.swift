import Diagnostics
import Retargeting
import Tensors

extension Network {
  private static let magic = 7_767_517

  /// The `.param` file.
  var text: [UInt8] {
    var lines = ["\(Self.magic)", "\(layers.count) \(Set(layers.flatMap(\.outputs)).count)"]
    for layer in layers {
      let words = [layer.type, layer.name, "\(layer.inputs.count)", "\(layer.outputs.count)"] + (layer.inputs + layer.outputs).map { names[$0] }
      lines.append((words + layer.parameters.map(Self.spelled)).joined(separator: " "))
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private static func spelled(_ parameter: (key: Int, value: Parameter)) -> String {
    switch parameter.value {
    case .int(let value): "\(parameter.key)=\(value)"
    case .float(let value): "\(parameter.key)=\(spelled(value))"
    case .ints(let values): "\(-23300 - parameter.key)=" + ([values.count] + values).map(String.init).joined(separator: ",")
    case .floats(let values): "\(-23300 - parameter.key)=" + (["\(values.count)"] + values.map(spelled)).joined(separator: ",")
    case .text(let text): "\(parameter.key)=\"\(text)\""
    }
  }

  /// A float as ncnn reads it: at most 15 characters, told from an integer by a point or an exponent, never infinite.
  private static func spelled(_ value: Float) -> String {
    "\(max(-Float.greatestFiniteMagnitude, min(Float.greatestFiniteMagnitude, value)))"
  }

  /// The `.bin` file: the weights of the layers in their order. `halving` stores tagged ones in 16 bits.
  func weights(halving: Bool) throws(ModelError) -> ByteRope {
    var rope = ByteRope()
    for layer in layers { for weight in layer.weights { try weight.append(to: &rope, halving: halving) } }
    return rope
  }
}

/// What precedes stored weights.
enum StorageFlag {
  static let float32: UInt32 = 0
  static let float16: UInt32 = 0x0130_6B47
  static let int8: UInt32 = 0x000D_4B38
}

extension Weight {
  fileprivate func append(to rope: inout ByteRope, halving: Bool) throws(ModelError) {
    func flag(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { rope.append($0) } }
    switch self {
    case .plain(let tensor): rope.append(try tensor.asFloat32())
    case .bytes(let tensor):
      flag(StorageFlag.int8)
      rope.append(tensor)
      rope.pad(toMultipleOf: 4)
    case .tagged(let tensor):
      var isHalved = false
      if halving { isHalved = try tensor.asFloat32().fitsHalf() }
      flag(isHalved ? StorageFlag.float16 : StorageFlag.float32)
      rope.append(isHalved ? try tensor.asFloat16() : try tensor.asFloat32())
      rope.pad(toMultipleOf: 4)
    }
  }
}

extension Tensor {
  func asFloat32() throws(ModelError) -> Tensor { element == .float32 ? self : try deferred(as: .float32) }
  fileprivate func asFloat16() throws(ModelError) -> Tensor { element == .float16 ? self : try deferred(as: .float16) }

  private func deferred(as element: ElementType) throws(ModelError) -> Tensor {
    try Tensor(deferring: element, shape) { () throws(ModelError) in try self.converted(to: element) }
  }
}
