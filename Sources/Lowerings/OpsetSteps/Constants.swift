import Diagnostics
import GraphIR
import Tensors

/// Constants, whose value may be written in several forms.
let constantSteps: [OpsetStep] = [
  OpsetStep(["Constant"], OpsetStep.structVersion, lift: liftForm, lower: lowerForm)
]

/// Forms other than `value`, by their attribute, since version 12.
private let forms = ["value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings"]

@Sendable private func liftForm(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard node.attributes.count == 1, let attribute = node.attributes.first else { throw NotRepresentable("has not one value") }
  if attribute.name == "value" { return }
  guard context.version >= 12, forms.contains(attribute.name), let tensor = tensor(of: attribute.value) else {
    throw NotRepresentable("its value is in the form \"\(attribute.name)\"")
  }
  node.take(attribute.name)
  node.set("value", .tensor(tensor))
  node.former.append(NamedAttribute("@form", .string(attribute.name)))
}

@Sendable private func lowerForm(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  node.update("value") { $0.isDefault = false }
  guard context.version >= 12, case .tensor(let tensor)? = node["value"],
    case .string(let bytes)? = node.former.first(where: { $0.name == "@form" })?.value
  else { return }
  let form = String(decoding: bytes, as: UTF8.self)
  guard let value = attribute(form, of: tensor) else { return }
  node.take("value")
  node.set(form, value, written: true)
}

private func tensor(of value: AttributeValue) -> Tensor? {
  switch value {
  case .float(let number): try? Tensor(.float32, [], elements: [number])
  case .floats(let numbers): try? Tensor(.float32, [numbers.count], elements: numbers)
  case .int(let number): try? Tensor(.int64, [], elements: [number])
  case .ints(let numbers): try? Tensor(.int64, [numbers.count], elements: numbers)
  case .string(let string): try? Tensor(strings: [string], shape: [])
  case .strings(let strings): try? Tensor(strings: strings, shape: [strings.count])
  default: nil
  }
}

/// The tensor in another form, when it still is of that kind.
private func attribute(_ form: String, of tensor: Tensor) -> AttributeValue? {
  switch (form, tensor.element, tensor.rank) {
  case ("value_float", .float32, 0): (try? tensor.elements(as: Float.self))?.first.map { .float($0) }
  case ("value_floats", .float32, 1): (try? tensor.elements(as: Float.self)).map { .floats($0) }
  case ("value_int", .int64, 0): (try? tensor.elements(as: Int64.self))?.first.map { .int($0) }
  case ("value_ints", .int64, 1): (try? tensor.elements(as: Int64.self)).map { .ints($0) }
  case ("value_string", .string, 0): tensor.strings?.first.map { .string($0) }
  case ("value_strings", .string, 1): tensor.strings.map { .strings($0) }
  default: nil
  }
}
