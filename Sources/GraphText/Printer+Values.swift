import Diagnostics
import GraphIR
import Tensors

extension Printer {
  mutating func attribute(_ value: AttributeValue) {
    switch value {
    case .int(let number): out.put(String(number))
    case .float(let number): out.put(ElementText.text(UInt64(number.bitPattern), .float32))
    case .string(let bytes): out.put(quoted: bytes)
    case .element(let element): out.put(element.rawValue)
    case .tensor(let tensor): constant(tensor)
    case .sparse(let sparse): self.sparse(sparse)
    case .graph(let graph): write(graph)
    case .type(let type): self.type(type)
    case .ints(let numbers): list("", numbers) { $0.out.put(String($1)) }
    case .floats(let numbers): list("floats ", numbers) { $0.out.put(ElementText.text(UInt64($1.bitPattern), .float32)) }
    case .strings(let strings): list("strings ", strings) { $0.out.put(quoted: $1) }
    case .tensors(let tensors): list("tensors ", tensors) { $0.constant($1) }
    case .sparses(let sparses): list("sparses ", sparses) { $0.sparse($1) }
    case .graphs(let graphs): list("graphs ", graphs) { $0.write($1) }
    case .types(let types): list("types ", types) { $0.type($1) }
    case .reference(let name, let kind):
      out.put("&")
      out.put(word: name)
      out.put(": \(kind)")
    }
  }

  /// An empty list says what it is a list of.
  private mutating func list<Item>(_ kind: StaticString, _ items: [Item], _ write: (inout Self, Item) -> Void) {
    if items.isEmpty { out.put(kind) }
    out.put("[")
    each(items, write)
    out.put("]")
  }

  private mutating func type(_ type: ValueType) {
    out.put("type ")
    out.put(type.description)
  }

  private mutating func sparse(_ sparse: SparseTensor) {
    out.put("sparse [")
    out.list(sparse.shape) { $0.put(String($1)) }
    out.put("] (")
    constant(sparse.values)
    out.put(", ")
    constant(sparse.indices)
    out.put(")")
  }

  /// `carrying {…}`; false when there is nothing to write.
  @discardableResult
  mutating func carrying(_ carried: Carried?) -> Bool {
    guard let carried, !carried.isEmpty else { return false }
    out.put("carrying {")
    var separator: StaticString = ""
    if let documentation = carried.documentation {
      out.put("doc: ")
      out.put(quoted: documentation)
      separator = ", "
    }
    if !carried.metadata.isEmpty {
      out.put(separator)
      out.put("metadata: {")
      out.list(carried.metadata) { out, pair in
        out.put(quoted: pair.key)
        out.put(": ")
        out.put(quoted: pair.value)
      }
      out.put("}")
      separator = ", "
    }
    if !carried.fields.isEmpty {
      out.put(separator)
      fields(carried.fields)
    }
    out.put("}")
    return true
  }

  private mutating func fields(_ fields: [String: [[UInt8]]]) {
    out.put("fields: {")
    out.list(fields.sorted { $0.key < $1.key }) { out, field in
      out.put(quoted: field.key)
      out.put(": [")
      out.list(field.value) { $0.put(quoted: $1) }
      out.put("]")
    }
    out.put("}")
  }
}
