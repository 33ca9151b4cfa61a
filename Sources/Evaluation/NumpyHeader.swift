import Diagnostics
import Tensors

/// The dictionary at the beginning of a `.npy` file, a Python literal of three fixed keys.
struct NumpyHeader {
  var descr: String
  var isFortran: Bool
  var shape: Shape

  /// Reads just the literal that NumPy writes; nothing is evaluated.
  struct Parser {
    private let text: [UInt8]
    private var position = 0

    init(text: [UInt8]) { self.text = text }

    mutating func header() throws(ModelError) -> NumpyHeader {
      var descr: String?
      var isFortran: Bool?
      var shape: Shape?
      try expect("{")
      while !take("}") {
        let key = try string()
        try expect(":")
        switch key {
        case "descr":
          guard !peek("[") else { throw ModelError(.unsupported, "holds records: an array of one element type is expected") }
          descr = try string()
        case "fortran_order": isFortran = try boolean()
        case "shape": shape = try sizes()
        default: throw malformed("the unknown key \"\(key.prefix(40))\"")
        }
        if !take(",") {
          try expect("}")
          break
        }
      }
      guard let descr, let isFortran, let shape else { throw malformed("a key is missing") }
      return NumpyHeader(descr: descr, isFortran: isFortran, shape: shape)
    }

    private func malformed(_ what: String) -> ModelError { ModelError(.malformed, "its header is malformed: \(what)") }

    private mutating func skipSpace() {
      while position < text.count, text[position] == 0x20 || text[position] == 0x0A { position += 1 }
    }

    private mutating func peek(_ character: Unicode.Scalar) -> Bool {
      skipSpace()
      return position < text.count && text[position] == UInt8(ascii: character)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard peek(character) else { return false }
      position += 1
      return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(ModelError) {
      guard take(character) else { throw malformed("\"\(character)\" is expected at byte \(position)") }
    }

    private mutating func string() throws(ModelError) -> String {
      skipSpace()
      guard position < text.count, text[position] == UInt8(ascii: "'") || text[position] == UInt8(ascii: "\"") else {
        throw malformed("a string is expected at byte \(position)")
      }
      let quote = text[position]
      guard let end = text[(position + 1)...].firstIndex(of: quote) else { throw malformed("a string without an end") }
      defer { position = end + 1 }
      return String(decoding: text[position + 1..<end], as: UTF8.self)
    }

    private mutating func word() -> String {
      skipSpace()
      let start = position
      while position < text.count, (0x30...0x39).contains(text[position]) || (0x41...0x7A).contains(text[position]) { position += 1 }
      return String(decoding: text[start..<position], as: UTF8.self)
    }

    private mutating func boolean() throws(ModelError) -> Bool {
      switch word() {
      case "True": return true
      case "False": return false
      default: throw malformed("True or False is expected at byte \(position)")
      }
    }

    private mutating func sizes() throws(ModelError) -> Shape {
      var shape: Shape = []
      try expect("(")
      while !take(")") {
        guard let size = Int(word()), shape.count < 64 else { throw malformed("a size is expected at byte \(position)") }
        shape.append(size)
        if !take(",") {
          try expect(")")
          break
        }
      }
      return shape
    }
  }
}
