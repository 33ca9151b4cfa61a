import Diagnostics
import GraphIR
import Operators
import Tensors

extension Executor {
  /// Runs a node that owns graphs. `operands` are its own, `captures` what its graphs use of the values around.
  func runGraphs(
    of node: Node, _ operands: [Tensor?], captures: [Tensor?], steps: inout Int
  ) throws(ModelError) -> [Tensor] {
    switch node.op {
    case let op as If: return try run(op, operands, captures, &steps)
    case let op as Loop: return try run(op, operands, captures, &steps)
    case let op as Scan: return try run(op, operands, captures, &steps)
    default: throw ModelError(.unsupported, "the operator cannot be run")
    }
  }

  private func run(_ op: If, _ operands: [Tensor?], _ captures: [Tensor?], _ steps: inout Int) throws(ModelError) -> [Tensor] {
    let branch = try truth(operands.first ?? nil) ? op.thenBranch : op.elseBranch
    return try Executor(branch).run([], captures: captures, steps: &steps)
  }

  private func run(_ op: Loop, _ operands: [Tensor?], _ captures: [Tensor?], _ steps: inout Int) throws(ModelError) -> [Tensor] {
    let body = try Executor(op.body)
    let limit = try operands.first.flatMap { $0 }?.integers().first ?? Int.max
    var condition = try operands.dropFirst().first.flatMap { $0 }.map(truth) ?? true
    var carried = operands.dropFirst(2).compactMap { $0 }
    var stacks = [[Tensor]](repeating: [], count: max(0, op.body.outputs.count - 1 - carried.count))
    var iteration = 0
    while condition, iteration < limit {
      try spend(&steps)
      let flag = try Tensor(.bool, [], elements: [UInt8(1)])
      let outputs = try body.run([Tensor.scalar(iteration), flag] + carried, captures: captures, steps: &steps)
      condition = try truth(outputs.first)
      for (index, tensor) in outputs.dropFirst(1 + carried.count).enumerated() { stacks[index].append(tensor) }
      carried = Array(outputs.dropFirst().prefix(carried.count))
      iteration += 1
    }
    var results = carried
    for (index, slices) in stacks.enumerated() {
      results.append(try slices.isEmpty ? emptyStack(of: op.body, output: index + 1 + carried.count) : stack(slices, axis: 0))
    }
    return results
  }

  private func run(_ op: Scan, _ operands: [Tensor?], _ captures: [Tensor?], _ steps: inout Int) throws(ModelError) -> [Tensor] {
    let body = try Executor(op.body)
    let tensors = operands.compactMap { $0 }
    guard op.numScanInputs > 0, tensors.count >= op.numScanInputs else {
      throw ModelError(.invalidGraph, "\(tensors.count) operands, \(op.numScanInputs) to be scanned")
    }
    var states = Array(tensors.dropLast(op.numScanInputs))
    let scanned = Array(tensors.suffix(op.numScanInputs))
    let axes = try scanned.enumerated().map { (index, tensor) throws(ModelError) in
      try axis(op.scanInputAxes, index, rank: tensor.rank)
    }
    let length = scanned[0].shape[axes[0]]
    guard zip(scanned, axes).allSatisfy({ $0.shape[$1] == length }) else {
      throw ModelError(.typeMismatch, "scanned operands of different lengths")
    }
    var slices = [[Tensor]](repeating: [], count: max(0, op.body.outputs.count - states.count))
    for iteration in 0..<length {
      try spend(&steps)
      var inputs = states
      for (index, tensor) in scanned.enumerated() {
        let isReversed = op.scanInputDirections.map { index < $0.count && $0[index] == 1 } ?? false
        inputs.append(try slice(tensor, isReversed ? length - 1 - iteration : iteration, axis: axes[index]))
      }
      let outputs = try body.run(inputs, captures: captures, steps: &steps)
      for (index, tensor) in outputs.dropFirst(states.count).enumerated() { slices[index].append(tensor) }
      states = Array(outputs.prefix(states.count))
    }
    var results = states
    for (index, pieces) in slices.enumerated() {
      guard let first = pieces.first else {
        results.append(try emptyStack(of: op.body, output: index + states.count))
        continue
      }
      let isReversed = op.scanOutputDirections.map { index < $0.count && $0[index] == 1 } ?? false
      results.append(try stack(isReversed ? pieces.reversed() : pieces, axis: axis(op.scanOutputAxes, index, rank: first.rank + 1)))
    }
    return results
  }

  private func spend(_ steps: inout Int) throws(ModelError) {
    steps -= 1
    guard steps >= 0 else { throw ModelError(.limitExceeded, "more than \(iterationLimit) iterations") }
  }

  private func truth(_ tensor: Tensor?) throws(ModelError) -> Bool {
    guard let tensor, tensor.element == .bool, tensor.count == 1 else {
      throw ModelError(.typeMismatch, "a condition that is not a single boolean")
    }
    return try tensor.integers()[0] != 0
  }

  private func axis(_ axes: [Int]?, _ index: Int, rank: Int) throws(ModelError) -> Int {
    let given = axes.map { index < $0.count ? $0[index] : 0 } ?? 0
    let axis = given < 0 ? given + rank : given
    guard axis >= 0, axis < rank else { throw ModelError(.invalidGraph, "axis \(given) of a tensor of rank \(rank)") }
    return axis
  }

  private func slice(_ tensor: Tensor, _ index: Int, axis: Int) throws(ModelError) -> Tensor {
    var gather = Gather()
    gather.axis = axis
    return try one(gather.evaluateTensors([tensor, .scalar(index)], resultCount: 1))
  }

  private func stack(_ slices: [Tensor], axis: Int) throws(ModelError) -> Tensor {
    let raised = try slices.map { (tensor) throws(ModelError) in
      try tensor.reshaped(to: Array(tensor.shape[..<axis]) + [1] + Array(tensor.shape[axis...]))
    }
    var concat = Concat()
    concat.axis = axis
    return try one(concat.evaluateTensors(raised, resultCount: 1))
  }

  private func one(_ tensors: [Tensor]) throws(ModelError) -> Tensor {
    guard let tensor = tensors.first else { throw ModelError(.internalInvariant, "no result") }
    return tensor
  }

  /// What no iteration at all stacks up to: of length 0, other sizes as far as they are known.
  private func emptyStack(of body: Graph, output: Int) throws(ModelError) -> Tensor {
    guard output < body.outputs.count, let type = body[body.outputs[output]].type?.tensorType else {
      throw ModelError(.typeMismatch, "the type of an empty result is not known")
    }
    return try Tensor(type.element, [0] + (type.shape ?? []).map { $0.number ?? 0 }, bytes: OwnedBytes(uninitialized: 0))
  }
}
