import Bundle
import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Rewriting
import Tensors

/// LiteRT (TensorFlow Lite) models, schema version 3, of built-in operators.
package struct LiteRTTarget: TargetPlatform {
  package let name = "litert"
  private let layouts: Pipeline
  private let flatBufferLimit: Int

  /// `layouts` moves transpositions to where they cost least. A file of more than `flatBufferLimit` bytes has its constants
  /// behind the FlatBuffer, whose offsets have 31 bits.
  package init(layouts: Pipeline, flatBufferLimit: Int = Int(Int32.max)) {
    self.layouts = layouts
    self.flatBufferLimit = min(flatBufferLimit, Int(Int32.max))
  }

  package var preparation: Pipeline {
    let rules: [Pipeline.Stage] = [
      .rules([Rule(ComputeInWiderElements()), Rule(LeaveRoundingOut())]),
      .rules([Rule(ShiftUnsignedPorts()), Rule(ShiftUnsignedIntegers())]),
      .rules([
        Rule(ConvolveChannelsLast()), Rule(TransposeConvolveChannelsLast()), Rule(PoolChannelsLast()), Rule(ResizeChannelsLast()),
        Rule(RearrangeChannelsLast()), Rule(NormalizeNeighboursChannelsLast()), Rule(ReduceGlobalPools()), Rule(ScaleAndShiftChannels()),
        Rule(MultiplyTransposed()), Rule(ActivateBeforeReshape()),
      ]),
      .rules(legalizations),
    ]
    return Pipeline(rules + layouts.stages)
  }

  package var unwantedRules: Set<String> {
    [
      "RecognizeAttention", "RecognizeRotaryEmbedding", "RecognizeInterleavedRotaryEmbedding", "RecognizeRMSNormalization", "RecognizeInstanceNormalization",
      "RecognizeGroupNormalization", "RecognizeMish", "MergeDirections",
    ]
  }

  package var legalizations: [Rule] {
    [
      Rule(DensifyConstant()), Rule(WidenFewBits()), Rule(ComputeInWiderElements()), Rule(ResolveCastLike()), Rule(ExpandRecurrentLayer()), Rule(RunScanAsLoop()), Rule(StackLoopResults()),
      Rule(ExpandNormalization()), Rule(ExpandLayerNormalization()), Rule(ExpandReduction()), Rule(ExpandActivation()),
      Rule(ExpandHardSigmoid()), Rule(ApproximateErf()),
    ]
  }

  package func has(_ element: ElementType) -> Bool { element.litert != nil }

  package func rejection(of node: SubjectNode) -> Rejection? {
    if node.op is ForeignOperator {
      let domain = node.op.domain.isEmpty ? "" : " of \(node.op.domain)"
      return Rejection(.foreign, "Ferry does not know the operator\(domain)")
    }
    guard let op = node.op as? any LiteRTWritable else {
      return Rejection(.noEquivalent, "LiteRT's built-in operators have nothing that computes \(node.op.name)")
    }
    for fact in node.operands + node.results {
      guard let type = fact.type else { return Rejection(.valueKind, "a value whose type is not known") }
      guard case .tensor(let tensor) = type else { return Rejection(.valueKind, "\(type) where LiteRT has tensors alone") }
      if tensor.element.litert == nil { return Rejection(.elementType, "LiteRT has no elements of \(tensor.element.rawValue)") }
      if tensor.shape == nil { return Rejection(.dynamicShape, "a value whose rank is not known") }
    }
    return KernelElements.rejection(of: node) ?? op.limits(node)
  }

  package func rejection(ofPort type: ValueType?) -> Rejection? {
    guard case .tensor(let tensor)? = type else { return Rejection(.valueKind, "\(type.map { "\($0)" } ?? "a port of no type")") }
    if tensor.shape == nil { return Rejection(.dynamicShape, "a port whose rank is not known") }
    return tensor.element.litert == nil ? Rejection(.elementType, "LiteRT has no elements of \(tensor.element.rawValue)") : nil
  }

  package func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile] {
    let tables = ModelTables(settings)
    let main = tables.reserveSubgraph()
    let graph = model.graph
    let writer = SubgraphWriter(graph, tables)
    tables.setSubgraph(main, try writer.write(name: "main", inputs: graph.inputs, outputs: graph.outputs))
    var root = FlatObject()
    root.set(Schema.Model.version, 3)
    root.set(Schema.Model.operatorCodes, tables.operatorCodes)
    root.set(Schema.Model.subgraphs, tables.subgraphs.compactMap(\.self))
    root.set(Schema.Model.description, "Ferry \(ferryVersion)")
    root.set(Schema.Model.metadata, ModelMetadata(model).entries(in: tables))
    root.set(Schema.Model.signatureDefs, [try signature(writer, model.carriedText(CarriedNames.signature).flatMap { SignatureText($0) })])
    let rope = try tables.file(root, limit: flatBufferLimit)
    return [ArtifactFile(name: settings.fileName, content: rope, role: .graph)]
  }

  /// Inputs and outputs by name, as runtimes ask for them: by their own, or those that a signature of the source gave them.
  private func signature(_ writer: SubgraphWriter, _ given: SignatureText?) throws(ModelError) -> FlatObject {
    func maps(_ values: [ValueID], _ ports: [SignatureText.Port]) throws(ModelError) -> [FlatObject] {
      var result: [FlatObject] = []
      for value in values {
        var object = FlatObject()
        let name = writer.graph[value].name
        object.set(Schema.TensorMap.name, ports.first { $0.tensor == name }?.name ?? name)
        object.set(Schema.TensorMap.tensorIndex, try writer.tensor(value))
        result.append(object)
      }
      return result
    }
    var object = FlatObject()
    object.set(Schema.SignatureDef.inputs, try maps(writer.graph.inputs, given?.inputs ?? []))
    object.set(Schema.SignatureDef.outputs, try maps(writer.graph.outputs, given?.outputs ?? []))
    object.set(Schema.SignatureDef.signatureKey, given?.key ?? "serving_default")
    return object
  }
}

/// An operator that the format computes with one step or a few.
protocol LiteRTWritable: Operator {
  /// Why this node's attributes or operands have no place there; `nil` when they have.
  func limits(_ node: SubjectNode) -> Rejection?
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError)
}

extension LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { nil }
}

extension LiteRTKernel: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var inputs: [Int] = []
    let bias = IntegerKernel(node.graph, node.id)?.bias
    for index in 0..<node.operandCount { inputs.append(try index == bias ? out.bias(index) : out.operand(index)) }
    if let activation, let options {
      out.fusedStep(code, inputs, [try out.result()], version: version, options, activation)
    } else {
      out.step(code, inputs, [try out.result()], version: version, options)
    }
  }
}
