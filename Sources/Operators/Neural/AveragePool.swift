import Diagnostics
import GraphIR
import Tensors

/// The mean of each window over the spatial axes of `x` `[N, C, spatial…]`; padding counts when `count_include_pad` is set.
public struct AveragePool: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "AveragePool"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.autoPad), .bool("ceil_mode", \.ceilMode), .bool("count_include_pad", \.countIncludePad),
    .ints("dilations", \.dilations), .ints("kernel_shape", \.kernelShape), .ints("pads", \.pads), .ints("strides", \.strides),
  ]
  public var autoPad = AutoPad.notSet
  public var ceilMode = false
  public var countIncludePad = false
  public var dilations: [Int]?
  public var kernelShape: [Int]?
  public var pads: [Int]?
  public var strides: [Int]?
  public init() {}

  func window() throws(ModelError) -> Window {
    guard let kernelShape else { throw ModelError(.invalidGraph, "is missing", at: Place(attribute: "kernel_shape")) }
    return try Window(
      kernel: kernelShape, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad, ceilMode: ceilMode)
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    [try inferPool(operands.one(.x), window())]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let window = try window()
    let x = try operands.one(.x)
    if x.element == .float64 || x.rank > 5 {
      return [try averagePoolGathered(x.converted(to: .float64), window, countingPads: countIncludePad).converted(to: x.element)]
    }
    return [try inFloat32([x]) { (t) throws(ModelError) in
      try averagePool(t[0] ?? x, window, countingPads: countIncludePad)
    }]
  }
}

/// The type of a pool's result.
func inferPool(_ x: Fact, _ window: Window) throws(ModelError) -> Fact {
  guard let shape = x.shape else { return try x.reshaped(.unknown(rank: window.kernel.count + 2)) }
  guard shape.count == window.kernel.count + 2 else {
    throw ModelError(.typeMismatch, "a window over \(window.kernel.count) axes for x of rank \(shape.count)")
  }
  return try x.reshaped(Array(shape[..<2]) + window.outputSizes(Array(shape[2...])))
}
