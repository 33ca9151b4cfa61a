import Bundle
import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

/// OpenVINO's intermediate representation, version 11: a network as XML beside a file of weights.
package struct OpenVINOTarget: TargetPlatform {
  package let name = "openvino"

  package let legalizations = [Rule(DensifyConstant())]
  package let unwantedRules: Set = ["RecognizeAttention", "RecognizeRotaryEmbedding", "RecognizeInterleavedRotaryEmbedding"]
  /// On a CPU, 64-bit integers are computed with 32 bits.
  package let wholeOperators: Set = ["BitCast"]
  package let takesComputedOperands = true

  package init() {}

  package func has(_ element: ElementType) -> Bool { element.openVINO != nil }

  package func rejection(of node: SubjectNode) -> Rejection? {
    if node.op is ForeignOperator {
      let domain = node.op.domain.isEmpty ? "" : " of \(node.op.domain)"
      return Rejection(.foreign, "Ferry does not know the operator\(domain)")
    }
    guard let op = node.op as? any OpenVINOWritable else {
      return Rejection(.noEquivalent, "OpenVINO's operator sets 1 to 16 have nothing that computes \(node.op.name)")
    }
    for fact in node.operands + node.results {
      guard let type = fact.type else { continue }
      guard case .tensor(let tensor) = type else { return Rejection(.valueKind, "\(type) where OpenVINO has tensors alone") }
      if tensor.element.openVINO == nil { return Rejection(.elementType, "OpenVINO has no elements of \(tensor.element.rawValue)") }
      if tensor.shape == nil { return Rejection(.dynamicShape, "a value whose rank is not known, with which OpenVINO's processor plugin does not compute") }
      if tensor.element == .string, !op.movesStrings { return .stringsComputed }
    }
    return op.limits(node)
  }

  package func rejection(ofPort type: ValueType?) -> Rejection? {
    guard let type else { return nil }
    guard case .tensor(let tensor) = type else {
      return Rejection(.valueKind, "\(type)", remedy: "cut the model where it is a tensor")
    }
    return tensor.element.openVINO == nil ? Rejection(.elementType, "OpenVINO has no elements of \(tensor.element.rawValue)") : nil
  }

  package func rejection(ofConstantOutput constant: Tensor) -> Rejection? {
    guard constant.rank == 0, KeptConstants.isNarrowed(constant) else { return nil }
    return Rejection(.elementType, "a single number of \(constant.element.rawValue) beyond what OpenVINO's processor plugin computes it in, 32 bits")
  }

  package func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] {
    let shared = NetworkParts(settings)
    let network = try GraphTranslation(model.graph, shared).network()
    var text = XMLText()
    text.line("<?xml version=\"1.0\"?>")
    text.open("net", [("name", model.graph.name.isEmpty ? settings.stem : model.graph.name), ("version", "11")])
    network.write(to: &text)
    if model.graph.roundsActivations { Self.keepActivations(&text) }
    text.close("net")
    return [
      ArtifactFile(name: settings.fileName, content: ByteRope(text.bytes), role: .graph, isText: true),
      ArtifactFile(name: settings.stem + ".bin", content: shared.weights.content, role: .weights),
    ]
  }
}

extension OpenVINOTarget {
  /// Says that the processor plugin is not to round what goes into products with 8-bit weights by itself, which it does unless it is told
  /// otherwise: in a graph that rounds activations already, twice is not what the source does.
  private static func keepActivations(_ text: inout XMLText) {
    text.open("rt_info")
    text.open("runtime_options")
    text.element("DYNAMIC_QUANTIZATION_GROUP_SIZE", [("value", "0")])
    text.close("runtime_options")
    text.close("rt_info")
  }
}

extension Graph {
  /// Whether something that is computed is quantised, in graphs within the graph too.
  fileprivate var roundsActivations: Bool {
    nodeIDs.contains { id in
      if self[id].op is QuantizeLinear, let x = self[id].operands[0], constant(x) == nil { return true }
      return graphs(of: id).contains(where: \.roundsActivations)
    }
  }
}

/// An operator that OpenVINO computes with one layer or a few.
protocol OpenVINOWritable: Operator {
  /// Why this node's attributes or operands have no place there; `nil` when they have.
  func limits(_ node: SubjectNode) -> Rejection?
  /// Whether the layers read the operands; constants that nobody reads are not stored.
  func readsOperands(_ node: SubjectNode) -> Bool
  /// Adds the layers; one wire for each result that is used.
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire]
}

extension OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? { nil }
  func readsOperands(_ node: SubjectNode) -> Bool { true }

  /// Whether the processor plugin of the 2026.4 runtime takes strings here, which was tried operator by operator: slices and splits of strings
  /// crash it, other operators it refuses.
  fileprivate var movesStrings: Bool {
    self is Identity || self is Reshape || self is Flatten || self is Squeeze || self is Unsqueeze || self is Transpose || self is Gather
      || self is Concat || self is ShapeOf || self is Size
  }
}

extension Rejection {
  fileprivate static let stringsComputed = Rejection(
    .elementType, "strings, which OpenVINO's processor plugin moves in a few operators and computes in none")
}

extension ElementType {
  /// OpenVINO's names of the element type, in `element_type` and in `precision`; `nil` for those it has not.
  var openVINO: (type: String, precision: String)? {
    switch self {
    case .float32: ("f32", "FP32")
    case .float64: ("f64", "FP64")
    case .float16: ("f16", "FP16")
    case .bfloat16: ("bf16", "BF16")
    case .float8e4m3fn: ("f8e4m3", "F8E4M3")
    case .float8e5m2: ("f8e5m2", "F8E5M2")
    case .float8e8m0: ("f8e8m0", "F8E8M0")
    case .float4e2m1: ("f4e2m1", "F4E2M1")
    case .int64: ("i64", "I64")
    case .int32: ("i32", "I32")
    case .int16: ("i16", "I16")
    case .int8: ("i8", "I8")
    case .int4: ("i4", "I4")
    case .uint64: ("u64", "U64")
    case .uint32: ("u32", "U32")
    case .uint16: ("u16", "U16")
    case .uint8: ("u8", "U8")
    case .uint4: ("u4", "U4")
    case .bool: ("boolean", "BOOL")
    case .uint2: ("u2", "U2")
    case .string: ("string", "STRING")
    case .float8e4m3fnuz, .float8e5m2fnuz, .float6e2m3, .float6e3m2, .int2, .complex64, .complex128: nil
    }
  }
}
