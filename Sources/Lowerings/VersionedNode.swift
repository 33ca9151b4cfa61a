import Diagnostics
import GraphIR
import Tensors

/// Why a node cannot take the form of another version.
package struct NotRepresentable: Error {
  package var reason: String
  /// What is wrong with the node, where that is known.
  package var cause: ModelError?

  init(_ reason: String) { self.reason = reason }

  /// For an attribute that makes no sense.
  init(_ cause: ModelError) {
    reason = (cause.place.attribute.map { "attribute \"\($0)\": " } ?? "") + cause.message
    self.cause = cause
  }
}

/// An attribute on its way from one version of an operator to another.
package struct VersionedAttribute {
  package var name: String
  package var value: AttributeValue
  /// True when the source spelt it out.
  package var isWritten: Bool
  /// True when the version at hand gives it this value by itself.
  package var isDefault: Bool
}

/// A node in the form of one version of its operator, on its way to another.
package struct VersionedNode {
  package var name: String
  package var attributes: [VersionedAttribute]
  /// Without the captures of the operator's graphs.
  package var operands: [ValueID?]
  package let resultCount: Int
  /// See `Node.former`.
  package var former: [NamedAttribute]
}

extension VersionedNode {
  private func index(of name: String) -> Int? { attributes.firstIndex { $0.name == name } }

  package subscript(name: String) -> AttributeValue? { index(of: name).map { attributes[$0].value } }

  package func has(_ name: String) -> Bool { index(of: name) != nil }

  /// Removes an attribute.
  @discardableResult
  package mutating func take(_ name: String) -> VersionedAttribute? { index(of: name).map { attributes.remove(at: $0) } }

  /// Gives an attribute a value. One that is not written appears in the result only when it is not a default there.
  package mutating func set(_ name: String, _ value: AttributeValue, written: Bool = false) {
    let attribute = VersionedAttribute(name: name, value: value, isWritten: written, isDefault: false)
    if let index = index(of: name) { attributes[index] = attribute } else { attributes.append(attribute) }
  }

  package mutating func update(_ name: String, _ body: (inout VersionedAttribute) -> Void) {
    if let index = index(of: name) { body(&attributes[index]) }
  }

  package func int(_ name: String) throws(NotRepresentable) -> Int? {
    guard let value = self[name] else { return nil }
    guard case .int(let number) = value else { throw NotRepresentable("attribute \"\(name)\" is \(value.kindName), not an integer") }
    return Int(number)
  }

  package func text(_ name: String) throws(NotRepresentable) -> String? {
    guard let value = self[name] else { return nil }
    guard case .string(let bytes) = value, let text = String(validating: bytes, as: UTF8.self) else {
      throw NotRepresentable("attribute \"\(name)\" is \(value.kindName), not text")
    }
    return text
  }
}

extension VersionedNode {
  package func operand(_ index: Int) -> ValueID? { index < operands.count ? operands[index] : nil }

  package mutating func setOperand(_ index: Int, _ value: ValueID?) {
    while operands.count <= index { operands.append(nil) }
    operands[index] = value
  }

  /// Takes an operand away, and with the last one those absent before it down to `minimum`.
  package mutating func dropOperand(_ index: Int, keeping minimum: Int) {
    guard index < operands.count else { return }
    operands[index] = nil
    while let last = operands.last, last == nil, operands.count > minimum { operands.removeLast() }
  }

  /// Moves an attribute that the newer version has no place for to where lowering finds it again.
  package mutating func retire(_ name: String) {
    if let attribute = take(name) { former.append(NamedAttribute(name, attribute.value)) }
  }

  /// The inverse of `retire`. False when there is nothing to bring back.
  @discardableResult
  package mutating func restore(_ name: String) -> Bool {
    guard let index = former.firstIndex(where: { $0.name == name }) else { return false }
    set(name, former.remove(at: index).value, written: true)
    return true
  }

  package mutating func mark(_ mark: Mark) {
    if former.isEmpty { former = mark.alone } else { former.append(contentsOf: mark.alone) }
  }

  package func isMarked(_ mark: Mark) -> Bool { former.contains { $0.name == mark.name } }
}

// The order of attributes means nothing, and is kept: alphabetical unless the source has another.
extension VersionedNode {
  private var isSorted: Bool {
    for index in attributes.indices.dropFirst() where attributes[index - 1].name > attributes[index].name { return false }
    return true
  }

  mutating func rememberOrder() {
    if !isSorted { former.append(NamedAttribute("@order", .strings(attributes.map { Array($0.name.utf8) }))) }
  }

  mutating func restoreOrder() {
    if !isSorted { attributes.sort { $0.name < $1.name } }
    guard case .strings(let order)? = former.first(where: { $0.name == "@order" })?.value else { return }
    let ranks = Dictionary(order.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    let ranked = attributes.map { (ranks[Array($0.name.utf8)] ?? order.count, $0) }
    attributes = ranked.sorted { ($0.0, $0.1.name) < ($1.0, $1.1.name) }.map(\.1)
  }
}

/// What lifting found out about a node, for lowering to trust.
package struct Mark: Sendable {
  package let name: String
  /// One array for all nodes that have no other.
  let alone: [NamedAttribute]

  private init(_ name: String) {
    self.name = name
    alone = [NamedAttribute(name, .int(1))]
  }

  /// The operands broadcast as the older form says.
  static let broadcastsAsBefore = Mark("@broadcast")
  /// The second operand got axes by an Unsqueeze that the older form does not need.
  static let unsqueezed = Mark("@unsqueezed")
  /// The axis is the last one.
  static let lastAxis = Mark("@last-axis")
  /// A negative axis stood in a form that does not speak of them.
  static let negativeAxis = Mark("@negative-axis")
  /// The parts are equal.
  static let evenSplit = Mark("@even")
  /// The value that became an operand was the default.
  static let impliedOperand = Mark("@implied-operand")
  /// Runs as in inference although the older form does not say so.
  static let inference = Mark("@inference")
  /// A scan within a scan, which an older form does at once.
  static let batched = Mark("@batched")
  /// Sizes are rounded up as in the older form.
  static let roundsAsBefore = Mark("@rounding")
  /// One scale for the whole tensor.
  static let perTensor = Mark("@per-tensor")
}
