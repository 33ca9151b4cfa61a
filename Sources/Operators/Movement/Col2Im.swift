import Diagnostics
import GraphIR
import Tensors

/// Columns of blocks `[N, C·Πblock, L]` put back where a sliding window would have read them, in images `[N, C, image…]`;
/// overlapping parts add up.
public struct Col2Im: Evaluable {
  public enum Operand: Int, OperandSlot { case x, imageShape, blockShape }
  public static let name = "Col2Im"
  public static let since = 18
  public static let attributes: [AttributeSpec<Self>] = [.ints("dilations", \.dilations), .ints("pads", \.pads), .ints("strides", \.strides)]
  public var dilations: [Int]?
  public var pads: [Int]?
  public var strides: [Int]?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (x, image, block) = try (operands.one(.x), operands.one(.imageShape), operands.one(.blockShape))
    try requireRank(x, 3...3, "x")
    guard let spatial = image.expressions ?? image.listedCount.map({ .unknown(rank: $0) }) else { return [try x.reshaped(nil)] }
    let channels = x.shape.flatMap { shape in block.expressions.map { shape[1].floorDivided(by: $0.product) } }
    return [try x.reshaped([x.shape?[0] ?? .unknown, channels ?? .unknown] + spatial)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let (image, block) = (try operands.one(.imageShape).integers(), try operands.one(.blockShape).integers())
    let window = try Window(kernel: block, strides: strides, dilations: dilations, pads: pads, autoPad: .notSet)
    guard x.rank == 3, image.allSatisfy({ $0 >= 0 }) else { throw ModelError(.typeMismatch, "x has shape \(x.shape)") }
    let (output, before) = try window.placed(on: image)
    guard let taps = block.elementCount, taps > 0, x.shape[1] % taps == 0, output.elementCount == x.shape[2] else {
      throw ModelError(.typeMismatch, "columns of \(x.shape) for blocks of \(block) in \(image)")
    }
    let shape = [x.shape[0], x.shape[1] / taps] + image
    try checkedCount(.float64, shape)
    let map = try window.places(on: image, output: output, before: before).map
    let wide: ElementType = x.element.isInteger ? .int64 : .float64
    let source = try x.converted(to: wide)
    let result = wide == .int64 ? try added(source, shape, map, Int64.self) : try added(source, shape, map, Double.self)
    return [try result.converted(to: x.element)]
  }

  private func added<T: ArithmeticElement>(_ x: Tensor, _ shape: Shape, _ map: [Int], _ type: T.Type) throws(ModelError) -> Tensor {
    let area = shape.dropFirst(2).reduce(1, *)
    return try x.withElements(as: T.self) { (from) throws(ModelError) in
      try Tensor(x.element, shape, filling: T.self) { to in
        to.update(repeating: T.nought)
        guard !map.isEmpty else { return }
        for channel in 0..<shape[0] * shape[1] {
          for (index, place) in map.enumerated() where place >= 0 {
            let target = channel * area + place
            to[target] = T.sum(to[target], from[channel * map.count + index])
          }
        }
      }
    }
  }
}
