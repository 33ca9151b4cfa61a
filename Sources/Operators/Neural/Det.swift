import Diagnostics
import GraphIR
import Tensors

/// The determinants of square matrices `[…, M, M]`, by elimination with the largest pivot of each column.
public struct Det: Evaluable {
  public typealias Operand = UnaryOperand
  public static let name = "Det"
  public static let since = 22
  public init() {}

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    try requireRank(x, 2..., "x")
    if let shape = x.shape, let a = shape[shape.count - 1].number, let b = shape[shape.count - 2].number, a != b {
      throw ModelError(.typeMismatch, "the determinant of \(b) rows and \(a) columns")
    }
    return [try x.reshaped(x.shape.map { Array($0.dropLast(2)) })]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    guard x.rank >= 2, let size = x.shape.last, x.shape[x.rank - 2] == size else {
      throw ModelError(.typeMismatch, "the determinant of \(x.shape)")
    }
    let values = try x.doubles()
    let shape = Array(x.shape.dropLast(2))
    let results = (0..<shape.reduce(1, *)).map { determinant(Array(values[$0 * size * size..<($0 + 1) * size * size]), size) }
    return [try Tensor(.float64, shape, elements: results).converted(to: x.element)]
  }

  private func determinant(_ matrix: [Double], _ size: Int) -> Double {
    var (a, result) = (matrix, 1.0)
    for column in 0..<size {
      var pivot = column
      for row in column + 1..<max(size, column + 1) where abs(a[row * size + column]) > abs(a[pivot * size + column]) { pivot = row }
      let head = a[pivot * size + column]
      if head == 0 { return 0 }
      if pivot != column {
        for index in 0..<size { a.swapAt(pivot * size + index, column * size + index) }
        result = -result
      }
      result *= head
      for row in column + 1..<max(size, column + 1) {
        let factor = a[row * size + column] / head
        for index in column..<size { a[row * size + index] -= factor * a[column * size + index] }
      }
    }
    return result
  }
}
