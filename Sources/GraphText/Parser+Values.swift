import Diagnostics
import GraphIR
import Tensors

// MARK: - Attributes

extension Parser {
  mutating func attributes() throws(ModelError) -> [NamedAttribute] {
    var attributes: [NamedAttribute] = []
    guard accept("{") else { return [] }
    try list(until: "}") { (parser) throws(ModelError) in
      let name = try parser.name("an attribute's name")
      try parser.expect(":")
      attributes.append(NamedAttribute(name, try parser.attribute()))
    }
    return attributes
  }

  private mutating func attribute() throws(ModelError) -> AttributeValue {
    guard accept("[") else { return try single() }
    let start = position
    var items: [AttributeValue] = []
    try list(until: "]") { (parser) throws(ModelError) in items.append(try parser.single()) }
    guard let list = AttributeValue(list: items) else { throw failure("expected values of one kind that has lists", at: start) }
    return list
  }

  /// Anything but a list with items.
  private mutating func single() throws(ModelError) -> AttributeValue {
    skipSpace()
    let start = position
    switch try number() {
    case .integer(let spelling)?:
      guard let value = Int64(spelling) else { throw failure("the integer is out of range", at: start) }
      return .int(value)
    case .float(let spelling)?:
      guard let value = Float(spelling) else { throw failure("expected a number", at: start) }
      return .float(value)
    case .bits(let bits)?:
      guard let narrow = UInt32(exactly: bits) else { throw failure("expected the bits of a 32-bit float", at: start) }
      return .float(Float(bitPattern: narrow))
    case nil: break
    }
    if byte == UInt8(ascii: "\"") { return .string(try byteString()) }
    if accept("&") {
      let name = try name("the name of a function's attribute")
      try expect(":")
      return .reference(name, kind: try integer())
    }
    guard let word = word() else { throw failure("expected an attribute's value") }
    return try keyword(word, at: start)
  }

  private mutating func keyword(_ word: String, at start: Int) throws(ModelError) -> AttributeValue {
    switch word {
    case "const": return .tensor(try constant())
    case "sparse": return .sparse(try sparse())
    case "graph":
      position = start
      return .graph(try graph())
    case "type":
      guard let type = try type() else { throw failure("expected a type", at: start) }
      return .type(type)
    default: break
    }
    if let element = ElementType(rawValue: word) { return .element(element) }
    guard let empty = AttributeValue(emptyListOf: word) else { throw failure("expected an attribute's value", at: start) }
    try expect("[")
    try expect("]")
    return empty
  }

  private mutating func sparse() throws(ModelError) -> SparseTensor {
    let shape = try sizes()
    try expect("(")
    try expect(word: "const")
    let values = try constant()
    try expect(",")
    try expect(word: "const")
    let indices = try constant()
    try expect(")")
    return SparseTensor(values: values, indices: indices, shape: shape)
  }
}

extension AttributeValue {
  fileprivate init?(emptyListOf kind: String) {
    switch kind {
    case "floats": self = .floats([])
    case "strings": self = .strings([])
    case "tensors": self = .tensors([])
    case "sparses": self = .sparses([])
    case "graphs": self = .graphs([])
    case "types": self = .types([])
    default: return nil
    }
  }

  /// The list of items of one kind; an empty one is of integers.
  fileprivate init?(list items: [AttributeValue]) {
    func all<T>(_ extract: (AttributeValue) -> T?) -> [T]? {
      let extracted = items.compactMap(extract)
      return extracted.count == items.count ? extracted : nil
    }
    switch items.first {
    case nil: self = .ints([])
    case .int: if let list = all({ if case .int(let x) = $0 { x } else { nil } }) { self = .ints(list) } else { return nil }
    case .float: if let list = all({ if case .float(let x) = $0 { x } else { nil } }) { self = .floats(list) } else { return nil }
    case .string: if let list = all({ if case .string(let x) = $0 { x } else { nil } }) { self = .strings(list) } else { return nil }
    case .tensor: if let list = all({ if case .tensor(let x) = $0 { x } else { nil } }) { self = .tensors(list) } else { return nil }
    case .sparse: if let list = all({ if case .sparse(let x) = $0 { x } else { nil } }) { self = .sparses(list) } else { return nil }
    case .graph: if let list = all({ if case .graph(let x) = $0 { x } else { nil } }) { self = .graphs(list) } else { return nil }
    case .type: if let list = all({ if case .type(let x) = $0 { x } else { nil } }) { self = .types(list) } else { return nil }
    default: return nil
    }
  }
}

