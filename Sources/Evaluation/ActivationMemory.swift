import Diagnostics
import GraphIR
import Operators
import Tensors

extension Executor {
  /// Refuses inputs of a size at which the intermediate results would not fit memory. Types must have been inferred.
  ///
  /// Throws `limitExceeded`, naming the value that would be computed when it does not fit.
  public func requireMemory(for inputs: [RuntimeValue?]) throws(ModelError) {
    let graph = plan.graph
    let estimate = MemoryPlan(plan, symbols: graph.symbols(boundBy: inputs))
    guard estimate.peakBytes > MemoryRoom.total, let value = estimate.valueAtPeak ?? graph.outputs.first else { return }
    var place = graph.producer(of: value).map(graph.place) ?? graph.place(of: value)
    place.value = graph[value].name
    let type = graph[value].type.map { " (\($0))" } ?? ""
    throw ModelError(
      .limitExceeded, "with this result\(type) \(estimate.peakBytes) bytes are needed, there are \(MemoryRoom.total)", at: place)
  }
}

extension Graph {
  /// Numbers for the symbols that are a whole size of an input, from the inputs given.
  func symbols(boundBy inputs: [RuntimeValue?]) -> [String: Int] {
    var symbols: [String: Int] = [:]
    for (value, input) in zip(self.inputs, inputs) {
      guard let tensor = input?.tensor, let shape = self[value].type?.tensorType?.shape, shape.count == tensor.rank else { continue }
      for (dim, size) in zip(shape, tensor.shape) {
        for name in dim.symbols where dim == .symbol(name) { symbols[name] = size }
      }
    }
    return symbols
  }
}

extension Int {
  /// Sums and products of hostile sizes stop at the largest number.
  func saturatingAdd(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  func saturatingMultiply(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
