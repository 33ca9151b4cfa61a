import Diagnostics
import GraphIR
import Tensors

/// What a rule proposes: new nodes and constants, and which values they replace. Nothing happens until the driver applies it.
public struct Edit {
  let session: RewriteSession
  private let base: Int
  private(set) var pending: [Pending] = []
  private(set) var replacements: [(old: ValueID, new: ValueID)] = []
  /// The first thing that makes the proposal invalid; the driver reports it as the rule's fault.
  private(set) var fault: ModelError?

  enum Pending {
    case constant(Tensor)
    /// Takes the place of its first result.
    case node(any Operator, operands: [ValueID?], results: [Fact])
    /// A further result of the node before.
    case result
  }

  init(_ session: RewriteSession) {
    self.session = session
    base = session.graph.valueCapacity
  }

  var isEmpty: Bool { replacements.isEmpty }

  /// A new constant.
  public mutating func constant(_ tensor: Tensor) -> ValueID {
    pending.append(.constant(tensor))
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

  /// A new node; its results.
  public mutating func emit(_ op: any Operator, operands: [ValueID?], resultCount: Int = 1) -> [ValueID] {
    var facts: [Fact] = []
    do throws(ModelError) {
      facts = try op.inferFacts(operands.map { $0.map(fact) }, resultCount: resultCount)
    } catch {
      note(error)
    }
    while facts.count < resultCount { facts.append(.unknown) }
    let first = base + pending.count
    pending.append(.node(op, operands: operands, results: Array(facts.prefix(resultCount))))
    for _ in 1..<max(resultCount, 1) { pending.append(.result) }
    return (0..<resultCount).map { ValueID(first + $0) }
  }

  /// Makes every user of `old` use `new`.
  public mutating func replace(_ old: MatchedValue, with new: ValueID) { replacements.append((old.id, new)) }
  public mutating func replace(_ old: MatchedValue, with new: MatchedValue) { replacements.append((old.id, new.id)) }

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
    case .constant(let tensor): return Fact(constant: tensor)
    case .node(_, _, let results): return results[offset]
    case .result: return .unknown
    }
  }

  mutating func setReplacement(_ index: Int, to new: ValueID) { replacements[index].new = new }

  mutating func note(_ error: ModelError) { fault = fault ?? error }

  /// Runs arithmetic on constants whose failure is the rule's fault, not the model's.
  public mutating func computing(_ body: () throws(ModelError) -> Tensor) throws(NoMatch) -> Tensor {
    do throws(ModelError) {
      return try body()
    } catch {
      note(error)
      throw NoMatch("the constants cannot be computed")
    }
  }
}
