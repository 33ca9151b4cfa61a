import GraphIR
import Operators

extension StaticCost {
  /// Multiply-accumulates of operators that hold products within them, by their operands' and their first result's sizes; `nil` for
  /// others, and where a size is not known. `size` gives one of an operand, by an axis that may count from the end; `output` counts the
  /// first result's elements.
  static func fusedMultiplyAccumulates(
    of op: any Operator, output: Int, kept: Int?, _ elements: (Int) -> Int?, _ size: (Int, Int) -> Int?
  ) -> Int? {
    switch op {
    case is Attention, is MultiHeadAttention:
      // Scores of every query with every key, then as many weighted values.
      guard let keys = kept ?? size(1, -2), let query = elements(0) else { return nil }
      return keys.saturatingMultiply(query.saturatingAdd(output))
    case is GroupQueryAttention:
      guard let keys = kept ?? size(1, -2) else { return nil }
      return keys.saturatingMultiply(output.saturatingMultiply(2))
    case is ContribAttention, is QAttention:
      guard let tokens = size(0, 1), let features = size(0, -1), let width = size(1, -1), let x = elements(0), features > 0 else { return nil }
      let keys = kept ?? tokens
      return (x / features).saturatingMultiply(features.saturatingMultiply(width)).saturatingAdd(keys.saturatingMultiply(output.saturatingMultiply(2)))
    case is MatMulNBits, is FusedMatMul, is MatMulInteger: return size(0, -1).map { output.saturatingMultiply($0) }
    case is QLinearMatMul: return size(0, -1).map { output.saturatingMultiply($0) }
    case is FusedConv, is ConvInteger: return convolution(output, elements(1), size(1, 0))
    case is QLinearConv: return convolution(output, elements(3), size(3, 0))
    default: return nil
    }
  }

  private static func convolution(_ output: Int, _ weight: Int?, _ channels: Int?) -> Int? {
    guard let weight, let channels, channels > 0 else { return nil }
    return output.saturatingMultiply(weight / channels)
  }
}
