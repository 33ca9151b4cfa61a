import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// A scan becomes a loop that takes its own slices. Exact.
///
///     %s, %y = Scan(%s0, %x) {body: (%s, %slice) -> (%next, %out)}
///     →   %s, %y = Loop(length of %x, , %s0, %x) {body: (%i, %again, %s) captures (%x) -> (%again, %next, %out), %slice = Gather(%x, %i)}
///
/// What is scanned from its end is taken at `length - 1 - i`; what is stacked from its end is reversed afterwards, and what is
/// stacked along another axis than the first is transposed.
struct RunScanAsLoop: RewriteRule {
  func rewrite(_ scan: Matched<Scan>, _ edit: inout Edit) throws(NoMatch) {
    let op = scan.op
    let operands = scan.node.operands
    let own = operands.count - op.body.captures.count
    let states = own - op.numScanInputs
    try require(op.numScanInputs > 0 && states >= 0 && op.body.inputs.count == own, "operands and inputs differ in number")
    var scanned: [MatchedValue] = []
    for index in states..<own { scanned.append(try scan.node.operand(index)) }
    let axes = try scanned.enumerated().map { (index, value) throws(NoMatch) in
      try Self.axis(op.scanInputAxes, index, rank: value.rank())
    }
    let length = try Self.length(of: scanned[0], axis: axes[0], &edit)
    var captures = operands.suffix(op.body.captures.count).map { $0?.id } + scanned.map(\.id)
    let isBackward = (op.scanInputDirections ?? []).contains(1)
    if isBackward { captures.append(edit.emit(Sub(), length, edit.constant(try edit.number(1)))) }
    var loop = Loop()
    loop.body = try Self.body(op, states: states, scanned.map { edit.fact($0.id).type }, axes)
    let results = edit.emit(
      loop, operands: [length, nil] + operands.prefix(states).map { $0?.id } + captures, resultCount: scan.node.resultCount)
    for (index, value) in results.enumerated() {
      guard index >= states else {
        edit.replace(scan.result(index), with: value)
        continue
      }
      let rank = op.body.outputs.indices.contains(index) ? op.body[op.body.outputs[index]].type?.tensorType?.rank : nil
      guard let rank else { throw NoMatch("a slice whose rank is not known") }
      edit.replace(scan.result(index), with: try Self.placed(value, op, index - states, rank: rank + 1, &edit))
    }
    edit.retireRoot()
  }

  private static func axis(_ axes: [Int]?, _ index: Int, rank: Int) throws(NoMatch) -> Int {
    guard let axes else { return 0 }
    guard index < axes.count, (-rank..<rank).contains(axes[index]) else { throw NoMatch("an axis out of range") }
    return axes[index] < 0 ? axes[index] + rank : axes[index]
  }

  private static func length(of value: MatchedValue, axis: Int, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    if let number = try value.shape()[axis].number { return edit.constant(try edit.number(number)) }
    var size = ShapeOf()
    (size.start, size.end) = (axis, axis + 1)
    return edit.emit(Squeeze(), edit.emit(size, value.id), edit.constant([0]))
  }

  private static func body(_ op: Scan, states: Int, _ types: [ValueType?], _ axes: [Int]) throws(NoMatch) -> Graph {
    let inner = op.body
    var body = Graph(name: inner.name)
    let iteration = body.addInput("@iteration", .tensor(.int64, [])), again = body.addInput("@again", .tensor(.bool, []))
    var inputs: [ValueID?] = inner.inputs.prefix(states).map { body.addInput(inner[$0].name, inner[$0].type) }
    let captures: [ValueID?] = inner.captures.map { body.addCapture(inner[$0].name, inner[$0].type) }
    let scanned = types.enumerated().map { body.addCapture("@scanned_\($0)", $1) }
    let directions = op.scanInputDirections ?? []
    var position = iteration
    if directions.contains(1) {
      let last = body.addCapture("@last", .tensor(.int64, []))
      let difference = body.addNode(Sub(), [last, iteration], results: [("@position", .tensor(.int64, []))])
      position = body[difference].results[0]
    }
    for (index, value) in scanned.enumerated() {
      let at = index < directions.count && directions[index] == 1 ? position : iteration
      let slice = inner.inputs[states + index]
      let node = body.addNode(Gather(axis: axes[index]), [value, at], results: [("@slice_\(index)", inner[slice].type)])
      inputs.append(body[node].results[0])
    }
    let copy = body.addNode(Identity(), [again], results: [("@next_again", .tensor(.bool, []))])
    guard let outputs = try? body.splice(inner, inputs: inputs, captures: captures, rename: { $0 }) else {
      throw NoMatch("a body that depends on itself")
    }
    try require(!outputs.contains(nil) && inner.defaults.isEmpty, "an output that nothing computes")
    body.setOutputs(body[copy].results + outputs.compactMap(\.self))
    return body
  }

  /// What a loop stacked along the first axis, in the order and along the axis that the scan asks for.
  private static func placed(_ value: ValueID, _ op: Scan, _ index: Int, rank: Int, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    var result = value
    if let directions = op.scanOutputDirections, index < directions.count, directions[index] == 1 {
      result = edit.emit(
        Slice(), result, edit.constant([-1]), edit.constant([Int(Int32.min)]), edit.constant([0]), edit.constant([-1]))
    }
    let axis = try axis(op.scanOutputAxes, index, rank: rank)
    guard axis > 0 else { return result }
    return edit.emit(Transpose(perm: Array(1...axis) + [0] + Array(axis + 1..<rank)), result)
  }
}

extension Edit {
  /// A scalar of 64-bit integers.
  func number(_ value: Int) throws(NoMatch) -> Tensor {
    guard let tensor = try? Tensor(.int64, [], elements: [Int64(value)]) else { throw NoMatch("no scalar") }
    return tensor
  }
}
