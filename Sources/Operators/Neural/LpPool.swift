import Diagnostics
import GraphIR
import Tensors

/// `(Σ |x|ᵖ)^(1/p)` over each window of the spatial axes of `x` `[N, C, spatial…]`.
public struct LpPool: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "LpPool"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.autoPad), .bool("ceil_mode", \.ceilMode), .ints("dilations", \.dilations), .ints("kernel_shape", \.kernelShape),
    .int("p", \.p), .ints("pads", \.pads), .ints("strides", \.strides),
  ]
  public var autoPad = AutoPad.notSet
  public var ceilMode = false
  public var dilations: [Int]?
  public var kernelShape: [Int]?
  public var p = 2
  public var pads: [Int]?
  public var strides: [Int]?
  public init() {}

  private func window() throws(ModelError) -> Window {
    guard let kernelShape else { throw ModelError(.invalidGraph, "is missing", at: Place(attribute: "kernel_shape")) }
    guard p > 0 else { throw ModelError(.invalidGraph, "the norm of order \(p)", at: Place(attribute: "p")) }
    return try Window(kernel: kernelShape, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad, ceilMode: ceilMode)
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    [try inferPool(operands.one(.x), window())]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let order = try Tensor(.float64, [], elements: [Double(p)])
    let magnitudes = try mapElements(of: x.converted(to: .float64), by: Abs())
    let sums = try sumPoolGathered(calculate(.power, magnitudes, order), window())
    let root = try Tensor(.float64, [], elements: [1 / Double(p)])
    return [try calculate(.power, sums, root).converted(to: x.element)]
  }
}
