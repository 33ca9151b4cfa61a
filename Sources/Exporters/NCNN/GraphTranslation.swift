import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// Turns a graph into a network.
struct GraphTranslation {
  private let graph: Graph
  private let out = LayerWriter()

  init(_ graph: Graph) { self.graph = graph }

  func network() throws(ModelError) -> Network {
    for value in graph.outputs { out.network.reserve(graph[value].name) }
    for value in graph.inputs where graph.defaults[value] == nil { try addInput(value) }
    for id in try graph.topologicalOrder() {
      let node = graph[id]
      guard node.op.heldTensor == nil, !SubjectNode(id, in: graph).isShapeArithmetic else { continue }
      do {
        try write(id, node)
      } catch {
        throw error.located(graph.place(of: id))
      }
    }
    for value in graph.outputs { out.network.outputs.append((graph[value].name, try blob(value).index)) }
    out.network.finish()
    return out.network
  }

  /// A port; sizes that are not known are -1.
  private func addInput(_ value: ValueID) throws(ModelError) {
    let sizes = try out.sizes(of: graph.fact(value))
    let name = graph[value].name
    let blob = Blob(index: out.network.addBlob(graph.outputs.contains(value) ? name + "_in" : name, sizes), sizes: sizes)
    let parameters = zip(out.matKeys(sizes.count), sizes).map { (key: $0, value: Parameter.int($1.number ?? -1)) }
    out.network.layers.append(
      Layer(type: "Input", name: out.network.uniqueName("input_\(name)"), outputs: [blob.index], parameters: parameters.sorted { $0.key < $1.key }))
    out.blobs[value] = blob
    out.sources.append(blob)
  }

  private func write(_ id: NodeID, _ node: Node) throws(ModelError) {
    guard let op = node.op as? any NCNNWritable else { throw ModelError(.unsupported, "ncnn has no such operator") }
    let operands = node.operands.map { operand in operand.map { (blob: out.blobs[$0], fact: fact($0)) } }
    let fallback = node.results.first.map { graph[$0].name } ?? node.op.name
    out.begin(node.name.isEmpty ? fallback : node.name, operands: operands)
    let results = try op.write(SubjectNode(id, in: graph), out)
    for (value, blob) in zip(node.results, results) {
      guard let blob else { continue }
      // Equal sizes may be spelled in several ways: as the graph spells them from here on.
      let sizes = try out.sizes(of: graph.fact(value))
      guard sizes.count == blob.sizes.count else { throw ModelError(.internalInvariant, "a Mat of \(blob.sizes) for \(sizes)") }
      out.blobs[value] = Blob(index: blob.index, sizes: sizes)
    }
  }

  private func fact(_ value: ValueID) -> Fact {
    var fact = graph.fact(value)
    if fact.constant == nil { fact.constant = graph.defaults[value] }
    return fact
  }

  private func blob(_ value: ValueID) throws(ModelError) -> Blob {
    if let blob = out.blobs[value] { return blob }
    out.begin(graph[value].name, operands: [(nil, fact(value))])
    do {
      return try out.operand(0)
    } catch {
      throw error.located(graph.place(of: value))
    }
  }
}