// MARK: - Types

extension Parser {
  /// A type; `nil` for `?`.
  mutating func type() throws(ModelError) -> ValueType? {
    if accept("?") { return nil }
    return try nested { (parser) throws(ModelError) in try parser.knownType() }
  }

  private mutating func knownType() throws(ModelError) -> ValueType {
    skipSpace()
    let start = position
    guard let word = word() else { throw failure("expected a type") }
    if let element = ElementType(rawValue: word) { return .tensor(TensorType(element, try typeShape())) }
    guard ["sparse", "seq", "optional", "map", "opaque"].contains(word) else { throw failure("expected a type", at: start) }
    try expect("<")
    let result: ValueType
    switch word {
    case "sparse":
      guard case .tensor(let type)? = try type() else { throw failure("expected a tensor's type") }
      result = .sparseTensor(type)
    case "seq": result = .sequence(try type())
    case "optional": result = .optional(try type())
    case "map":
      let key = try element()
      try expect(",")
      result = .map(key: key, value: try type())
    default:
      let domain = try string()
      try expect(",")
      result = .opaque(domain: domain, name: try string())
    }
    try expect(">")
    return result
  }

  private mutating func typeShape() throws(ModelError) -> [Dim]? {
    guard accept("[") else { return [] }
    if accept("...") {
      try expect("]")
      return nil
    }
    var shape: [Dim] = []
    try list(until: "]") { (parser) throws(ModelError) in shape.append(try parser.dimension()) }
    return shape
  }

  mutating func element() throws(ModelError) -> ElementType {
    skipSpace()
    let start = position
    guard let word = word(), let element = ElementType(rawValue: word) else {
      throw failure("expected an element type, as in \"f32\"", at: start)
    }
    return element
  }

  mutating func dimension() throws(ModelError) -> Dim {
    skipSpace()
    var reader = DimReader(text, at: position, nextOpen: nextOpen)
    defer {
      position = reader.position
      nextOpen = reader.nextOpen
    }
    return try reader.expression()
  }
}

// MARK: - What a format carries

extension Parser {
  mutating func carrying() throws(ModelError) -> Carried? {
    guard accept(word: "carrying") else { return nil }
    var documentation: [UInt8]?
    var metadata: [(key: [UInt8], value: [UInt8])] = []
    var fields: [String: [[UInt8]]] = [:]
    try expect("{")
    try list(until: "}") { (parser) throws(ModelError) in
      if parser.accept(word: "doc") {
        try parser.expect(":")
        documentation = try parser.byteString()
      } else if parser.accept(word: "metadata") {
        try parser.pairs { (parser) throws(ModelError) in
          let key = try parser.byteString()
          try parser.expect(":")
          metadata.append((key, try parser.byteString()))
        }
      } else {
        try parser.expect(word: "fields")
        try parser.pairs { (parser) throws(ModelError) in
          let key = try parser.string()
          try parser.expect(":")
          try parser.expect("[")
          var values: [[UInt8]] = []
          try parser.list(until: "]") { (parser) throws(ModelError) in values.append(try parser.byteString()) }
          fields[key] = values
        }
      }
    }
    return Carried(documentation: documentation, metadata: metadata, fields: fields)
  }

  private mutating func pairs(_ pair: (inout Parser) throws(ModelError) -> Void) throws(ModelError) {
    try expect(":")
    try expect("{")
    try list(until: "}", pair)
  }
}
