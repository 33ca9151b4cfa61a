import Tensors

extension Model {
  /// The first difference, in words; `nil` when both models say the same. See `Graph.difference(to:)`.
  package func difference(to other: Model) -> String? {
    if format != other.format { return "format: \(format) instead of \(other.format)" }
    if !sameOpsets(opsets, other.opsets) { return "operator sets: \(opsets) instead of \(other.opsets)" }
    if producer != other.producer { return "producer: \(producer) instead of \(other.producer)" }
    if sources != other.sources { return "sources: \(sources) instead of \(other.sources)" }
    if !(carried ?? Carried()).says(sameAs: other.carried ?? Carried()) { return "carried fields differ" }
    if functions.count != other.functions.count { return "number of functions: \(functions.count) instead of \(other.functions.count)" }
    for (mine, theirs) in zip(functions, other.functions) {
      if let found = mine.difference(to: theirs) { return "function \(Spelling.quoted(mine.name)): \(found)" }
    }
    return graph.difference(to: other.graph)
  }
}

extension Function {
  package func difference(to other: Function) -> String? {
    if (domain, name, overload) != (other.domain, other.name, other.overload) {
      return "\(domain)::\(name)/\(overload) instead of \(other.domain)::\(other.name)/\(other.overload)"
    }
    if !sameOpsets(opsets, other.opsets) { return "operator sets: \(opsets) instead of \(other.opsets)" }
    if requiredAttributes != other.requiredAttributes { return "attributes: \(requiredAttributes) instead of \(other.requiredAttributes)" }
    if !(carried ?? Carried()).says(sameAs: other.carried ?? Carried()) { return "carried fields differ" }
    return attributeDifference(defaultAttributes, other.defaultAttributes) ?? body.difference(to: other.body)
  }
}


private func sameOpsets(_ a: [(domain: String, version: Int)], _ b: [(domain: String, version: Int)]) -> Bool {
  a.elementsEqual(b) { $0.domain == $1.domain && $0.version == $1.version }
}
