import Diagnostics
import GraphIR
import Tensors

/// The discrete Fourier transform along `axis` of numbers whose parts are the last axis: `[…, 1]` real, `[…, 2]` complex.
///
/// The signal is cut or filled up with zeros to `length`. `onesided` gives the first half of a real signal's spectrum, or with
/// `inverse` the real signal of such a half. The inverse is divided by the length.
public struct DFT: Evaluable {
  public enum Operand: Int, OperandSlot {
    case x, length, axis
    public var arity: Arity { self == .x ? .one : .optional }
  }
  public static let name = "DFT"
  public static let since = 20
  public static let attributes: [AttributeSpec<Self>] = [.bool("inverse", \.inverse), .bool("onesided", \.onesided)]
  public var inverse = false
  public var onesided = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try require(x, "a floating-point number") { $0.isFloatingPoint }
    guard var shape = x.shape else { return [try x.reshaped(nil)] }
    let given = operands[.axis] == nil ? -2 : operands[.axis]?.scalarExpression?.number
    let parts: Dim = inverse && onesided ? 1 : 2
    guard let given else { return [try x.reshaped(.unknown(rank: shape.count - 1) + [parts])] }
    let along = try axis(given, rank: shape.count)
    let whole = operands[.length] == nil ? (inverse && onesided ? (shape[along] - 1) * 2 : shape[along]) : operands[.length]?.scalarExpression
    shape[along] = whole.map { onesided && !inverse ? $0.floorDivided(by: 2) + 1 : $0 } ?? .unknown
    shape[shape.count - 1] = parts
    return [try x.reshaped(shape)]
  }

  private func axis(_ axis: Int, rank: Int) throws(ModelError) -> Int {
    let along = try normalizedAxis(axis, rank: rank)
    guard along < rank - 1 else { throw ModelError(.invalidGraph, "axis \(axis) holds the parts of the numbers") }
    return along
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let along = try axis(operands[.axis]?.integers().first ?? -2, rank: x.rank)
    let size = x.shape[along]
    let length = try operands[.length]?.integers().first ?? (inverse && onesided ? 2 * (size - 1) : size)
    guard length > 0, length <= 1 << 26, (1...2).contains(x.shape[x.rank - 1]) else {
      throw ModelError(.invalidGraph, "a transform of length \(length) of \(x.shape)")
    }
    // The axis moves to the last but one place, so that signals are rows.
    let order = x.shape.indices.filter { $0 != along && $0 != x.rank - 1 } + [along, x.rank - 1]
    let rows = try x.transposed(order)
    let count = x.count / max(size * x.shape[x.rank - 1], 1)
    let kept = onesided && !inverse ? length / 2 + 1 : length
    let parts = inverse && onesided ? 1 : 2
    try checkedCount(.float64, [count, kept, parts])
    let signals = try rows.doubles()
    let values = transformed(signals, count: count, size: size, parts: x.shape[x.rank - 1], length: length, kept: kept)
    let shape = order.dropLast(2).map { x.shape[$0] } + [kept, parts]
    let result = try Tensor(.float64, shape, elements: values).converted(to: x.element)
    return [try result.transposed(order.indices.map { order.firstIndex(of: $0) ?? $0 })]
  }

  private func transformed(_ signals: [Double], count: Int, size: Int, parts: Int, length: Int, kept: Int) -> [Double] {
    let transform = FourierTransform(length: length)
    let isReal = inverse && onesided
    var result: [Double] = []
    result.reserveCapacity(count * kept * (isReal ? 1 : 2))
    for row in 0..<count {
      var (real, imaginary) = ([Double](repeating: 0, count: length), [Double](repeating: 0, count: length))
      // Of a half spectrum, the other half is its mirror image.
      for index in 0..<min(size, isReal ? length / 2 + 1 : length) {
        let at = (row * size + index) * parts
        real[index] = signals[at]
        imaginary[index] = parts == 2 ? signals[at + 1] : 0
        if isReal, index > 0, length - index > index { (real[length - index], imaginary[length - index]) = (real[index], -imaginary[index]) }
      }
      if isReal { imaginary[0] = 0 }
      transform.transform(&real, &imaginary, inverse: inverse)
      let factor = inverse ? 1 / Double(length) : 1
      for index in 0..<kept {
        result.append(real[index] * factor)
        if !isReal { result.append(imaginary[index] * factor) }
      }
    }
    return result
  }
}
