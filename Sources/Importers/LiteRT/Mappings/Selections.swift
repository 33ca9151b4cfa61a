import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  static let selections: [Schema.BuiltinOperator: Mapping] = [
    .slice: slice, .stridedSlice: stridedSlice, .gather: gather, .gatherNd: gatherND, .scatterNd: scatterND, .reverseV2: reverse,
    .topkV2: topK, .where: positions,
  ]

  /// Operands: data, begins, sizes; a size of -1 reaches to the end.
  private static let slice: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let (begins, sizes) = try (reader.wide(call, 1), reader.wide(call, 2))
    let ends: ValueID
    if let from = assembly.graph.fact(begins).integers, let lengths = assembly.graph.fact(sizes).integers, from.count == lengths.count {
      ends = try assembly.integers(zip(from, lengths).map { $1 < 0 ? Int(Int32.max) : $0 &+ $1 })
    } else {
      ends = try assembly.emit(Add(), begins, sizes)
    }
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      let axes = try assembly.integers(Array(0..<(try assembly.rank(of: x[0]))))
      return [try assembly.emit(Slice(), x[0], begins, ends, axes)]
    }
  }

  private static let gather: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.GatherOptions
    let options = call.options(Field.code)
    let indices = try reader.stored(call, 1)
    var op = Gather()
    op.axis = options[Field.axis]
    let batch = options[Field.batchDims]
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      if batch == 0 { return [try reader.assembly.emit(op, x[0], indices)] }
      // With batch axes in common: positions in the axis behind them, one index each.
      guard op.axis == batch, batch > 0 else { throw ModelError(.unsupported, "\(batch) batch axes before axis \(op.axis)") }
      var nd = GatherND()
      nd.batchDims = batch
      let listed = try reader.assembly.emit(Unsqueeze(), reader.wide(call, 1), reader.assembly.integers([-1]))
      return [try reader.assembly.emit(nd, x[0], listed)]
    }
  }

  private static let gatherND: Mapping = { (call, reader) throws(ModelError) in
    let indices = try reader.wide(call, 1)
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(GatherND(), x[0], indices)] }
  }

  /// Operands: positions, updates, the result's shape. Updates of one position add up.
  private static let scatterND: Mapping = { (call, reader) throws(ModelError) in
    let (indices, shape) = try (reader.wide(call, 0), reader.wide(call, 2))
    let updates = try reader.stored(call, 1)
    var zeros = ConstantOfShape()
    zeros.value = try Tensor(.float32, [1], elements: [Float(0)]).converted(to: reader.assembly.element(of: updates) ?? .float32)
    var op = ScatterND()
    op.reduction = .add
    let base = try reader.assembly.emit(zeros, shape)
    try reader.define(reader.output(call), reader.assembly.emit(op, base, indices, updates))
  }

  private static let reverse: Mapping = { (call, reader) throws(ModelError) in
    let axes = try reader.integers(call, 1)
    let assembly = reader.assembly
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      let (from, to) = try (assembly.integers(axes.map { _ in -1 }), assembly.integers(axes.map { _ in Int(Int32.min) }))
      return [try assembly.emit(Slice(), x[0], from, to, assembly.integers(axes), assembly.integers(axes.map { _ in -1 }))]
    }
  }

  private static let topK: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let count = try assembly.emit(Reshape(), reader.wide(call, 1), assembly.integers([1]))
    let results = try assembly.emit(TopK(), operands: [reader.real(call, 0), count], count: 2)
    try reader.defineReal(reader.output(call), results[0])
    let element = try reader.tensor(reader.output(call, 1)).element ?? .int32
    try reader.define(reader.output(call, 1), assembly.emit(Cast(to: element), results[1]))
  }

  /// Where the operand is not zero: one row a place.
  private static let positions: Mapping = { (call, reader) throws(ModelError) in
    let found = try reader.assembly.emit(NonZero(), reader.stored(call, 0))
    try reader.define(reader.output(call), reader.assembly.emit(Transpose(perm: [1, 0]), found))
  }
}
