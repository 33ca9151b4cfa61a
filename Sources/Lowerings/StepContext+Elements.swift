import GraphIR
import Tensors

extension StepContext {
  /// The first operand or result of the node whose type a version does not allow, in words.
  func violation(of limits: OperatorElements.Signature) -> String? {
    // What its graphs capture may be of any type.
    for (index, operand) in graph[node].operands.dropLast(graph[node].captureCount).enumerated() {
      guard let operand, let type = graph[operand].type ?? constant(operand).map({ .tensor($0.element, nil) }),
        let letter = OperatorElements.letter(of: type)
      else { continue }
      if !limits.allows(letter, operand: index) { return "operand \(index) is \(kind(type)), which appears in a later opset" }
    }
    for (index, result) in graph[node].results.enumerated() {
      guard let type = graph[result].type, let letter = OperatorElements.letter(of: type) else { continue }
      if !limits.allows(letter, result: index) { return "result \(index) is \(kind(type)), which appears in a later opset" }
    }
    return nil
  }

  private func kind(_ type: ValueType) -> String {
    switch type {
    case .tensor(let tensor): tensor.element.rawValue
    case .sequence: "a sequence"
    case .optional: "an optional"
    default: "of another kind"
    }
  }
}
