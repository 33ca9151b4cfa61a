import Bundle
import Diagnostics
import GraphIR
import Operators
import Passes
import Retargeting
import Rewriting
import Tensors

/// ncnn's networks: `.param`, the layers as text, and `.bin`, their weights one after the other.
///
/// Values are Mats of up to four axes without a batch (see `MatLayout`), of 32-bit floats; integers and truth values are floats
/// too, but for positions that alone select rows of a table: those are 32-bit integers.
package struct NCNNTarget: TargetPlatform {
  package let name = "ncnn"

  package init() {}

  package var preparation: Pipeline {
    let attention = Rule(RecognizeAttention(broadcastsMasks: true)).applied(onlyWhere: { PlainAttention.ends(at: $1, in: $0) }, whenApplied: { _, _ in })
    return Pipeline([.pass(BindBatch()), .rules([attention])])
  }

  /// Nodes that an unrolled loop becomes, at most.
  private static let unrolledLimit = 4096

  package let legalizations = [Rule(DensifyConstant()), Rule(UnrollLoop(nodeLimit: unrolledLimit)), Rule(SelectBetweenBranches()), Rule(FoldWeights())]
  /// A sequence along a first axis would be taken for a batch, of which a network has one.
  package let hasTensorsAlone = false
  /// Attention is recognised where ncnn has a layer for it, by `preparation`.
  package let unwantedRules: Set = ["RecognizeAttention", "RecognizeRotaryEmbedding", "RecognizeInterleavedRotaryEmbedding"]
  /// Integers are floats in Mats.
  package let wholeOperators: Set = ["BitCast"]

  package func rejection(of node: SubjectNode) -> Rejection? {
    if node.isShapeArithmetic {
      let isOutput = node.graph[node.id].results.contains { node.graph[$0].isOutput && node.graph.fact($0).integers == nil }
      return isOutput ? Rejection(.dynamicShape, "an output that is a size") : nil
    }
    if node.op is ForeignOperator {
      let domain = node.op.domain.isEmpty ? "" : " of \(node.op.domain)"
      return Rejection(.foreign, "Ferry does not know the operator\(domain)")
    }
    guard let op = node.op as? any NCNNWritable else { return MissingLayers.rejection(of: node.op) }
    for index in op.dataOperands(node) {
      guard let fact = node.operand(index) else { continue }
      if let rejection = Self.rejection(of: fact, takesIntegers: op.takesIntegers) { return rejection }
      if fact.constant == nil, fact.integers == nil, node.producer(ofOperand: index)?.isShapeArithmetic == true {
        return Rejection(.dynamicShape, "a size that is computed when the model runs is used as a number")
      }
    }
    for index in 0..<node.resultCount where node.isUsed(result: index) {
      if let rejection = Self.rejection(of: node.result(index), takesIntegers: op.takesIntegers) { return rejection }
    }
    return op.limits(node)
  }

  /// Whether a Mat can hold a value.
  private static func rejection(of fact: Fact, takesIntegers: Bool) -> Rejection? {
    guard let type = fact.type else { return Rejection(.valueKind, "a value whose type is not known") }
    guard case .tensor(let tensor) = type else { return Rejection(.valueKind, "\(type) where ncnn has Mats alone") }
    switch tensor.element {
    case .float32, .float16, .bfloat16: break
    case .int64, .int32, .int16, .int8, .uint8, .uint16, .uint32, .bool:
      if !takesIntegers { return Rejection(.elementType, "arithmetic on \(tensor.element.rawValue): ncnn computes with floats") }
    default: return Rejection(.elementType, "ncnn has no elements of \(tensor.element.rawValue)")
    }
    guard let shape = tensor.shape else { return Rejection(.dynamicShape, "a value whose rank is not known") }
    if shape.contains(0) { return Rejection(.size, "a value without elements") }
    guard MatLayout(shape) != nil else { return Rejection(.rank, "\(type): a Mat has four axes at most, a batch of 1 not counted") }
    return nil
  }

  package func rejection(ofPort type: ValueType?) -> Rejection? { Self.rejection(of: Fact(type: type), takesIntegers: true) }

  package func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] {
    let network = try GraphTranslation(model.graph).network()
    return [
      ArtifactFile(name: settings.fileName, content: ByteRope(network.text), role: .graph, isText: true),
      ArtifactFile(name: settings.stem + ".bin", content: try network.weights(halving: settings.halvesWeights), role: .weights),
    ]
  }
}

/// An operator that ncnn computes with one layer or a few.
protocol NCNNWritable: Operator {
  /// Operands that are read as Mats; others are known when the network is written.
  func dataOperands(_ node: SubjectNode) -> [Int]
  /// True when it is right for integers that lie in Mats as floats.
  var takesIntegers: Bool { get }
  /// Why this node's attributes, operands or sizes have no place there; `nil` when they have.
  func limits(_ node: SubjectNode) -> Rejection?
  /// Adds the layers; one blob for each result, `nil` for one that is not used.
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?]
}

extension NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { Array(0..<node.operandCount) }
  var takesIntegers: Bool { false }
  func limits(_ node: SubjectNode) -> Rejection? { nil }
}

extension SubjectNode {
  /// True for a node that only computes sizes, which are known as numbers or expressions when the network is written.
  var isShapeArithmetic: Bool {
    !results.isEmpty && results.allSatisfy { $0.elements != nil && ($0.element == .int64 || $0.element == .int32) }
  }

  /// How an operand lies.
  func layout(ofOperand index: Int) -> MatLayout? { operand(index)?.shape.flatMap { MatLayout($0) } }
  func layout(ofResult index: Int) -> MatLayout? { result(index).shape.flatMap { MatLayout($0) } }
}
