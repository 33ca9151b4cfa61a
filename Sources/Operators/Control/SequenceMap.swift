import Diagnostics
import GraphIR
import Tensors

/// Runs `body` once for each element of a sequence; each of its outputs is gathered into a sequence.
///
/// The body takes the element, then the further operands: of a sequence the element at the same place, a tensor as it is.
/// Trailing operands are what the body captures.
public struct SequenceMap: ControlFlow {
  public enum Operand: Int, OperandSlot {
    case sequence, additional
    public var arity: Arity { self == .additional ? .variadic(minimum: 0) : .one }
  }
  public static let name = "SequenceMap"
  public static let since = 17
  public static let results: [Arity] = [.variadic(minimum: 1)]
  public static let attributes: [AttributeSpec<Self>] = [.graph("body", \.body)]
  public var body = Graph(name: "body")
  public init() {}

  public var graphs: [Graph] {
    get { [body] }
    set { if let graph = newValue.first { body = graph } }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    [Fact](repeating: .unknown, count: operands.resultCount)
  }

  public func inputFacts(ofGraph index: Int, operands: [Fact?]) throws(ModelError) -> [Fact] {
    if let type = operands.first??.type {
      guard case .sequence = type else { throw ModelError(.typeMismatch, "\(type) where a sequence is expected") }
    }
    return operands.map { fact in
      guard case .sequence(let item)? = fact?.type else { return fact ?? .unknown }
      guard let type = item?.tensorType, type.fixedShape == nil else { return Fact(type: item) }
      // Elements of one sequence may differ in their sizes.
      return .tensor(type.element, nil)
    }
  }

  public func resultFacts(graphOutputs: [[Fact]], operands: [Fact?], resultCount: Int) throws(ModelError) -> [Fact] {
    guard let outputs = graphOutputs.first, outputs.count == resultCount else {
      throw ModelError(.invalidGraph, "the body and the node differ in the number of results")
    }
    return outputs.map { Fact(type: .sequence($0.type?.tensorType.map { .tensor($0.element, nil) } ?? $0.type)) }
  }
}
