import GraphIR

/// Why a rule does not apply at a node. Costs nothing to throw; its text is made when somebody asks.
public struct NoMatch: Error, Sendable {
  public let reason: StaticString
  /// The value that the reason is about, when it is about one.
  public let value: ValueID?

  @inlinable public init(_ reason: StaticString, _ value: ValueID? = nil) {
    self.reason = reason
    self.value = value
  }
}

/// One requirement of a rule.
@inlinable @inline(__always)
public func require(_ condition: Bool, _ reason: @autoclosure () -> StaticString) throws(NoMatch) {
  if !condition { throw NoMatch(reason()) }
}
