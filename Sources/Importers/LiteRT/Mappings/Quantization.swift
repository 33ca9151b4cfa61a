import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  static let quantization: [Schema.BuiltinOperator: Mapping] = [
    .quantize: { (call, reader) throws(ModelError) in
      // A step between two quantisations goes over the real numbers; a copy keeps the node.
      let value = try reader.real(call, 0)
      guard try reader.tensor(reader.output(call)).quantization != nil else {
        return try reader.define(reader.output(call), reader.assembly.emit(Identity(), value))
      }
      try reader.defineReal(reader.output(call), value)
    },
    .dequantize: dequantize, .fakeQuant: fakeQuantize,
    .densify: { (call, reader) throws(ModelError) in
      // Sparse constants are already complete when they are read.
      try reader.define(reader.output(call), reader.assembly.emit(Identity(), reader.stored(call, 0)))
    },
  ]

  /// Of 16-bit floats, a cast; of integers, what the real side of the tensor is anyway.
  private static let dequantize: Mapping = { (call, reader) throws(ModelError) in
    let index = try reader.index(call, 0)
    let element = try reader.tensor(reader.output(call)).element ?? .float32
    if let quantization = try reader.tensor(index).quantization {
      return try reader.define(reader.output(call), reader.dequantized(reader.storedValue(of: index), quantization))
    }
    let value = try reader.bypassed(reader.storedValue(of: index))
    // Small constants, as slopes and biases, are worth more as constants than the bytes that the conversion saves.
    if let tensor = reader.assembly.graph[value].constant, tensor.byteCount <= 8192 {
      let wide = reader.assembly.constant(try tensor.converted(to: element), try reader.tensor(reader.output(call)).name)
      return try reader.define(reader.output(call), wide)
    }
    try reader.define(reader.output(call), reader.assembly.emit(Cast(to: element), value))
  }

  /// Rounds to the grid between `min` and `max`, which is moved so that zero lies on it.
  private static let fakeQuantize: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.FakeQuantOptions
    let options = call.options(Field.code)
    let (low, high, bits) = (options[Field.min], options[Field.max], options[Field.numBits])
    guard bits == 8 || bits == 16, low <= 0, high > 0 else { throw ModelError(.unsupported, "\(bits) bits between \(low) and \(high)") }
    let bottom: Float = options[Field.narrowRange] ? 1 : 0
    let top = Float(1 << bits - 1)
    let scale = (high - low) / (top - bottom)
    let zero = max(bottom, min(top, (bottom - low / scale).rounded()))
    let element: ElementType = bits == 8 ? .uint8 : .uint16
    let assembly = reader.assembly
    let scales = assembly.constant(try .scalar(scale)), zeros = assembly.constant(try Tensor.scalar(zero).converted(to: element))
    let bounded = try assembly.emit(
      Clip(), reader.real(call, 0), assembly.constant(.scalar((bottom - zero) * scale)), assembly.constant(.scalar((top - zero) * scale)))
    let stored = try assembly.emit(QuantizeLinear(), bounded, scales, zeros)
    try reader.define(reader.output(call), assembly.emit(DequantizeLinear(), stored, scales, zeros))
  }
}

extension SubgraphReader {
  /// What an `Identity` passes on, so that a cast finds the constant behind it.
  func bypassed(_ value: ValueID) -> ValueID {
    guard let node = assembly.graph.producer(of: value), assembly.graph[node].op is Identity, let input = assembly.graph[node].operands[0]
    else { return value }
    return input
  }
}
