import Diagnostics
import Tensors

/// A graph with what surrounds it in a file: operator set versions, functions, metadata.
public struct Model: Sendable {
  public package(set) var graph: Graph
  /// The format it was read from, as in `onnx`.
  public package(set) var format: String
  /// Version of each operator set the model asks for, in the source's order. The standard set's domain is empty.
  public package(set) var opsets: [(domain: String, version: Int)]
  package var functions: [Function] = []
  public package(set) var producer: Producer = Producer()
  package var carried: Carried?
  /// Files that the model refers to, the model's own first. None of them may be written to.
  public package(set) var sources: [String] = []

  public struct Producer: Sendable, Equatable {
    public var name: String?
    public var version: String?
    /// Version of the format's own structure, as ONNX's `ir_version`.
    public var formatVersion: Int = 0
    public var domain: String?
    public var modelVersion: Int?
    public init() {}
  }

  public init(graph: Graph, format: String, opsets: [(domain: String, version: Int)]) {
    self.graph = graph
    self.format = format
    self.opsets = opsets
  }

  /// The version of an operator set, when the model asks for it.
  public func opset(_ domain: String) -> Int? { opsets.first { $0.domain == domain }?.version }
}

/// A function that the model defines and its nodes call by name.
package struct Function: Sendable {
  package var domain: String
  package var name: String
  package var overload: String
  package var opsets: [(domain: String, version: Int)]
  /// Attributes a call must give, and those with a default.
  package var requiredAttributes: [String]
  package var defaultAttributes: [NamedAttribute]
  /// Nodes whose attributes refer to the function's own stay foreign until the function is inlined.
  package var body: Graph
  package var carried: Carried?

  package init(
    domain: String, name: String, overload: String, opsets: [(domain: String, version: Int)], requiredAttributes: [String],
    defaultAttributes: [NamedAttribute], body: Graph, carried: Carried? = nil
  ) {
    self.domain = domain
    self.name = name
    self.overload = overload
    self.opsets = opsets
    self.requiredAttributes = requiredAttributes
    self.defaultAttributes = defaultAttributes
    self.body = body
    self.carried = carried
  }
}
