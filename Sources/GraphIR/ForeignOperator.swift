import Diagnostics

/// An operator that Ferry has no struct for, carried verbatim: printed, compared and written back, and touched by no rule.
public struct ForeignOperator: Operator {
  public enum Operand: Int, OperandSlot {
    case operands
    public var arity: Arity { .variadic(minimum: 0) }
  }
  public static let name = "Foreign"
  public static let since = 1
  public static let results: [Arity] = [.variadic(minimum: 0)]
  public static var attributes: [AttributeSpec<ForeignOperator>] { [] }

  public var name: String
  public var domain: String
  /// Tells overloads of one function apart; empty for operators.
  public var overload: String
  /// The version of `domain` that the model asked for; it pins that domain when the model is written.
  public var version: Int
  public var namedAttributes: [NamedAttribute]

  public init() { self.init(domain: "", name: "", version: 1) }

  public init(domain: String, name: String, overload: String = "", version: Int, attributes: [NamedAttribute] = []) {
    self.domain = domain
    self.name = name
    self.overload = overload
    self.version = version
    namedAttributes = attributes
  }

  /// Nothing is known of it, so it is not assumed to give the same results twice.
  public var isPure: Bool { false }

  public var graphs: [Graph] {
    get {
      namedAttributes.flatMap { attribute -> [Graph] in
        switch attribute.value {
        case .graph(let graph): [graph]
        case .graphs(let graphs): graphs
        default: []
        }
      }
    }
    set {
      var rest = newValue[...]
      for index in namedAttributes.indices {
        switch namedAttributes[index].value {
        case .graph: if let graph = rest.popFirst() { namedAttributes[index].value = .graph(graph) }
        case .graphs(let old):
          namedAttributes[index].value = .graphs(Array(rest.prefix(old.count)))
          rest = rest.dropFirst(old.count)
        default: break
        }
      }
    }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] { [] }
}
