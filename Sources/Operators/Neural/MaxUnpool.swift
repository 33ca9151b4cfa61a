import Diagnostics
import GraphIR
import Tensors

/// The elements of a max pool's result put back where `indices` say that they were, zeros elsewhere.
///
/// Indices count the elements of the tensor of which the window's attributes make the pool's result; a larger
/// `outputShape` is filled up with zeros at the ends.
public struct MaxUnpool: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, indices, outputShape
    public var arity: Arity { self == .outputShape ? .optional : .one }
  }
  public static let name = "MaxUnpool"
  public static let since = 22
  public static let attributes: [AttributeSpec<Self>] = [.ints("kernel_shape", \.kernelShape), .ints("pads", \.pads), .ints("strides", \.strides)]
  public var kernelShape: [Int]?
  public var pads: [Int]?
  public var strides: [Int]?
  public init() {}

  /// The shape that indices refer to.
  private func pooledShape(_ shape: [Dim]) throws(ModelError) -> [Dim] {
    guard let kernelShape else { throw ModelError(.invalidGraph, "is missing", at: Place(attribute: "kernel_shape")) }
    let window = try Window(kernel: kernelShape, strides: strides, dilations: nil, pads: pads, autoPad: .notSet)
    guard shape.count == kernelShape.count + 2 else {
      throw ModelError(.typeMismatch, "a window over \(kernelShape.count) axes for x of rank \(shape.count)")
    }
    let axes = kernelShape.count
    return Array(shape[..<2]) + (0..<axes).map { axis in
      shape[axis + 2] == .unknown ? .unknown
        : (shape[axis + 2] - 1) * .number(window.strides[axis]) + .number(kernelShape[axis] - window.pads[axis] - window.pads[axis + axes])
    }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    if let target = operands[.outputShape] { return [try x.reshaped(target.expressions ?? x.shape.map { .unknown(rank: $0.count) })] }
    return [try x.reshaped(x.shape.map { (shape) throws(ModelError) in try pooledShape(shape) })]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (x, indices) = try (operands.one(.x), operands.one(.indices))
    let pooled = try pooledShape(x.shape.map(Dim.number)).compactMap(\.number)
    let count = try checkedCount(x.element, pooled)
    let target = try operands[.outputShape]?.integers() ?? pooled
    try checkedCount(x.element, target)
    let places = try indices.integers()
    guard pooled.count == x.rank, target.count == x.rank, indices.shape == x.shape, places.allSatisfy({ $0 >= 0 && $0 < count }),
      zip(pooled, target).allSatisfy({ $0 <= $1 })
    else { throw ModelError(.typeMismatch, "indices of \(indices.shape) for \(x.shape) from \(pooled)") }
    // An element that comes up twice counts the last time.
    var sources = [Int](repeating: x.count, count: count)
    for (source, place) in places.enumerated() { sources[place] = source }
    let padded = try concatenated([x.reshaped(to: [x.count]), zero(x.element).reshaped(to: [1])], axis: 0)
    let result = try padded.taking(sources, axis: 0).reshaped(to: pooled)
    guard target != pooled else { return [result] }
    let pads = try Tensor.integers(pooled.map { _ in 0 } + zip(target, pooled).map { $0 - $1 })
    return try Pad().evaluate(Operands([result, pads]))
  }
}
