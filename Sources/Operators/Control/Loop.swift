import Diagnostics
import GraphIR
import Tensors

/// Runs `body` up to `count` times while a condition holds.
///
/// The body takes the iteration's number, the condition and the carried values, and gives the next condition, the next
/// carried values and any number of values of which all iterations' are stacked. Results are the last carried values and
/// the stacks. Trailing operands are what the body captures.
public struct Loop: ControlFlow {
  public enum Operand: Int, OperandSlot {
    case count, condition, carried
    public var arity: Arity { self == .carried ? .variadic(minimum: 0) : .optional }
  }
  public static let name = "Loop"
  public static let since = 25
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
    // A carried value may change its shape from one iteration to the next.
    let carried = operands.dropFirst(2).map { fact -> Fact in
      guard let type = fact?.type?.tensorType else { return Fact(type: fact?.type?.withoutSizes) }
      return type.shape == [] ? .tensor(type.element, []) : .tensor(type.element, nil)
    }
    return [.tensor(.int64, []), .tensor(.bool, [])] + carried
  }

  public func resultFacts(graphOutputs: [[Fact]], operands: [Fact?], resultCount: Int) throws(ModelError) -> [Fact] {
    let carried = max(0, operands.count - 2)
    guard let outputs = graphOutputs.first, outputs.count == resultCount + 1, resultCount >= carried else {
      throw ModelError(.invalidGraph, "the body and the node differ in the number of results")
    }
    return outputs.dropFirst().enumerated().map { index, fact in
      guard index >= carried else { return common(Fact(type: fact.type), Fact(type: operands[index + 2]?.type)) }
      guard let type = fact.type?.tensorType else { return .unknown }
      return .tensor(type.element, type.shape.map { [.unknown] + $0 })
    }
  }
}
