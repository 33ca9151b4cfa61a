import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readReduction() throws(ModelError) -> [ValueID]? {
    if type.hasPrefix("Reduce") { return try readReduce() }
    switch type {
    case "SoftMax":
      var softmax = Softmax()
      softmax.axis = try integer("axis", 1)
      return try make(softmax, [input(0)])
    case "LogSoftmax":
      var softmax = LogSoftmax()
      softmax.axis = try integer("axis", 1)
      return try make(softmax, [input(0)])
    case "CumSum":
      var sum = CumSum()
      (sum.exclusive, sum.reverse) = (bool("exclusive"), bool("reverse"))
      return try make(sum, [input(0), input(1)])
    case "TopK":
      var top = TopK()
      (top.axis, top.largest, top.sorted) = (try integer("axis", -1), text("mode") != "min", text("sort") != "none")
      let count = network.one(Reshape(), [try input(1), try network.integers([1])])
      return try network.add(top, [input(0), count], count: 2, named: layer.attributes["name"] ?? "")
    default: return nil
    }
  }

  private func readReduce() throws(ModelError) -> [ValueID]? {
    let kinds: [String: any Reduction] = [
      "ReduceMax": ReduceMax(), "ReduceMin": ReduceMin(), "ReduceMean": ReduceMean(), "ReduceSum": ReduceSum(), "ReduceProd": ReduceProd(),
      "ReduceL1": ReduceL1(), "ReduceL2": ReduceL2(), "ReduceLogicalOr": ReduceMax(), "ReduceLogicalAnd": ReduceMin(),
    ]
    guard var op = kinds[type] else { return nil }
    op.keepdims = bool("keep_dims")
    op.noopWithEmptyAxes = true
    return try make(op, [input(0), input(1)])
  }
}
