import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  /// Operands: data, begins, ends, steps. Begins and ends may be computed; which axes they are for, and in which direction, is constant.
  static let stridedSlice: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let options = call.options(Schema.StridedSliceOptions.code)
    let steps = try reader.integers(call, 3)
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      let plan = try StridedAxes(steps: steps, options: options, rank: assembly.rank(of: x[0]))
      let (starts, ends) = try bounds(plan, call, reader)
      var result = try assembly.emit(
        Slice(), x[0], starts, ends, assembly.integers(plan.kept.map(\.axis)), assembly.integers(plan.kept.map(\.step)))
      let dropped = plan.kept.filter(\.isDropped).map(\.axis)
      if !dropped.isEmpty { result = try assembly.emit(Squeeze(), result, assembly.integers(dropped)) }
      if !plan.added.isEmpty { result = try assembly.emit(Unsqueeze(), result, assembly.integers(plan.added)) }
      return [result]
    }
  }

  private static func bounds(_ plan: StridedAxes, _ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) -> (ValueID, ValueID) {
    let assembly = reader.assembly
    let (begins, ends) = try (reader.wide(call, 1), reader.wide(call, 2))
    guard let from = assembly.graph.fact(begins).integers, let to = assembly.graph.fact(ends).integers else {
      return try computedBounds(plan, begins, ends, assembly)
    }
    guard from.count == plan.count, to.count == plan.count else {
      throw ModelError(.invalidGraph, "\(from.count) begins, \(to.count) ends, \(plan.count) steps")
    }
    return (
      try assembly.integers(plan.kept.map { $0.start ?? from[$0.index] }),
      try assembly.integers(
        plan.kept.map { axis in
          let begin = from[axis.index]
          if axis.isDropped { return begin == -1 ? Int(Int32.max) : begin &+ 1 }
          return axis.end ?? (plan.endsAreSizes ? begin &+ to[axis.index] : to[axis.index])
        })
    )
  }

  /// The same in the graph.
  private static func computedBounds(
    _ plan: StridedAxes, _ begins: ValueID, _ ends: ValueID, _ assembly: Assembly
  ) throws(ModelError) -> (ValueID, ValueID) {
    let indices = try assembly.integers(plan.kept.map(\.index))
    let from = try assembly.emit(Gather(), begins, indices)
    var to = try assembly.emit(Gather(), ends, indices)
    if plan.endsAreSizes { to = try assembly.emit(Add(), from, to) }
    let dropped = plan.kept.map(\.isDropped)
    if dropped.contains(true) {
      let isLast = try assembly.emit(Equal(), from, assembly.integers([-1]))
      let next = try assembly.emit(Add(), from, assembly.integers([1]))
      let behind = try assembly.emit(Where(), isLast, assembly.integers([Int(Int32.max)]), next)
      to = try assembly.choose(dropped, behind, to)
    }
    return (
      try assembly.choose(plan.kept.map { $0.start != nil }, assembly.integers(plan.kept.map { $0.start ?? 0 }), from),
      try assembly.choose(plan.kept.map { $0.end != nil }, assembly.integers(plan.kept.map { $0.end ?? 0 }), to)
    )
  }
}

extension Assembly {
  /// Of two vectors, elements of the first where `flags` are true.
  fileprivate func choose(_ flags: [Bool], _ a: ValueID, _ b: ValueID) throws(ModelError) -> ValueID {
    guard flags.contains(true) else { return b }
    guard flags.contains(false) else { return a }
    return try emit(Where(), constant(Tensor(.bool, [flags.count], elements: flags.map { $0 ? UInt8(1) : 0 }), "flags"), a, b)
  }
}

/// What STRIDED_SLICE asks for, axis by axis of its operand.
private struct StridedAxes {
  struct Axis {
    var axis: Int
    /// Where its bounds are among begins and ends.
    var index: Int
    var step: Int
    /// Where a mask says so instead of a begin or an end.
    var start: Int?
    var end: Int?
    var isDropped: Bool
  }

  var kept: [Axis] = []
  /// Axes of size 1 in the result, counted before the dropped ones are taken away.
  var added: [Int] = []
  let count: Int
  let endsAreSizes: Bool

  init(steps: [Int], options: FlatTable, rank: Int) throws(ModelError) {
    typealias Field = Schema.StridedSliceOptions
    func isSet(_ field: IntField, _ index: Int) -> Bool { index < 32 && options[field] >> index & 1 == 1 }
    count = steps.count
    endsAreSizes = options[Field.offset]
    guard count <= 32, !steps.contains(0) else { throw ModelError(.invalidGraph, "steps \(steps)") }
    let consuming = steps.indices.filter { !isSet(Field.newAxisMask, $0) && !isSet(Field.ellipsisMask, $0) }.count
    guard consuming <= rank else { throw ModelError(.invalidGraph, "\(consuming) begins for rank \(rank)") }
    var (axis, position) = (0, 0)
    for index in steps.indices {
      if isSet(Field.ellipsisMask, index) {
        position += rank - consuming
        axis += rank - consuming
      } else if isSet(Field.newAxisMask, index) {
        added.append(position)
        position += 1
      } else {
        let isDropped = isSet(Field.shrinkAxisMask, index)
        let step = isDropped ? 1 : steps[index]
        let (low, high) = step > 0 ? (0, Int(Int32.max)) : (Int(Int32.max), Int(Int32.min))
        kept.append(
          Axis(
            axis: axis, index: index, step: step, start: isSet(Field.beginMask, index) && !isDropped ? low : nil,
            end: isSet(Field.endMask, index) && !isDropped ? high : nil, isDropped: isDropped))
        position += isDropped ? 0 : 1
        axis += 1
      }
    }
  }
}
