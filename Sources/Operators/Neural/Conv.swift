import Diagnostics
import GraphIR
import Tensors

/// Convolution (cross-correlation) of `x` `[N, C, spatial…]` with `weight` `[M, C/group, kernel…]`, plus `bias` `[M]`.
public struct Conv: Operator {
  public enum Operand: Int, OperandSlot {
    case x, weight, bias
    public var arity: Arity { self == .bias ? .optional : .one }
  }
  public static let name = "Conv"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.autoPad), .ints("dilations", \.dilations), .int("group", \.group),
    .ints("kernel_shape", \.kernelShape), .ints("pads", \.pads), .ints("strides", \.strides),
  ]

  public var autoPad = AutoPad.notSet
  /// One per spatial axis; absent means all 1.
  public var dilations: [Int]?
  public var group = 1
  public var kernelShape: [Int]?
  /// Begins then ends of the spatial axes; absent means all 0.
  public var pads: [Int]?
  public var strides: [Int]?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] { [.unknown] }
}
