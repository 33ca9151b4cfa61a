import Diagnostics
import GraphIR
import Operators
import Tensors

extension Graph {
  /// Computes floats of 16 bits as ones of 32, and rounds where somebody asks for 16: an output, a comparison, an explicit conversion.
  ///
  /// So do ONNX Runtime's processor kernels, between which no number is rounded, and the runtimes of other formats. Rounded operator by
  /// operator, sums of squares exceed the largest half, where no runtime's do.
  ///
  /// With `jitter`, every result that is not rounded is multiplied by `1 ± 2⁻¹²`, about what rounding it would change, the signs drawn.
  package mutating func computeHalvesAsFloats(jitter: UInt64? = nil) throws(ModelError) {
    var wide: [ValueID: ValueID] = [:]
    for id in try topologicalOrder() {
      if ownsGraphs(id) {
        try updateGraphs(of: id) { (graphs) throws(ModelError) in
          for index in graphs.indices { try graphs[index].computeHalvesAsFloats(jitter: jitter) }
        }
      } else if let cast = self[id].op as? Cast, cast.to == .float32 || cast.to == .float64 {
        if let operand = self[id].operands.first ?? nil, let known = wide[operand], constant(operand) == nil { setOperand(id, 0, to: known) }
      } else if computesHalves(id) {
        try widen(id, &wide, jitter)
      }
    }
    for value in wide.keys where self[value].uses.isEmpty && !self[value].isOutput {
      if let producer = producer(of: value), self[producer].op is Cast { remove(producer) }
    }
  }

  /// Whether results of some nodes are halves, in graphs within the graph too.
  var computesInHalves: Bool { nodeIDs.contains { computesHalves($0) || graphs(of: $0).contains(where: \.computesInHalves) } }

  /// Whether a node's results are halves because its operands are.
  private func computesHalves(_ id: NodeID) -> Bool {
    let node = self[id]
    let isSaid = node.op is Cast || node.op is CastLike || node.op is BitCast || node.op is DequantizeLinear || node.op is ForeignOperator
    return !isSaid && node.results.contains(where: isHalf) && node.operands.contains { $0.map(isHalf) ?? false }
  }

  private func isHalf(_ value: ValueID) -> Bool {
    let element = self[value].type?.tensorType?.element
    return element == .float16 || element == .bfloat16
  }

  private mutating func widen(_ id: NodeID, _ wide: inout [ValueID: ValueID], _ jitter: UInt64?) throws(ModelError) {
    for (index, operand) in self[id].operands.enumerated() {
      guard let operand, isHalf(operand) else { continue }
      setOperand(id, index, to: try widened(operand, &wide))
    }
    for result in self[id].results where isHalf(result) {
      guard let type = self[result].type?.tensorType else { continue }
      setType(result, to: .tensor(.float32, type.shape))
      var narrow = Cast()
      narrow.to = type.element
      let cast = addNode(narrow, [nil], results: [("", .tensor(type))])
      let half = self[cast].results[0]
      replaceAllUses(of: result, with: half)
      let exact = try jitter.map { (seed) throws(ModelError) in try jittered(result, id, seed) } ?? result
      setOperand(cast, 0, to: exact)
      wide[half] = exact
    }
  }

  private mutating func jittered(_ value: ValueID, _ id: NodeID, _ seed: UInt64) throws(ModelError) -> ValueID {
    var random = SplitMix(seed: seed &+ UInt64(id.index) &* 0x9e37_79b9)
    let factor = addConstant("", try Tensor.scalar(random.next() & 1 == 0 ? 1 + Float(0x1p-12) : 1 - Float(0x1p-12)))
    let product = addNode(Mul(), [value, factor], results: [("", self[value].type)])
    return self[product].results[0]
  }

  private mutating func widened(_ value: ValueID, _ wide: inout [ValueID: ValueID]) throws(ModelError) -> ValueID {
    if let known = wide[value] { return known }
    let result: ValueID
    if let tensor = constant(value) {
      result = addConstant("", try tensor.converted(to: .float32))
    } else {
      var widening = Cast()
      widening.to = .float32
      let node = addNode(widening, [value], results: [("", .tensor(.float32, self[value].type?.tensorType?.shape))])
      result = self[node].results[0]
    }
    wide[value] = result
    return result
  }
}
