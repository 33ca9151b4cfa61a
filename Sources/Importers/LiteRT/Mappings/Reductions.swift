import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  static let reductions: [Schema.BuiltinOperator: Mapping] = [
    .mean: reduce(ReduceMean()), .sum: reduce(ReduceSum()), .reduceMax: reduce(ReduceMax()), .reduceMin: reduce(ReduceMin()),
    .reduceProd: reduce(ReduceProd()), .reduceAny: reduceTruth(ReduceMax()), .reduceAll: reduceTruth(ReduceMin()),
    .argMax: extreme, .argMin: extreme, .cumsum: cumulate,
  ]

  private static func reduce(_ op: any Reduction) -> Mapping {
    { (call, reader) throws(ModelError) in
      var op = op
      op.keepdims = call.options(Schema.ReducerOptions.code)[Schema.ReducerOptions.keepDims]
      op.noopWithEmptyAxes = true
      let result = try reader.assembly.emit(op, reader.real(call, 0), axes(call, reader))
      try reader.defineReal(reader.output(call), result)
    }
  }

  /// A vector; the format takes a single number for one, too.
  private static func axes(_ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) -> ValueID {
    let listed = try reader.wide(call, 1)
    guard try reader.assembly.rank(of: listed) == 0 else { return listed }
    if let known = reader.assembly.graph.fact(listed).integers { return try reader.assembly.integers(known) }
    return try reader.assembly.emit(Unsqueeze(), listed, reader.assembly.integers([0]))
  }

  private static func reduceTruth(_ op: any Reduction) -> Mapping {
    { (call, reader) throws(ModelError) in
      var op = op
      op.keepdims = call.options(Schema.ReducerOptions.code)[Schema.ReducerOptions.keepDims]
      op.noopWithEmptyAxes = true
      let assembly = reader.assembly
      let numbers = try assembly.emit(Cast(to: .int32), reader.stored(call, 0))
      let result = try assembly.emit(op, numbers, axes(call, reader))
      try reader.define(reader.output(call), assembly.emit(Cast(to: .bool), result))
    }
  }

  private static let extreme: Mapping = { (call, reader) throws(ModelError) in
    let axis = try reader.integers(call, 1)
    guard axis.count == 1 else { throw ModelError(.unsupported, "axes \(axis)") }
    let assembly = reader.assembly
    var largest = ArgMax()
    (largest.axis, largest.keepdims) = (axis[0], false)
    var smallest = ArgMin()
    (smallest.axis, smallest.keepdims) = (axis[0], false)
    let x = try reader.real(call, 0)
    let result = try call.code == .argMax ? assembly.emit(largest, x) : assembly.emit(smallest, x)
    let element = try reader.tensor(reader.output(call)).element ?? .int64
    try reader.define(reader.output(call), element == .int64 ? result : assembly.emit(Cast(to: element), result))
  }

  private static let cumulate: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.CumsumOptions
    var op = CumSum()
    op.exclusive = call.options(Field.code)[Field.exclusive]
    op.reverse = call.options(Field.code)[Field.reverse]
    let axis = try reader.assembly.emit(Reshape(), reader.wide(call, 1), reader.assembly.integers([]))
    try reader.defineReal(reader.output(call), reader.assembly.emit(op, reader.real(call, 0), axis))
  }
}
