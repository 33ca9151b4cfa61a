import GraphIR

extension Printer {
  mutating func print(_ model: Model) {
    out.put("model ")
    out.put(word: model.format)
    opsets(model.opsets)
    producer(model.producer)
    if !model.sources.isEmpty {
      out.put(" sources [")
      out.list(model.sources) { $0.put(quoted: $1) }
      out.put("]")
    }
    if let carried = model.carried, !carried.isEmpty {
      out.newLine(indent: 0)
      carrying(carried)
    }
    out.newLine(indent: 0)
    print(model.graph)
    for function in model.functions { print(function) }
  }

  private mutating func opsets(_ opsets: [(domain: String, version: Int)]) {
    guard !opsets.isEmpty else { return }
    out.put(" opsets {")
    out.list(opsets) { out, opset in
      out.put(word: opset.domain)
      out.put(": \(opset.version)")
    }
    out.put("}")
  }

  private mutating func producer(_ producer: Model.Producer) {
    guard producer != Model.Producer() else { return }
    out.put(" producer {")
    var fields: [(String, String)] = []
    if let name = producer.name { fields.append(("name", Spelling.quoted(name))) }
    if let version = producer.version { fields.append(("version", Spelling.quoted(version))) }
    if let domain = producer.domain { fields.append(("domain", Spelling.quoted(domain))) }
    if let version = producer.modelVersion { fields.append(("model_version", String(version))) }
    if producer.formatVersion != 0 { fields.append(("format_version", String(producer.formatVersion))) }
    out.list(fields) { $0.put("\($1.0): \($1.1)") }
    out.put("}")
  }

  private mutating func print(_ function: Function) {
    out.put("function ")
    if !function.domain.isEmpty {
      out.put(word: function.domain)
      out.put("::")
    }
    out.put(word: function.name)
    if !function.overload.isEmpty {
      out.put("/")
      out.put(word: function.overload)
    }
    out.put("(")
    out.list(function.requiredAttributes) { $0.put(word: $1) }
    out.put(")")
    attributeList(function.defaultAttributes)
    opsets(function.opsets)
    if let carried = function.carried, !carried.isEmpty {
      out.put(" ")
      carrying(carried)
    }
    out.newLine(indent: 0)
    print(function.body)
  }
}
