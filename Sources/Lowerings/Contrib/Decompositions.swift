import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Rules that say operators of `com.microsoft` in standard ones, for targets that do not know them. None of them runs when a model is
/// merely converted.
///
/// Fused operators become their parts, and quantised ones operators on floats between `DequantizeLinear` and `QuantizeLinear`, from
/// which a target makes its own quantised forms.
public enum Decompositions {
  public static let contrib: [Rule] = [
    Rule(DecomposeGelus()), Rule(DecomposeFusedProducts()), Rule(DecomposeFusedConv()), Rule(DecomposeSkippedNormalizations()),
    Rule(DecomposeEmbedLayerNormalization()), Rule(DecomposeBiasSoftmax()), Rule(DecomposeNhwcMaxPool()), Rule(DecomposeQLinear()),
    Rule(DecomposeContribQuantization()), Rule(DecomposeMatMulNBits()), Rule(DecomposeGatherBlockQuantized()),
    Rule(DecomposeQAttention()), Rule(DecomposeContribAttention()), Rule(DecomposeMultiHeadAttention()),
    Rule(DecomposeGroupQueryAttention()), Rule(DecomposeRotaryEmbedding()), Rule(DecomposeDynamicQuantizeMatMul()),
    Rule(DecomposeDynamicQuantizeLSTM()),
  ]

  /// Rules that say operators of `ai.onnx.ml` in standard ones, for targets that do not know them: all but support vectors, maps and strings.
  public static let machineLearning: [Rule] = [
    Rule(DecomposeFeatures()), Rule(DecomposeLabelEncoder()), Rule(DecomposeLinearModels()), Rule(DecomposeTreeEnsembles()),
  ]

  /// Rules for targets that have no products of quantised tensors: in floats, between what they were quantised with.
  package static let quantized: [Rule] = [Rule(DecomposeQuantizedProducts())]

  /// Rules that make tensors of sequences and optionals, for targets that have tensors alone.
  package static let structures: [Rule] = [Rule(DissolveSequences()), Rule(DissolveOptionals())]
}

extension Edit {
  /// A constant scalar of a floating-point type.
  mutating func scalar(_ value: Float, _ element: ElementType) throws(NoMatch) -> ValueID {
    constant(try computing { () throws(ModelError) in try Tensor.scalar(value).converted(to: element) })
  }

  mutating func transposed(_ x: ValueID, _ permutation: [Int]) -> ValueID {
    var op = Transpose()
    op.perm = permutation
    return emit(op, x)
  }

  mutating func cast(_ x: ValueID, to element: ElementType) -> ValueID {
    var op = Cast()
    op.to = element
    return emit(op, x)
  }
}
