import GraphIR
import Operators
import Rewriting
import Tensors

extension Edit {
  /// The function that a fused operator ends with, as an operator of its own.
  mutating func activated(
    _ x: ValueID, by name: String?, _ parameters: [Float], _ element: ElementType
  ) throws(NoMatch) -> ValueID {
    func parameter(_ index: Int, _ initial: Float) -> Float { index < parameters.count ? parameters[index] : initial }
    switch name ?? "" {
    case "": return x
    case "Relu": return emit(Relu(), x)
    case "Tanh": return emit(Tanh(), x)
    case "Sigmoid": return emit(Sigmoid(), x)
    case "Softplus": return emit(Softplus(), x)
    case "Softsign": return emit(Softsign(), x)
    case "LeakyRelu":
      var op = LeakyRelu()
      op.alpha = parameter(0, op.alpha)
      return emit(op, x)
    case "Elu":
      var op = Elu()
      op.alpha = parameter(0, op.alpha)
      return emit(op, x)
    case "HardSigmoid":
      var op = HardSigmoid()
      (op.alpha, op.beta) = (parameter(0, op.alpha), parameter(1, op.beta))
      return emit(op, x)
    case "Clip":
      let low = parameters.isEmpty ? nil : try scalar(parameters[0], element)
      let high = parameters.count < 2 ? nil : try scalar(parameters[1], element)
      return emit(Clip(), x, low, high)
    default: throw NoMatch("the function at the end is not known")
    }
  }
}
