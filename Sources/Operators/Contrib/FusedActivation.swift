import Diagnostics
import Tensors

/// An element-wise function that a fused operator ends with.
///
/// Parameters are given in the order of the function's own attributes; absent ones have the function's defaults.
func activated(_ x: Tensor, by name: String?, _ parameters: [Float]) throws(ModelError) -> Tensor {
  func parameter(_ index: Int, _ initial: Float) -> Float { index < parameters.count ? parameters[index] : initial }
  switch name ?? "" {
  case "": return x
  case "Relu": return try mapElements(of: x, by: Relu())
  case "Tanh": return try mapElements(of: x, by: Tanh())
  case "Sigmoid": return try mapElements(of: x, by: Sigmoid())
  case "Softplus": return try mapElements(of: x, by: Softplus())
  case "Softsign": return try mapElements(of: x, by: Softsign())
  case "LeakyRelu":
    var op = LeakyRelu()
    op.alpha = parameter(0, op.alpha)
    return try mapElements(of: x, by: op)
  case "Elu":
    var op = Elu()
    op.alpha = parameter(0, op.alpha)
    return try mapElements(of: x, by: op)
  case "HardSigmoid":
    var op = HardSigmoid()
    (op.alpha, op.beta) = (parameter(0, op.alpha), parameter(1, op.beta))
    return try mapElements(of: x, by: op)
  case "Clip":
    let low = try Tensor.scalar(parameter(0, -.greatestFiniteMagnitude)).converted(to: x.element)
    let high = try Tensor.scalar(parameter(1, .greatestFiniteMagnitude)).converted(to: x.element)
    return try calculate(.minimum, calculate(.maximum, x, low), high)
  case let other:
    throw ModelError(
      .unsupported, "the function \"\(other)\" is not known", at: Place(attribute: "activation"),
      notes: ["expected Relu, Tanh, Sigmoid, Softplus, Softsign, LeakyRelu, Elu, HardSigmoid or Clip"])
  }
}
