import Diagnostics
import GraphIR
import Tensors

/// The largest element of each window over the spatial axes of `x` `[N, C, spatial…]`, and where in `x` it is.
///
/// Positions count all of `x`; with `storage_order` 1, the spatial axes column by column.
public struct MaxPool: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "MaxPool"
  public static let since = 22
  public static let results: [Arity] = [.one, .optional]
  public static let attributes: [AttributeSpec<Self>] = [
    .choice("auto_pad", \.autoPad), .bool("ceil_mode", \.ceilMode), .ints("dilations", \.dilations),
    .ints("kernel_shape", \.kernelShape), .ints("pads", \.pads), .bool("storage_order", \.storageOrder), .ints("strides", \.strides),
  ]
  public var autoPad = AutoPad.notSet
  public var ceilMode = false
  public var dilations: [Int]?
  public var kernelShape: [Int]?
  public var pads: [Int]?
  /// True for positions counted column by column.
  public var storageOrder = false
  public var strides: [Int]?
  public init() {}

  func window() throws(ModelError) -> Window {
    guard let kernelShape else { throw ModelError(.invalidGraph, "is missing", at: Place(attribute: "kernel_shape")) }
    return try Window(
      kernel: kernelShape, strides: strides, dilations: dilations, pads: pads, autoPad: autoPad, ceilMode: ceilMode)
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let fact = try inferPool(operands.one(.x), window())
    return [fact, .tensor(.int64, fact.shape)]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let isWide = x.element == .float64 || x.rank > 5
    let (values, indices) = try isWide
      ? maxPoolGathered(x.converted(to: .float64), window(), columnMajor: storageOrder)
      : maxPool(x.converted(to: .float32), window(), columnMajor: storageOrder)
    return [try values.converted(to: x.element), indices]
  }
}
