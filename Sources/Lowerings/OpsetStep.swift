import GraphIR

/// What one version of the operator set changed about some operators, and how to go over it in both directions.
package struct OpsetStep: Sendable {
  package typealias Change = @Sendable (inout VersionedNode, inout StepContext) throws(NotRepresentable) -> Void

  /// Names below `version`.
  package let operators: [String]
  /// The version that `lift` leads to.
  package let version: Int
  /// The name from `version` on, where it changed.
  package var newName: String?
  package let lift: Change
  /// The exact inverse. Throws what prevents the node from being expressed below `version`.
  package let lower: Change

  package init(
    _ operators: [String], _ version: Int, newName: String? = nil, lift: @escaping Change, lower: @escaping Change
  ) {
    self.operators = operators
    self.version = version
    self.newName = newName
    self.lift = lift
    self.lower = lower
  }
}

extension OpsetStep {
  /// The version behind all: what Ferry's struct says beyond the newest definition of the operator.
  package static let structVersion = Int.max

  /// New attributes that mean nothing new at their newest default, or when they are a list of ones where there is none.
  static func added(_ operators: [String], _ version: Int, _ names: [String]) -> OpsetStep {
    OpsetStep(operators, version) { (node, _) throws(NotRepresentable) in
      for name in names where node.has(name) { throw NotRepresentable("attribute \"\(name)\" appears in opset \(version) only") }
    } lower: { (node, _) throws(NotRepresentable) in
      for name in names {
        guard let attribute = node.take(name) else { continue }
        guard attribute.isDefault || attribute.isAllOnes else { throw NotRepresentable("attribute \"\(name)\" is not at its default") }
      }
    }
  }

  /// A new optional operand.
  static func addedOperand(_ operators: [String], _ version: Int, _ index: Int, _ what: String) -> OpsetStep {
    OpsetStep(operators, version) { (node, _) throws(NotRepresentable) in
      if node.operand(index) != nil { throw NotRepresentable("operand \"\(what)\" appears in opset \(version) only") }
    } lower: { (node, _) throws(NotRepresentable) in
      if node.operand(index) != nil { throw NotRepresentable("operand \"\(what)\" is given") }
      node.dropOperand(index, keeping: index)
      if node.operands.count > index { node.operands.removeLast(node.operands.count - index) }
    }
  }

  /// Attributes that mean nothing any more.
  static func retired(_ operators: [String], _ version: Int, _ names: [String]) -> OpsetStep {
    OpsetStep(operators, version) { (node, _) throws(NotRepresentable) in
      for name in names { node.retire(name) }
    } lower: { (node, _) throws(NotRepresentable) in
      for name in names { node.restore(name) }
    }
  }

  /// Integers that were an attribute and became an operand.
  static func integersToOperand(
    _ operators: [String], _ version: Int, _ attribute: String, operand: Int, isRequired: Bool = false
  ) -> OpsetStep {
    OpsetStep(operators, version) { (node, context) throws(NotRepresentable) in
      try node.integersToOperand(attribute, operand, isRequired: isRequired, &context)
    } lower: { (node, context) throws(NotRepresentable) in
      try node.integersToAttribute(attribute, operand, isRequired: isRequired, &context)
    }
  }

  /// No node of the version below can be represented.
  static func wall(_ operators: [String], _ version: Int, _ reason: String) -> OpsetStep {
    OpsetStep(operators, version) { (_, _) throws(NotRepresentable) in throw NotRepresentable(reason) } lower: {
      (_, _) throws(NotRepresentable) in throw NotRepresentable(reason)
    }
  }

  /// Only a change of name.
  static func renamed(_ old: String, _ version: Int, _ new: String) -> OpsetStep {
    OpsetStep([old], version, newName: new) { (_, _) throws(NotRepresentable) in } lower: { (_, _) throws(NotRepresentable) in }
  }

  /// A value of an attribute that the version introduced.
  static func addedChoices(_ operators: [String], _ version: Int, _ attribute: String, _ choices: [String]) -> OpsetStep {
    let check: Change = { (node, _) throws(NotRepresentable) in
      if let choice = try node.text(attribute), choices.contains(choice) {
        throw NotRepresentable("\(attribute) \"\(choice)\" appears in opset \(version) only")
      }
    }
    return OpsetStep(operators, version, lift: check, lower: check)
  }
}

extension VersionedAttribute {
  fileprivate var isAllOnes: Bool {
    if case .ints(let numbers) = value { numbers.allSatisfy { $0 == 1 } } else { false }
  }
}

extension VersionedNode {
  mutating func integersToOperand(
    _ attribute: String, _ index: Int, isRequired: Bool, _ context: inout StepContext
  ) throws(NotRepresentable) {
    if operand(index) != nil { throw NotRepresentable("\"\(attribute)\" is an operand only in later opsets") }
    guard let taken = take(attribute) else {
      if isRequired { throw NotRepresentable("attribute \"\(attribute)\" is missing") }
      return
    }
    guard case .ints(let numbers) = taken.value else {
      throw NotRepresentable("attribute \"\(attribute)\" is \(taken.value.kindName), not integers")
    }
    setOperand(index, try context.constant(integers: numbers))
  }

  mutating func integersToAttribute(
    _ attribute: String, _ index: Int, isRequired: Bool, _ context: inout StepContext
  ) throws(NotRepresentable) {
    guard let value = operand(index) else {
      if isRequired { throw NotRepresentable("operand \"\(attribute)\" is missing") }
      return
    }
    let numbers = try context.integers(value, what: attribute)
    context.release(value)
    dropOperand(index, keeping: index)
    set(attribute, .ints(numbers.map(Int64.init)), written: true)
  }
}
