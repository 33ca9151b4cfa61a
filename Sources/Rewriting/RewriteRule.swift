import GraphIR

/// A local rewrite, rooted at one operator. One file, one test file.
///
/// Each `try` is one requirement. A rule proposes by filling `edit`; throwing after that discards the proposal.
public protocol RewriteRule: Sendable {
  associatedtype Root: Operator
  /// True when what the rule makes rounds in other places than what was there: a difference in the last digits, which is reported.
  static var rounds: Bool { get }
  func rewrite(_ root: Matched<Root>, _ edit: inout Edit) throws(NoMatch)
}

extension RewriteRule {
  public static var rounds: Bool { false }
}

/// A local rewrite rooted at any of several operators, or at all that have an ability.
public protocol NodeRule: Sendable {
  var roots: RuleRoots { get }
  static var rounds: Bool { get }
  func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch)
}

extension NodeRule {
  public static var rounds: Bool { false }
}

public enum RuleRoots: Sendable {
  case operators([any Operator.Type])
  case every(@Sendable (any Operator) -> Bool)
}

/// A rule as the driver sees it.
public struct Rule: Sendable {
  public let name: String
  /// True when results differ by more than the operators' own rounding, or a range is assumed: only on request.
  public let isApproximate: Bool
  /// True when results differ at least in the last digits.
  public let isRounding: Bool
  /// True when the result is smaller but slower in some runtime: only when asked for by name.
  public let isOnRequest: Bool
  @usableFromInline let roots: RuleRoots
  @usableFromInline let apply: @Sendable (MatchedNode, inout Edit) throws(NoMatch) -> Void

  @inlinable public init<R: RewriteRule>(_ rule: R, approximate: Bool = false, onRequest: Bool = false) {
    name = Self.name(of: R.self)
    isApproximate = approximate
    isRounding = R.rounds || approximate
    isOnRequest = onRequest
    roots = .operators([R.Root.self])
    apply = { (node, edit) throws(NoMatch) in try rule.rewrite(node.narrowed(to: R.Root.self), &edit) }
  }

  @inlinable public init<R: NodeRule>(_ rule: R, approximate: Bool = false, onRequest: Bool = false) {
    name = Self.name(of: R.self)
    isApproximate = approximate
    isRounding = R.rounds || approximate
    isOnRequest = onRequest
    roots = rule.roots
    apply = { (node, edit) throws(NoMatch) in try rule.rewrite(node, &edit) }
  }
}

extension Rule {
  /// `String(describing:)` would ask of each of the rules' types whether it describes itself, which is a quarter of starting up.
  @usableFromInline static func name(of type: Any.Type) -> String {
    let name = _typeName(type, qualified: false)
    // A private type is said as `(Name in _discriminator)`.
    guard name.first == "(", let end = name.firstIndex(of: " ") else { return name }
    return String(name[name.index(after: name.startIndex)..<end])
  }

  private init(_ name: String, like rule: Rule, apply: @escaping @Sendable (MatchedNode, inout Edit) throws(NoMatch) -> Void) {
    self.name = name
    isApproximate = rule.isApproximate
    isRounding = rule.isRounding
    isOnRequest = rule.isOnRequest
    roots = rule.roots
    self.apply = apply
  }

  /// The same rule where `condition` holds. `whenApplied` is told of every proposal that is not empty, before it is carried out.
  package func applied(
    onlyWhere condition: @escaping @Sendable (Graph, NodeID) -> Bool, whenApplied: @escaping @Sendable (Graph, NodeID) -> Void
  ) -> Rule {
    Rule(name, like: self) { (node, edit) throws(NoMatch) in
      guard condition(node.session.graph, node.id) else { throw NoMatch("the node is accepted as it is") }
      try apply(node, &edit)
      if !edit.isEmpty { whenApplied(node.session.graph, node.id) }
    }
  }
}

/// The rules by root, so that a node meets only its own.
struct RuleTable {
  private let rules: [Rule]
  private var byKey: [ObjectIdentifier: [Rule]] = [:]

  init(_ rules: [Rule]) { self.rules = rules }

  /// The rules for operators of the type that `key` identifies; `op` gives one of them.
  mutating func rules(for key: ObjectIdentifier, _ op: @autoclosure () -> any Operator) -> [Rule] {
    if let known = byKey[key] { return known }
    let op = op()
    let matching = rules.filter { rule in
      switch rule.roots {
      case .operators(let types): types.contains { ObjectIdentifier($0) == key }
      case .every(let accepts): accepts(op)
      }
    }
    byKey[key] = matching
    return matching
  }
}
