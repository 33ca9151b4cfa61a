import Diagnostics
import GraphIR
import Tensors

/// `data` itself; in training mode, elements are zeroed at random with probability `ratio` and the rest scaled up.
/// The second result is true where an element was kept.
public struct Dropout: Evaluable {
  public enum Operand: Int, OperandSlot {
    case data, ratio, trainingMode
    public var arity: Arity { self == .data ? .one : .optional }
  }
  public static let name = "Dropout"
  public static let since = 22
  public static let results: [Arity] = [.one, .optional]
  public static let attributes: [AttributeSpec<Self>] = [.optionalInt("seed", \.seed)]
  public var seed: Int?
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let data = try operands.one(.data)
    return [Fact(type: data.type), .tensor(.bool, data.shape)]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let data = try operands.one(.data)
    let isTraining = try operands[.trainingMode]?.integers().first ?? 0
    let ratio = try operands[.ratio]?.doubles().first ?? 0.5
    guard isTraining == 0 || ratio == 0 else { throw ModelError(.unsupported, "evaluation in training mode") }
    let kept = try Tensor(.bool, [], elements: [UInt8(1)])
    return [data, try kept.expanded(to: data.shape)]
  }
}
