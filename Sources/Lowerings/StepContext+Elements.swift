import GraphIR
import Tensors

extension StepContext {
  /// The first operand or result of the node whose element type a version does not allow, in words.
  func violation(of limits: OperatorElements.Signature) -> String? {
    for (index, operand) in graph[node].operands.enumerated() {
      guard let operand, let element = graph[operand].type?.tensorType?.element ?? constant(operand)?.element else { continue }
      if !limits.allows(element, operand: index) { return "operand \(index) is \(element.rawValue), which appears in a later opset" }
    }
    for (index, result) in graph[node].results.enumerated() {
      guard let element = graph[result].type?.tensorType?.element else { continue }
      if !limits.allows(element, result: index) { return "result \(index) is \(element.rawValue), which appears in a later opset" }
    }
    return nil
  }
}
