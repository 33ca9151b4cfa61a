import Diagnostics
import GraphIR
import Tensors

/// A convolution, plus `z` of the result's shape when given, through `activation`.
public struct FusedConv: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, weight, bias, z
    public var arity: Arity { self == .bias || self == .z ? .optional : .one }
  }
  public static let name = "FusedConv"
  public static let domain = "com.microsoft"
  public static let since = 1
  public static let attributes: [AttributeSpec<Self>] = [
    .string("activation", \.activation), .floats("activation_params", \.activationParams), .choice("auto_pad", \.conv.autoPad),
    .ints("dilations", \.conv.dilations), .int("group", \.conv.group), .ints("kernel_shape", \.conv.kernelShape),
    .ints("pads", \.conv.pads), .ints("strides", \.conv.strides),
  ]
  public var activation: String?
  public var activationParams: [Float]?
  /// The convolution alone.
  public var conv = Conv()
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let own = Array(operands.items.prefix(3))
    let result = try conv.infer(Operands(own))
    if let z = operands[.z] {
      _ = try commonElement([result[0], z])
      _ = try broadcast([result[0].shape, z.shape])
    }
    return result
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    var y = try conv.evaluate(Operands(Array(operands.items.prefix(3))))[0]
    if let z = operands[.z] {
      guard z.shape == y.shape else { throw ModelError(.typeMismatch, "z of shape \(z.shape) for \(y.shape)") }
      y = try calculate(.add, y, z)
    }
    return [try activated(y, by: activation, activationParams ?? [])]
  }
}
