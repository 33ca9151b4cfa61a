import Tensors

extension Operator {
  /// True when `other` is the same operator and its attributes are equal, those that hold graphs aside.
  package func hasEqualAttributes(to other: any Operator) -> Bool {
    guard let other = other as? Self, name == other.name else { return false }
    if let mine = self as? ForeignOperator, let theirs = other as? ForeignOperator {
      return graphs.isEmpty && other.graphs.isEmpty && mine.difference(to: theirs) == nil
    }
    return Self.attributes.allSatisfy { spec in
      switch (spec.get(self), spec.get(other)) {
      case (nil, nil), (.graph?, .graph?), (.graphs?, .graphs?): true
      case (let a?, let b?): a.isEqual(to: b)
      default: false
      }
    }
  }

  /// Equal for operators with equal attributes; tensors count by type and shape, graphs not at all.
  package var attributesHash: Int {
    var hasher = Hasher()
    hasher.combine(name)
    for spec in Self.attributes { hasher.combine(spec.get(self)) }
    return hasher.finalize()
  }
}

extension Hasher {
  fileprivate mutating func combine(_ value: AttributeValue?) {
    switch value {
    case .int(let number): combine(number)
    case .float(let number): combine(number.bitPattern)
    case .string(let bytes): combine(bytes)
    case .element(let element): combine(element)
    case .tensor(let tensor):
      combine(tensor.element)
      combine(tensor.shape)
    case .type(let type): combine(type)
    case .ints(let numbers): combine(numbers)
    case .floats(let numbers): combine(numbers.map(\.bitPattern))
    case .strings(let strings): combine(strings)
    case .types(let types): combine(types)
    case .reference(let name, let kind):
      combine(name)
      combine(kind)
    case .sparse, .sparses, .tensors, .graph, .graphs, nil: break
    }
  }
}
