import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Triangular filters, evenly spaced on the mel scale `2595·log₁₀(1 + f/700)`, that gather the bins of a spectrum:
/// `[dft_length/2 + 1, num_mel_bins]`.
public struct MelWeightMatrix: Evaluable {
  public enum Operand: Int, OperandSlot { case bins, dftLength, sampleRate, lowerEdge, upperEdge }
  public static let name = "MelWeightMatrix"
  public static let since = 17
  public static let attributes: [AttributeSpec<Self>] = [.element("output_datatype", \.outputDatatype)]
  public var outputDatatype = ElementType.float32
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let rows = try operands.one(.dftLength).scalarExpression.map { $0.floorDivided(by: 2) + 1 } ?? .unknown
    return [.tensor(outputDatatype, [rows, try operands.one(.bins).scalarExpression ?? .unknown])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    func number(_ slot: Operand) throws(ModelError) -> Double {
      guard let value = try operands.one(slot).doubles().first else { throw ModelError(.typeMismatch, "operand \"\(slot)\" is empty") }
      return value
    }
    let (bins, length) = (try number(.bins), try number(.dftLength))
    guard bins >= 0, bins < 0x1p24, length >= 0, length < 0x1p40 else { throw ModelError(.limitExceeded, "\(bins) bins of \(length)") }
    let (columns, rows) = (Int(bins), Int(length) / 2 + 1)
    try checkedCount(.float64, [rows, columns])
    let (rate, low, high) = (try number(.sampleRate), mel(try number(.lowerEdge)), mel(try number(.upperEdge)))
    let step = (high - low) / Double(columns + 2)
    let edges = (0..<columns + 2).map { index -> Double in
      ((length + 1) * 700 * (pow(10, (Double(index) * step + low) / 2595) - 1) / rate).rounded(.down)
    }
    guard edges.allSatisfy({ $0 >= 0 && $0 <= Double(rows) }) else { throw ModelError(.invalidGraph, "an edge beyond the spectrum") }
    return [try Tensor(.float64, [rows, columns], elements: weights(edges.map { Int($0) }, rows)).converted(to: outputDatatype)]
  }

  private func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }

  private func weights(_ edges: [Int], _ rows: Int) -> [Double] {
    let columns = edges.count - 2
    var result = [Double](repeating: 0, count: rows * columns)
    for column in 0..<columns {
      let (low, centre, high) = (edges[column], edges[column + 1], edges[column + 2])
      for row in low..<max(min(centre + 1, rows), low) {
        result[row * columns + column] = centre == low ? 1 : Double(row - low) / Double(centre - low)
      }
      for row in centre..<max(min(high, rows), centre) { result[row * columns + column] = Double(high - row) / Double(high - centre) }
    }
    return result
  }
}
