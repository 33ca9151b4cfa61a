import GraphIR
import Operators
import Retargeting
import Tensors

/// The element types on which LiteRT's kernels compute an operator, as far as they are not parameters of quantisation.
///
/// Integers of 8 bits without scales are refused by most kernels, or end the program. Source: what the interpreter gave for every operator and
/// type (`Tests/Oracles/litert_elements.py`).
enum KernelElements {
  private static let table = """
    f32 : Acos Acosh Asin Asinh Atan Atanh AveragePool BatchNormalization Ceil Celu Conv ConvTranspose Cos Cosh DequantizeLinear Elu Erf Exp Floor
    f32 : GRU Gelu Gemm GlobalAveragePool GlobalMaxPool GroupNormalization HardSigmoid HardSwish InstanceNormalization IsInf IsNaN LRN LSTM
    f32 : LayerNormalization LeakyRelu Log LogSoftmax MatMul Mish PRelu Pow QuantizeLinear RNN Reciprocal ReduceL2 ReduceLogSum ReduceLogSumExp Relu
    f32 : RMSNormalization Round Selu Sigmoid Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu
    f32 i32 : Abs ReduceL1 Sign
    f32 i32 i64 : CumSum Div Mod Neg ReduceMean ReduceProd ReduceSum ReduceSumSquare Sub Sum
    f32 i16 i32 i64 : Add Greater GreaterOrEqual Less LessOrEqual Unique
    f32 i16 i32 i64 u32 : Mul
    f32 i16 i32 i64 bool str : Equal
    f32 i32 i64 bool : NonZero
    i32 i64 : BitwiseNot
    f32 i8 i32 u8 : ArgMax ArgMin
    f32 i8 u8 : MaxPool
    f32 i8 i32 i64 u8 : DepthToSpace ReduceMax ReduceMin SpaceToDepth
    f32 i16 i32 i64 u8 : ReverseSequence
    f32 i8 i16 i32 u8 : Resize
    f32 i8 i16 i32 i64 u8 : Clip Max Min Split TopK
    f32 f16 bf16 i8 i16 i32 i64 u8 u32 bool : Concat
    f32 f16 bf16 i8 i16 i32 i64 u8 bool : Compress GatherElements Pad ScatterElements ScatterND
    f32 f16 bf16 i8 i16 i32 i64 u8 bool str : Gather GatherND
    """

  private static let rows: [String: [ElementType]] = {
    var rows: [String: [ElementType]] = [:]
    for line in table.split(separator: "\n") {
      let sides = line.split(separator: ":")
      let elements = sides[0].split(separator: " ").compactMap { ElementType(rawValue: String($0)) }
      for name in sides[1].split(separator: " ") { rows[String(name)] = elements }
    }
    return rows
  }()

  /// Those of an operator of the standard set, or of what stands for it; `nil` where all that the format has will do.
  static func of(_ op: any Operator) -> [ElementType]? {
    guard op.domain.isEmpty || op is LiteRTKernel else { return nil }
    return rows[(op as? LiteRTKernel)?.standardName ?? op.name]
  }

  /// The operand whose elements count.
  static func dataOperand(of op: any Operator) -> Int { op is DequantizeLinear ? 1 : 0 }

  static func rejection(of node: SubjectNode) -> Rejection? {
    let data = node.op is LiteRTKernel ? node.result(0) : node.operand(dataOperand(of: node.op))
    guard let known = of(node.op), let element = data?.element, !known.contains(element) else { return nil }
    return Rejection(.elementType, "no kernel of LiteRT computes \(node.op.name) on \(element.rawValue)")
  }

  /// The narrowest of `known` that hold every number of `element`.
  static func wider(than element: ElementType, among known: [ElementType]) -> ElementType? {
    let candidates: [ElementType]
    switch element {
    case .float16, .bfloat16: candidates = [.float32]
    case .int8, .uint8, .bool: candidates = [.int16, .int32]
    case .int16, .uint16: candidates = [.int32]
    case .uint32: candidates = [.int64]
    case .int32: candidates = [.int64]
    default: candidates = []
    }
    return candidates.first(where: known.contains)
  }
}
