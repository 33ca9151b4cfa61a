import GraphIR
import LiteRTSchema
import Tensors

/// What a step of the format is used on, and so which version of its operator it needs: a runtime that is older than that says so when it
/// opens the file. What options ask for is said where they are written.
///
/// Source: the format's own table, `tensorflow/lite/tools/versioning/op_version.cc`.
struct KernelUse {
  struct Operand {
    var element: ElementType
    var rank: Int
    var shape: [Dim]
    var scales: [Float]
  }
  let code: Schema.BuiltinOperator
  /// Without those that are left out.
  let inputs: [Operand]
  let outputs: [Operand]
  /// With those that are left out.
  let inputCount: Int

  /// The least version that computes this.
  var version: Int {
    guard let first = inputs.first else { return 1 }
    switch code {
    case .conv2D, .depthwiseConv2D, .fullyConnected, .transposeConv: return ofProduct
    case .add, .sub, .mul, .div, .maximum, .minimum: return ofArithmetic(first)
    case .cast, .quantize, .dequantize: return ofConversion(first)
    case .transpose, .slice, .stridedSlice, .pad, .padv2, .spaceToBatchNd, .batchToSpaceNd: return ofMovement(first)
    case .where: return first.element == .bool ? 1 : 2
    case .select where inputs.contains { $0.rank == 5 }: return 3
    case .gather where inputs.count > 1 && inputs[1].element == .int16: return 6
    case .gatherNd where inputs.count > 1 && inputs[1].element == .int16: return 4
    default: break
    }
    guard let row = Self.byElement[code] else { return code == .broadcastTo ? 2 : 1 }
    guard row.operand < inputs.count else { return 1 }
    return row.versions[inputs[row.operand].element] ?? (code == .broadcastTo ? 2 : 1)
  }

  private typealias Row = (operand: Int, versions: [ElementType: Int])
  private static let bytes: Row = (0, [.int8: 2])
  private static let words: Row = (0, [.int8: 2, .int16: 3])

  /// Operators whose version follows from the elements of one operand.
  private static let byElement: [Schema.BuiltinOperator: Row] = [
    .maxPool2D: words, .averagePool2D: words, .softmax: words, .mean: words, .mirrorPad: words, .reduceMax: words, .reduceMin: words,
    .relu6: words, .rsqrt: words, .tanh: words, .logistic: words, .batchMatmul: words, .less: words, .greaterEqual: words, .topkV2: words,
    .splitV: bytes, .sum: bytes, .logSoftmax: bytes, .greater: bytes, .lessEqual: bytes, .squaredDifference: bytes,
    .depthToSpace: bytes, .spaceToDepth: bytes, .l2Normalization: bytes,
    .resizeBilinear: (0, [.int8: 2, .int16: 4]), .resizeNearestNeighbor: (0, [.int8: 2, .int16: 4]),
    .concatenation: (0, [.int8: 2, .int16: 3, .uint32: 4]), .pack: (0, [.int8: 2, .int16: 3, .uint32: 4]),
    .unpack: (0, [.int8: 2, .uint8: 2, .bool: 3, .int16: 4]), .split: (1, [.int8: 2, .int32: 3, .int16: 4]),
    .gather: (0, [.int8: 2, .bool: 3, .int16: 4, .int4: 7]), .gatherNd: (0, [.string: 2, .int16: 3, .bool: 5]),
    .equal: (0, [.int8: 2, .string: 3, .int16: 4]), .notEqual: (0, [.int8: 2, .string: 3]),
    .leakyRelu: (0, [.int16: 2]), .relu: (0, [.int8: 2, .uint8: 2, .int16: 3]), .gelu: (0, [.int8: 2, .uint8: 2]),
    .abs: (0, [.int8: 2, .uint8: 2, .int16: 4, .int32: 5]), .exp: (0, [.int8: 2, .int16: 2]), .log: (0, [.int8: 2, .int16: 2]),
    .reduceProd: (0, [.int8: 2, .int16: 2]), .argMax: (0, [.int8: 2, .bool: 3]), .argMin: (0, [.int8: 2, .bool: 3]),
    .tile: (0, [.string: 2, .int8: 3]), .squeeze: (0, [.string: 2]), .reverseV2: (0, [.bool: 2, .int8: 3]), .sign: (0, [.int32: 2]),
    .fill: (1, [.bool: 2, .string: 2, .int8: 3, .int16: 3, .float16: 4]), .range: (0, [.int64: 2]), .select: (0, [.int8: 2, .uint32: 4]),
    .selectV2: (0, [.uint32: 2]), .floorDiv: (0, [.float32: 2, .int8: 3, .int16: 3]), .floorMod: (0, [.int8: 2, .int16: 2]),
    .broadcastTo: (0, [.int8: 3, .int16: 3]), .sparseToDense: (2, [.int64: 2, .int8: 3, .uint8: 3]),
  ]

