import Diagnostics
import GraphIR

extension Parser {
  mutating func model() throws(ModelError) -> Model {
    guard accept(word: "model") else { return Model(graph: try graph(), format: "graph", opsets: []) }
    let format = try name("a format's name")
    opsets = accept(word: "opsets") ? try opsetVersions() : []
    let producer = accept(word: "producer") ? try producer() : Model.Producer()
    var sources: [String] = []
    if accept(word: "sources") {
      try expect("[")
      try list(until: "]") { (parser) throws(ModelError) in sources.append(try parser.string()) }
    }
    let carried = try carrying()
    var model = Model(graph: try graph(), format: format, opsets: opsets)
    model.producer = producer
    model.sources = sources
    model.carried = carried
    while accept(word: "function") { model.functions.append(try function(modelOpsets: model.opsets)) }
    return model
  }

  private mutating func opsetVersions() throws(ModelError) -> [(domain: String, version: Int)] {
    var opsets: [(domain: String, version: Int)] = []
    try expect("{")
    try list(until: "}") { (parser) throws(ModelError) in
      let domain = try parser.name("a domain")
      try parser.expect(":")
      opsets.append((domain, try parser.integer()))
    }
    return opsets
  }

  private mutating func producer() throws(ModelError) -> Model.Producer {
    var producer = Model.Producer()
    try expect("{")
    try list(until: "}") { (parser) throws(ModelError) in
      let field = try parser.name("a field of the producer")
      try parser.expect(":")
      switch field {
      case "name": producer.name = try parser.string()
      case "version": producer.version = try parser.string()
      case "domain": producer.domain = try parser.string()
      case "model_version": producer.modelVersion = try parser.integer()
      case "format_version": producer.formatVersion = try parser.integer()
      default: throw parser.failure("expected name, version, domain, model_version or format_version")
      }
    }
    return producer
  }

  private mutating func function(modelOpsets: [(domain: String, version: Int)]) throws(ModelError) -> Function {
    let callee = try callee()
    var required: [String] = []
    try expect("(")
    try list(until: ")") { (parser) throws(ModelError) in required.append(try parser.name("an attribute's name")) }
    let defaults = try attributes()
    let own = accept(word: "opsets") ? try opsetVersions() : []
    let carried = try carrying()
    opsets = own + modelOpsets
    return Function(
      domain: callee.domain, name: callee.name, overload: callee.overload, opsets: own, requiredAttributes: required,
      defaultAttributes: defaults, body: try graph(), carried: carried)
  }
}
