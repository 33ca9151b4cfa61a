import Diagnostics
import GraphIR
import Tensors

/// What a rule proposes: new nodes and constants, and which values they replace. Nothing happens until the driver applies it.
public struct Edit {
  let session: RewriteSession
  private let base: Int
  private(set) var pending: [Pending] = []
  private(set) var replacements: [(old: ValueID, new: ValueID)] = []
  /// Bytes by which the proposal makes the model larger.
  private(set) var growth = 0
  /// Bytes of changed copies of constants that stay.
  private(set) var copied = 0
  /// True when the root goes even though it is impure.
  private(set) var retiresRoot = false
  /// The first thing that makes the proposal invalid; the driver reports it as the rule's fault.
  private(set) var fault: ModelError?

  enum Pending {
    case constant(Tensor, name: String?)
    /// Takes the place of its first result.
    case node(NewNode)
    /// A further result of the node before.
    case result
  }

  struct NewNode {
    var op: any Operator
    var operands: [ValueID?]
    var results: [Fact]
    /// The node of another graph that this one continues.
    var original: Original?
  }

  struct Original {
    var node: Node
    var results: [Value]
  }

  init(_ session: RewriteSession) {
    self.session = session
    base = session.graph.valueCapacity
  }

  var isEmpty: Bool { replacements.isEmpty }

  /// True unless the edit is as it was made.
  var isTouched: Bool { !pending.isEmpty || !replacements.isEmpty || growth != 0 || retiresRoot || fault != nil }

  /// A new constant.
  public mutating func constant(_ tensor: Tensor) -> ValueID { add(tensor, name: nil) }

  private mutating func add(_ tensor: Tensor, name: String?) -> ValueID {
    pending.append(.constant(tensor, name: name))
    return ValueID(base + pending.count - 1)
  }

  /// A new one-dimensional constant of 64-bit integers.
  public mutating func constant(_ integers: [Int]) -> ValueID {
    do {
      return constant(try Tensor.integers(integers))
    } catch {
      note(error)
      return ValueID(base)
    }
  }

  /// A new node with one result, or the first of several.
  public mutating func emit(_ op: any Operator, _ operands: ValueID?...) -> ValueID { emit(op, operands: operands)[0] }

  /// A new node; its results. Absent operands at the end are left out: some runtimes fail where they are spelt out.
  public mutating func emit(_ op: any Operator, operands given: [ValueID?], resultCount: Int = 1) -> [ValueID] {
    var operands = given
    if op.graphs.isEmpty { while case .some(nil) = operands.last { operands.removeLast() } }
    var facts: [Fact] = []
    do throws(ModelError) {
      facts = try op.inferFacts(operands.map { $0.map(fact) }, resultCount: resultCount)
    } catch {
      note(error)
    }
    while facts.count < resultCount { facts.append(.unknown) }
    return add(NewNode(op: op, operands: operands, results: Array(facts.prefix(resultCount))))
  }

  private mutating func add(_ node: NewNode) -> [ValueID] {
    let first = base + pending.count
    pending.append(.node(node))
    for _ in 1..<max(node.results.count, 1) { pending.append(.result) }
    return node.results.indices.map { ValueID(first + $0) }
  }

  /// Copies of a graph's nodes and constants, which keep their names; what stands for the graph's outputs.
  ///
  /// `inputs` and `captures` stand for the graph's own, in order.
  public mutating func splice(_ graph: Graph, inputs: [ValueID?] = [], captures: [ValueID?]) -> [ValueID] {
    var outer = [ValueID: ValueID](minimumCapacity: graph.valueCapacity)
    for (inner, value) in zip(graph.inputs, inputs) { outer[inner] = value }
    for (inner, value) in zip(graph.captures, captures) { outer[inner] = value }
    for id in graph.valueIDs {
      if let tensor = graph[id].constant { outer[id] = add(tensor, name: graph[id].name) }
    }
    do throws(ModelError) {
      for id in try graph.topologicalOrder() {
        let node = graph[id]
        let values = node.results.map { graph[$0] }
        let copy = NewNode(
          op: node.op, operands: node.operands.map { $0.flatMap { outer[$0] } },
          results: values.map { Fact(type: $0.type, elements: $0.elements) }, original: Original(node: node, results: values))
        for (inner, value) in zip(node.results, add(copy)) { outer[inner] = value }
      }
    } catch {
      note(error)
    }
    let outputs = graph.outputs.compactMap { outer[$0] }
    if outputs.count < graph.outputs.count { note(ModelError(.internalInvariant, "leaves an output of a graph without a value")) }
    return outputs
  }

  /// Makes every user of `old` use `new`.
  public mutating func replace(_ old: MatchedValue, with new: ValueID) { replacements.append((old.id, new)) }
  public mutating func replace(_ old: MatchedValue, with new: MatchedValue) { replacements.append((old.id, new.id)) }

  /// Removes the root even if it is impure: what it did, something else now does. All its results must be replaced.
  public mutating func retireRoot() { retiresRoot = true }

  /// Notes that constants take `bytes` more than before, so that the allowance shrinks.
  package mutating func spend(_ bytes: Int) { growth += max(bytes, 0) }

  /// A constant in place of `value`, of which it is a changed copy. Where others keep the present one, the model grows by the copy, for
  /// which there is an allowance; throws `NoMatch` where that is used up.
  public mutating func constant(_ tensor: Tensor, insteadOf value: MatchedValue) throws(NoMatch) -> ValueID {
    if value.useCount > 1 || value.isOutput {
      let bytes = max(tensor.byteCount - Graph.bytesPerNode, 0)
      try require(bytes <= session.context.copiesLeft - copied, "the constant has other uses, and a changed copy is large")
      copied += bytes
    }
    return constant(tensor)
  }

  /// What is known of a value, proposed or present.
  public func fact(_ value: ValueID) -> Fact {
    guard value.index >= base else { return session.graph.fact(value) }
    var index = value.index - base
    var offset = 0
    while case .result = pending[index] {
      index -= 1
      offset += 1
    }
    switch pending[index] {
    case .constant(let tensor, _): return Fact(constant: tensor)
    case .node(let node): return node.results[offset]
    case .result: return .unknown
    }
  }

  mutating func setReplacement(_ index: Int, to new: ValueID) { replacements[index].new = new }

  mutating func note(_ error: ModelError) { fault = fault ?? error }

  /// Runs arithmetic on constants. What no kernel can do is a reason not to match; any other failure is the rule's fault.
  public mutating func computing(_ body: () throws(ModelError) -> Tensor) throws(NoMatch) -> Tensor {
    do throws(ModelError) {
      return try body()
    } catch {
      if error.code != .unsupported, error.code != .notExpressible { note(error) }
      throw NoMatch("the constants cannot be computed")
    }
  }
}