  /// Products with weights: by the elements of both, and whether there is something to add.
  private var ofProduct: Int {
    let data = code == .transposeConv ? 2 : 0
    guard inputs.count > max(1, data) else { return 1 }
    let (x, weights) = (inputs[data].element, inputs[1])
    let isHybrid = x == .float32 && weights.element == .int8
    switch code {
    case .conv2D:
      // Fewer channels in the weights than come in: groups.
      if let channels = inputs[0].shape.last?.number, let own = weights.shape.last?.number, channels != own { return 6 }
      if isHybrid { return weights.scales.count > 1 ? 5 : 2 }
      return weights.element == .int4 ? 7 : x == .int16 ? 4 : x == .int8 ? 3 : 1
    case .depthwiseConv2D:
      if isHybrid { return weights.scales.count > 1 ? 6 : 4 }
      return weights.element == .int4 ? 7 : x == .int16 ? 5 : x == .int8 ? 3 : 1
    case .fullyConnected:
      if isHybrid, weights.scales.count > 1 { return 12 }
      if weights.element == .int4 { return 10 }
      if x == .int16 { return 7 }
      return inputCount == 2 ? 6 : x == .int8 ? 4 : isHybrid ? 3 : 1
    default: return inputs.count == 4 ? 3 : weights.element == .int8 ? 2 : 1
    }
  }

  private func ofArithmetic(_ first: Operand) -> Int {
    let isWide = inputs.count > 1 && inputs[0].shape != inputs[1].shape && inputs.contains { $0.rank > 4 }
    let isQuantized = !first.scales.isEmpty
    switch (code, first.element) {
    case (.add, .int16): return isQuantized ? 3 : 5
    case (.sub, .int16): return 5
    case (.add, .int64), (.sub, .int64): return 4
    case (.mul, .int16): return isQuantized ? 4 : 7
    case (.mul, .uint32): return 7
    case (.mul, .complex64): return 6
    case (.mul, .int64): return 5
    case (.mul, _) where isQuantized && rescale >= 1: return 3
    case (.maximum, .int16), (.minimum, .int16): return 4
    case (.sub, _) where isWide, (.maximum, _) where isWide, (.minimum, _) where isWide: return 3
    case (.div, _): return isWide ? 2 : 1
    default: return first.element == .int8 ? 2 : 1
    }
  }

  /// What integers of a product are multiplied by.
  private var rescale: Float {
    guard inputs.count > 1, let a = inputs[0].scales.first, let b = inputs[1].scales.first, let c = outputs.first?.scales.first, c != 0 else { return 0 }
    return a * b / c
  }

  private func ofConversion(_ first: Operand) -> Int {
    guard let target = outputs.first else { return 1 }
    switch code {
    case .quantize: return first.element == .int4 || target.element == .int4 ? 4 : target.scales.count > 1 ? 3 : target.element == .int16 ? 2 : 1
    case .dequantize:
      switch first.element {
      case .int4: return 6
      case .int16, .float16: return 3
      case .int8: return first.scales.count > 1 ? 5 : 2
      default: return 1
      }
    default:
      let both = [first.element, target.element]
      if both.contains(.bfloat16) { return 7 }
      if both == [.int4, .float32] { return 6 }
      if both.contains(.float64) || both.contains(.float16) { return 5 }
      return both.contains(.uint16) ? 4 : both.contains(.int8) ? 3 : both.contains(.uint32) ? 2 : 1
    }
  }

  private func ofMovement(_ first: Operand) -> Int {
    let (element, rank) = (first.element, first.rank)
    switch code {
    case .transpose: return rank > 5 ? 6 : element == .int16 ? 5 : rank > 4 ? 4 : element == .bool ? 3 : element == .int8 ? 2 : 1
    case .slice: return element == .uint32 ? 6 : rank > 4 ? 5 : element == .int16 ? 4 : element == .string ? 3 : element == .int8 ? 2 : 1
    case .stridedSlice: return element == .uint32 ? 7 : element == .string ? 5 : rank > 4 ? 4 : element == .bool ? 3 : element == .int8 ? 2 : 1
    case .pad, .padv2: return rank > 4 ? 4 : element == .int16 ? 3 : element == .int8 ? 2 : 1
    default: return element == .int16 ? 4 : rank != 4 ? 3 : element == .int8 ? 2 : 1
    }
  }
}
