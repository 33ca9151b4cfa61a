import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readNormalization() throws(ModelError) -> ValueID? {
    switch type {
    case "BatchNorm": return try batchNorm()
    case "LayerNorm", "RMSNorm": return try trailing()
    case "GroupNorm":
      let channels = try size(1)
      var op = GroupNormalization()
      (op.numGroups, op.epsilon) = (try size(0), try float(2, 0.001))
      let (scale, bias) = (try network.weights.plain([channels]), try network.weights.plain([channels]))
      return try squeezed(one(op, [try unsqueezed(input()), network.constant(scale), network.constant(bias)]))
    case "LRN":
      var op = LRN()
      (op.size, op.alpha, op.beta, op.bias) = (try size(1, 5), try float(2, 1), try float(3, 0.75), try float(4, 1))
      guard try int(0) == 0 else { throw ModelError(.unsupported, "an LRN within channels") }
      return try squeezed(one(op, [try unsqueezed(input())]))
    case "Softmax":
      var op = Softmax()
      op.axis = try axis(int(0), input())
      return try one(op, [try input()])
    case "Reduction": return try reduction()
    case "CumulativeSum":
      let x = try input()
      return try one(CumSum(), [x, network.constant(Tensor.scalar(try axis(int(0), x)))])
    default: return nil
    }
  }

  private func batchNorm() throws(ModelError) -> ValueID {
    let channels = try size(0)
    var parts: [ValueID] = []
    for _ in 0..<4 { parts.append(network.constant(try network.weights.plain([channels]))) }
    var op = BatchNormalization()
    op.epsilon = try float(1, 0)
    return try squeezed(network.add(op, [try unsqueezed(input()), parts[0], parts[3], parts[1], parts[2]], count: 1)[0])
  }

  private func trailing() throws(ModelError) -> ValueID {
    let x = try input()
    let count = try size(0)
    guard try int(2, 1) == 1, network.graph.fact(x).shape?.last.map({ $0.number ?? count }) == count else {
      throw ModelError(.unsupported, "a \(type) over \(count) elements")
    }
    let scale = network.constant(try network.weights.plain([count]))
    if type == "RMSNorm" {
      var op = RMSNormalization()
      op.epsilon = try float(1, 0.001)
      return try one(op, [x, scale])
    }
    var op = LayerNormalization()
    op.epsilon = try float(1, 0.001)
    return try network.add(op, [x, scale, network.constant(try network.weights.plain([count]))], count: 1)[0]
  }

  private func reduction() throws(ModelError) -> ValueID {
    let x = try input()
    guard try int(1, 1) == 0, try int(4) == 1, try float(2, 1) == 1, let listed = try ints(3) else { throw ModelError(.unsupported, "a Reduction of another form") }
    var axes: [Int] = []
    for value in listed { axes.append(try axis(value, x)) }
    let list: [any Operator] = [
      ReduceSum(), ReduceL1(), ReduceSumSquare(), ReduceMean(), ReduceMax(), ReduceMin(), ReduceProd(), ReduceL1(), ReduceL2(), ReduceLogSum(),
      ReduceLogSumExp(),
    ]
    let code = try int(0)
    guard list.indices.contains(code), !axes.isEmpty else { throw ModelError(.unsupported, "reduction \(code)") }
    return try one(list[code], [x, network.integers(axes)])
  }
}
