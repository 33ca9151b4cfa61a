import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// Complex numbers are pairs of floats along an axis more, the last one, as ONNX's `DFT` has them.
extension Mappings {
  /// Of operators that take complex numbers, or give them.
  static let complex: [Schema.BuiltinOperator: Mapping] = [
    .rfft2d: transform, .real: part(0), .imag: part(1), .complexAbs: size, .cast: realAlone, .reshape: reshapePairs, .squeeze: squeezePairs,
    .expandDims: expandPairs,
  ]

  /// Operands: signals of two axes, and to which lengths they are cut or filled up. Half the spectrum along the last axis.
  private static let transform: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let x = try reader.real(call, 0)
    let (rank, lengths) = try (assembly.rank(of: x), reader.integers(call, 1))
    guard rank >= 2, lengths.count == 2, lengths.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }) else {
      throw ModelError(.invalidGraph, "a transform of rank \(rank) and lengths \(lengths)")
    }
    func along(_ axis: Int, _ value: ValueID, onesided: Bool) throws(ModelError) -> ValueID {
      var op = DFT()
      op.onesided = onesided
      let length = assembly.constant(try Tensor(.int64, [], elements: [Int64(lengths[axis - rank + 2])]), "length")
      return try assembly.emit(op, value, length, assembly.constant(try Tensor(.int64, [], elements: [Int64(axis)]), "axis"))
    }
    var result = try along(rank - 1, assembly.emit(Unsqueeze(), x, assembly.integers([rank])), onesided: true)
    if lengths[0] != 1 || assembly.shape(of: x)?[rank - 2] != 1 { result = try along(rank - 2, result, onesided: false) }
    try reader.definePairs(reader.output(call), result)
  }

  /// One of a pair.
  private static func part(_ index: Int64) -> Mapping {
    { (call, reader) throws(ModelError) in
      let place = reader.assembly.constant(try Tensor(.int64, [], elements: [index]), "part")
      try reader.define(reader.output(call), reader.assembly.emit(Gather(axis: -1), reader.stored(call, 0), place))
    }
  }

  private static let size: Mapping = { (call, reader) throws(ModelError) in
    var op = ReduceL2()
    op.keepdims = false
    try reader.define(reader.output(call), reader.assembly.emit(op, reader.stored(call, 0), reader.assembly.integers([-1])))
  }

  private static let realAlone: Mapping = { (call, reader) throws(ModelError) in
    guard try reader.tensor(reader.output(call)).element == .float32 else { throw ModelError(.unsupported, "complex numbers become others than floats") }
    try part(0)(call, reader)
  }

  private static let reshapePairs: Mapping = { (call, reader) throws(ModelError) in
    let sizes = try reader.has(call, 1) ? reader.integers(call, 1) : call.options(Schema.ReshapeOptions.code)[Schema.ReshapeOptions.newShape]
    try reader.definePairs(reader.output(call), reader.assembly.emit(Reshape(), reader.stored(call, 0), reader.assembly.integers(sizes + [2])))
  }

  private static let squeezePairs: Mapping = { (call, reader) throws(ModelError) in
    let x = try reader.stored(call, 0)
    let rank = try reader.assembly.rank(of: x) - 1
    var axes = call.options(Schema.SqueezeOptions.code)[Schema.SqueezeOptions.squeezeDims].map { $0 < 0 ? $0 + rank : $0 }
    if axes.isEmpty { axes = (0..<rank).filter { reader.assembly.shape(of: x)?[$0] == 1 } }
    guard axes.allSatisfy((0..<rank).contains) else { throw ModelError(.invalidGraph, "axes \(axes) of rank \(rank)") }
    try reader.definePairs(reader.output(call), reader.assembly.emit(Squeeze(), x, reader.assembly.integers(axes)))
  }

  private static let expandPairs: Mapping = { (call, reader) throws(ModelError) in
    let x = try reader.stored(call, 0)
    let rank = try reader.assembly.rank(of: x) - 1
    let axes = try reader.integers(call, 1).map { $0 < 0 ? $0 + rank + 1 : $0 }
    guard axes.allSatisfy((0...rank).contains) else { throw ModelError(.invalidGraph, "axes \(axes) of rank \(rank)") }
    try reader.definePairs(reader.output(call), reader.assembly.emit(Unsqueeze(), x, reader.assembly.integers(axes)))
  }
}
