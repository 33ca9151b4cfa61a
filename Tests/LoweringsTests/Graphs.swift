import Diagnostics
import GraphIR
import Lowerings
import Operators
import Tensors
import Testing

/// An operand of a node under test.
enum Given {
  /// A graph input; `nil` when nothing is known of it.
  case input(ElementType?, [Dim]?)
  /// A named constant, as an initialiser is.
  case constant(Tensor)
  case absent

  static let unknown = Given.input(nil, nil)
  static let image = Given.input(.float32, [2, 3, 4, 4])
  static func ints(_ values: Int...) throws -> Given { .constant(try .integers(values)) }
  static func floats(_ shape: [Int], _ values: [Float]) throws -> Given { .constant(try Tensor(.float32, shape, elements: values)) }
}

/// A graph of one foreign node.
func graph(
  _ name: String, _ version: Int, _ attributes: [NamedAttribute] = [], _ operands: [Given] = [.unknown], results: Int = 1,
  domain: String = ""
) -> Graph {
  var graph = Graph(name: "main")
  let values = operands.enumerated().map { index, given -> ValueID? in
    switch given {
    case .input(let element, let shape): graph.addInput("x\(index)", element.map { .tensor($0, shape) })
    case .constant(let tensor): graph.addConstant("c\(index)", tensor)
    case .absent: nil
    }
  }
  let op = ForeignOperator(domain: domain, name: name, version: version, attributes: attributes)
  let node = graph.addNode(op, values, results: (0..<results).map { ("y\($0)", nil) }, name: "n")
  graph.setOutputs(graph[node].results)
  return graph
}

func attribute(_ name: String, _ value: AttributeValue) -> NamedAttribute { NamedAttribute(name, value) }

func lifted(_ graph: Graph, _ version: Int, report: DiagnosticSink = DiagnosticSink()) -> Graph {
  var copy = graph
  lift(&copy, opsets: [("", version)], report: report)
  return copy
}

func lowered(_ graph: Graph, _ version: Int) throws(ModelError) -> Graph {
  var copy = graph
  try lower(&copy, opsets: [("", version)])
  return copy
}

extension Graph {
  /// The first node that has a name.
  var first: Node? { nodeIDs.map { self[$0] }.first { !$0.name.isEmpty } }

  func op<Op: Operator>(_ type: Op.Type) -> Op? { first?.operatorIf(Op.self) }

  /// The integers behind an operand of the first node.
  func integers(_ operand: Int) -> [Int]? { operandTensor(operand).flatMap { try? $0.integers() } }

  func floats(_ operand: Int) -> [Float]? { operandTensor(operand).flatMap { try? $0.elements(as: Float.self) } }

  func operandTensor(_ operand: Int) -> Tensor? {
    guard let node = first, operand < node.operands.count, let value = node.operands[operand] else { return nil }
    return constant(value)
  }

  /// The first node's attributes, when it is foreign.
  var written: [String: AttributeValue] {
    Dictionary(uniqueKeysWithValues: (op(ForeignOperator.self)?.namedAttributes ?? []).map { ($0.name, $0.value) })
  }
}

/// Expects the graph to become typed, and lowering to the same version to give it back. Returns what it became.
@discardableResult
func expectRoundTrip(_ graph: Graph, _ version: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> Graph {
  let sink = DiagnosticSink()
  let typed = lifted(graph, version, report: sink)
  #expect(typed.op(ForeignOperator.self) == nil, "\(sink.all.map(\.message))", sourceLocation: sourceLocation)
  let back = try lowered(typed, version)
  #expect(back.difference(to: graph) == nil, sourceLocation: sourceLocation)
  return typed
}

/// Expects the node to stay foreign for a reason that contains `reason`, and to be written back verbatim.
func expectForeign(
  _ graph: Graph, _ version: Int, because reason: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let sink = DiagnosticSink()
  let same = lifted(graph, version, report: sink)
  #expect(same.difference(to: graph) == nil, sourceLocation: sourceLocation)
  #expect(sink.all.contains { $0.message.contains(reason) }, "\(sink.all.map(\.message))", sourceLocation: sourceLocation)
  #expect(try lowered(same, version).difference(to: graph) == nil, sourceLocation: sourceLocation)
}

/// Expects that a typed graph cannot be lowered, for a reason that contains `reason`.
func expectNotExpressible(
  _ graph: Graph, _ version: Int, because reason: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  do {
    _ = try lowered(graph, version)
    Issue.record("it was lowered to opset \(version)", sourceLocation: sourceLocation)
  } catch {
    #expect(error.code == .notExpressible, sourceLocation: sourceLocation)
    #expect(error.description.contains(reason), "\(error.description)", sourceLocation: sourceLocation)
  }
}
