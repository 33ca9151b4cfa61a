import Bundle
import Diagnostics
import Evaluation
import GraphIR
import Operators
import Tensors

/// What `inspect` tells of a file. Encodes as the object that `--json` prints.
public struct Inspection: Sendable, Encodable {
  public let schema = 1
  public var file: String
  public var format: String
  public var model: Model?
  public var bundle: Bundle?
  public var warnings: [ConversionReport.Warning] = []
  /// Wall-clock time by phase, in seconds.
  public var seconds: [String: Double] = [:]

  public struct Port: Sendable, Encodable {
    public var name: String
    public var type: String
  }

  public struct Count: Sendable, Encodable {
    public var name: String
    public var count: Int
  }

  public struct Opset: Sendable, Encodable {
    public var domain: String
    public var version: Int
  }

  public struct Size: Sendable, Encodable {
    public var name: String
    public var size: Int
  }

  public struct Model: Sendable, Encodable {
    public var producer: String?
    /// Version of the format's own structure.
    public var formatVersion: Int
    public var opsets: [Opset]
    public var inputs: [Port]
    public var outputs: [Port]
    /// Constants not counted, graphs within graphs included.
    public var nodes: Int
    public var functions: Int
    /// By descending count.
    public var operators: [Count]
    /// Those that Ferry carries without understanding them.
    public var unsupported: [Count]
    public var constants: Int
    /// Elements of all constants.
    public var parameters: Int
    public var parameterBytes: Int
    /// Sizes taken for symbols in the figures below.
    public var assumedSizes: [Size]
    public var multiplyAccumulates: Int?
    public var peakActivationBytes: Int?
    /// Values of unknown size: where there are some, the two figures are of the others alone.
    public var unmeasuredValues: Int
  }

  public struct Bundle: Sendable, Encodable {
    public struct Entry: Sendable, Encodable {
      public var path: String
      public var size: Int
      public var sha256: String
    }
    public var ferry: String
    public var source: String
    public var target: String
    public var passes: [String]
    /// What the manifest says of the verification, when it was made.
    public var verification: String?
    /// Every one read, and its checksum found right.
    public var entries: [Entry]
  }
}

/// Counts over a graph and the graphs within it.
struct GraphTally {
  var nodes = 0
  var operators: [String: Int] = [:]
  var foreign: [String: Int] = [:]
  var constants = 0
  var parameters = 0
  var parameterBytes = 0
  private var seen = Set<TensorIdentity>()

  init(_ graph: Graph) { add(graph) }

  mutating func add(_ graph: Graph) {
    for value in graph.valueIDs { if let tensor = graph[value].constant { add(tensor) } }
    for id in graph.nodeIDs {
      let op = graph[id].op
      if graph[id].key == ObjectIdentifier(Constant.self) {
        if let tensor = op.heldTensor { add(tensor) }
        continue
      }
      let isForeign = graph[id].key == ObjectIdentifier(ForeignOperator.self)
      if isForeign, op.domain.isEmpty, op.name == "Constant" { continue }
      let name = op.domain.isEmpty ? op.name : "\(op.domain)::\(op.name)"
      nodes += 1
      operators[name, default: 0] += 1
      if isForeign { foreign[name, default: 0] += 1 }
      for inner in op.graphs { add(inner) }
    }
  }

  private mutating func add(_ tensor: Tensor) {
    guard seen.insert(tensor.identity).inserted else { return }
    constants += 1
    parameters += tensor.count
    parameterBytes += tensor.byteCount
  }
}

/// How many nodes there are when calls of a model's functions are replaced by their bodies. A function within itself, which `inlineFunctions`
/// refuses, is one node.
struct FunctionExpansion {
  private let bodies: [Key: Graph]
  private var sizes: [Key: Int] = [:]

  private struct Key: Hashable {
    var domain, name, overload: String
  }

  init(_ functions: [Function]) {
    bodies = Dictionary(
      functions.map { (Key(domain: $0.domain, name: $0.name, overload: $0.overload), $0.body) }, uniquingKeysWith: { first, _ in first })
  }

  /// At most `Int.max`.
  mutating func nodes(of graph: Graph) -> Int {
    var count = 0
    for id in graph.nodeIDs {
      var own = graph[id].op.heldTensor == nil ? 1 : 0
      if let op = graph.operatorIf(ForeignOperator.self, at: id) {
        let key = Key(domain: op.domain, name: op.name, overload: op.overload)
        if op.domain.isEmpty, op.name == "Constant" { own = 0 }
        if let known = sizes[key] {
          own = known
        } else if let body = bodies[key] {
          sizes[key] = 1
          own = nodes(of: body)
          sizes[key] = own
        }
      }
      for inner in graph[id].op.graphs { own = sum(own, nodes(of: inner)) }
      count = sum(count, own)
    }
    return count
  }

  private func sum(_ a: Int, _ b: Int) -> Int {
    let (result, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : result
  }
}
