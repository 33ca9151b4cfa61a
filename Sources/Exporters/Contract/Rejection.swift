/// Why a target cannot take a node.
public struct Rejection: Sendable, Hashable, Encodable {
  /// Stable names for scripts.
  public enum Reason: String, Sendable, Hashable, CaseIterable, Encodable {
    /// The target has nothing that computes this.
    case noEquivalent = "operator"
    /// The operator's domain is not the standard one, or it was left as it was found.
    case foreign = "foreign-operator"
    case elementType = "element-type"
    case rank
    /// An attribute has a value that the target's form of the operator has no place for.
    case attribute
    /// An operand is not a constant, absent, or has elements that the target cannot take.
    case operand
    /// A size that must be a number is not.
    case dynamicShape = "dynamic-shape"
    /// Sequences, optionals, maps and sparse tensors where tensors alone exist.
    case valueKind = "value-kind"
    /// The operator set that the target reads has no such operator yet.
    case operatorSet = "operator-set"
    /// The quantisation is not one that the target computes with.
    case quantization
    /// Larger than the target allows.
    case size
    /// The hardware profile leaves it out.
    case profile
  }

  public var reason: Reason
  /// What was met, in words that do not name the node.
  public var detail: String
  /// What the user can do about it.
  public var remedy: String?

  /// Of a Squeeze that names no axes.
  package static let openAxesSqueezed = Rejection(.dynamicShape, "sizes that are open say which axes go, and so the result's rank")

  /// Where no remedy is given, sizes that are not known can be fixed by the user.
  public init(_ reason: Reason, _ detail: String, remedy: String? = nil) {
    self.reason = reason
    self.detail = detail
    self.remedy = remedy ?? (reason == .dynamicShape ? "fix the sizes with --shape" : nil)
  }
}
