import Diagnostics
import GraphIR

/// Finds operators by name.
public enum OperatorRegistry {
  private static let byName: [String: any Operator.Type] = Dictionary(
    uniqueKeysWithValues: registeredOperators.map { (key($0.name, $0.domain), $0) })

  private static func key(_ name: String, _ domain: String) -> String { domain.isEmpty ? name : domain + "::" + name }

  /// The operator of that name, when Ferry has a struct for it.
  public static func type(named name: String, domain: String = "") -> (any Operator.Type)? { byName[key(name, domain)] }
}

extension Operator {
  /// The operator with the given attributes, the rest at their defaults. Throws `typeMismatch` or `invalidGraph`.
  package static func make(_ attributes: [NamedAttribute]) throws(ModelError) -> (op: Self, written: UInt64) {
    var op = Self()
    var written: UInt64 = 0
    guard !attributes.isEmpty else { return (op, 0) }
    let specs = Self.attributes
    for attribute in attributes {
      guard let index = specs.firstIndex(where: { $0.name == attribute.name }) else {
        throw ModelError(
          .invalidGraph, "\(Self.name) has no such attribute", at: Place(attribute: attribute.name),
          notes: ["expected " + (specs.isEmpty ? "none" : specs.map(\.name).joined(separator: ", "))])
      }
      try specs[index].set(&op, attribute.value)
      written |= 1 << UInt64(index)
    }
    return (op, written)
  }
}
