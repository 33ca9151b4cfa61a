import Diagnostics
import GraphIR
import Tensors

/// The results of one of two graphs without inputs. Trailing operands are what the graphs capture.
public struct If: ControlFlow {
  public enum Operand: Int, OperandSlot { case condition }
  public static let name = "If"
  public static let since = 25
  public static let results: [Arity] = [.variadic(minimum: 1)]
  public static let attributes: [AttributeSpec<Self>] = [.graph("else_branch", \.elseBranch), .graph("then_branch", \.thenBranch)]
  public var elseBranch = Graph(name: "else_branch")
  public var thenBranch = Graph(name: "then_branch")
  public init() {}

  public var choosesOneGraph: Bool { true }

  /// The branch taken when the condition holds, then the other one.
  public var graphs: [Graph] {
    get { [thenBranch, elseBranch] }
    set {
      guard newValue.count == 2 else { return }
      (thenBranch, elseBranch) = (newValue[0], newValue[1])
    }
  }

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    try require(operands.one(.condition), "a boolean") { $0 == .bool }
    return [Fact](repeating: .unknown, count: operands.resultCount)
  }

  public func inputFacts(ofGraph index: Int, operands: [Fact?]) throws(ModelError) -> [Fact] { [] }

  public func resultFacts(graphOutputs: [[Fact]], operands: [Fact?], resultCount: Int) throws(ModelError) -> [Fact] {
    guard graphOutputs.count == 2, graphOutputs.allSatisfy({ $0.count == resultCount }) else {
      throw ModelError(.invalidGraph, "the branches and the node differ in the number of results")
    }
    return zip(graphOutputs[0], graphOutputs[1]).map { common($0, $1) }
  }
}

/// What two facts agree on.
func common(_ a: Fact, _ b: Fact) -> Fact {
  if a.type == b.type {
    return Fact(type: a.type, elements: a.elements == b.elements ? a.elements : nil)
  }
  switch (a.type, b.type) {
  case (.sequence(let x)?, .sequence(let y)?): return Fact(type: .sequence(common(Fact(type: x), Fact(type: y)).type))
  case (.optional(let x)?, .optional(let y)?): return Fact(type: .optional(common(Fact(type: x), Fact(type: y)).type))
  default: break
  }
  guard let x = a.type?.tensorType, let y = b.type?.tensorType, x.element == y.element else { return .unknown }
  guard let left = x.shape, let right = y.shape, left.count == right.count else { return .tensor(x.element, nil) }
  return .tensor(x.element, zip(left, right).map { $0 == $1 ? $0 : Dim.unknown })
}
