import Diagnostics
import GraphIR

/// What an operator declares about its attributes, taken out of the generic form once, since that is slow to reach.
struct AttributeTable {
  let type: any Operator.Type
  let names: [String]
  /// By declared attribute: what an operator without attributes has.
  let initial: [AttributeValue?]
  let isElementType: [Bool]
  /// Whether the newest definition requires it, so that it is written even with its initial value.
  let isRequired: [Bool]
  let required: [String]

  init(_ type: any Operator.Type) {
    self.type = type
    (names, isElementType) = type.declaredAttributes
    initial = type.init().declaredValues()
    let required = (isStandardDomain(type.domain) ? OperatorHistory.requiredAttributes : OtherSet.all[type.domain]?.requiredAttributes)?[type.name] ?? []
    isRequired = names.map { required.contains($0) }
    self.required = required
  }

  var elementAttributes: [String] { names.indices.filter { isElementType[$0] }.map { names[$0] } }

  func index(of name: String) -> Int? {
    for index in names.indices where names[index] == name { return index }
    return nil
  }

  /// True when the operator owns graphs.
  var hasGraphs: Bool {
    initial.contains {
      switch $0 {
      case .graph, .graphs: true
      default: false
      }
    }
  }

  /// True when nothing but the declared values needs a look: no element type to be translated.
  var isPlain: Bool { !isElementType.contains(true) }

  /// The operator's values as they are written; `nil` for what is absent.
  func values(of op: any Operator) -> [AttributeValue?] {
    var values = op.declaredValues()
    if !isPlain {
      for index in values.indices where isElementType[index] {
        if case .element(let element)? = values[index] { values[index] = .int(Int64(element.onnxCode)) }
      }
    }
    return values
  }

  /// True when a value goes without saying. `values` gives element types as numbers, which are never initial ones.
  func isDefault(_ value: AttributeValue, at index: Int) -> Bool {
    guard !isRequired[index], let initial = initial[index] else { return false }
    if isElementType[index], case .element(let element) = initial { return value.isEqual(to: .int(Int64(element.onnxCode))) }
    return initial.isEqual(to: value)
  }
}

extension Operator {
  fileprivate static var declaredAttributes: (names: [String], isElementType: [Bool]) {
    (attributes.map(\.name), attributes.map(\.isElementType))
  }

  /// By declared attribute; `nil` for those that are absent.
  fileprivate func declaredValues() -> [AttributeValue?] {
    let specs = Self.attributes
    var values: [AttributeValue?] = []
    values.reserveCapacity(specs.count)
    for spec in specs { values.append(spec.get(self)) }
    return values
  }

  /// The operator with values for some of its declared attributes.
  static func assembled(_ values: [(index: Int, value: AttributeValue)]) throws(ModelError) -> any Operator {
    var op = Self()
    let specs = Self.attributes
    for (index, value) in values { try specs[index].set(&op, value) }
    return op
  }
}
