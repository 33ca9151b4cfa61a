import Diagnostics
import GraphIR
import Tensors

/// How a value is referred to in one graph.
struct ValueKey: Hashable {
  var name: String
  var ordinal: Int
  var spelling: String { "%" + Spelling.word(name) + (ordinal == 0 ? "" : "#\(ordinal)") }
}

/// A graph under construction, and the values it has so far.
struct GraphScope {
  struct Mention {
    var key: ValueKey
    var position: Int
  }

  var graph: Graph
  var values: [ValueKey: ValueID] = [:]
  /// Operands that were mentioned before the value they name.
  var pending: [(node: NodeID, operand: Int, mention: Mention)] = []
  var listed: [Mention] = []
  var outputs: [Mention] = []
}

/// What the text says of a value besides its name.
struct About {
  var type: ValueType?
  var declared: ValueType?
  var elements: [Dim]?
  var carried: Carried?
}

extension Parser {
  mutating func graph() throws(ModelError) -> Graph {
    try nested { (parser) throws(ModelError) in
      var scope = try parser.header()
      try parser.expect("{")
      while !parser.accept("}") { try parser.statement(&scope) }
      try parser.finish(&scope)
      return scope.graph
    }
  }

  private mutating func header() throws(ModelError) -> GraphScope {
    try expect(word: "graph")
    skipSpace()
    var scope = GraphScope(graph: Graph(name: byte == UInt8(ascii: "(") ? "" : try name("a name or \"(\"")))
    try expect("(")
    try list(until: ")") { (parser) throws(ModelError) in
      let (id, _) = try parser.typed(&scope) { $0.addInput($1, $2) }
      if parser.accept("=") {
        try parser.expect(word: "const")
        scope.graph.defaults[id] = try parser.constant()
      }
    }
    if accept(word: "captures") {
      try expect("(")
      try list(until: ")") { (parser) throws(ModelError) in _ = try parser.typed(&scope) { $0.addCapture($1, $2) } }
    }
    if accept(word: "listed") {
      try expect("(")
      try list(until: ")") { (parser) throws(ModelError) in scope.listed.append(try parser.mention()) }
    }
    try expect("->")
    try expect("(")
    try list(until: ")") { (parser) throws(ModelError) in scope.outputs.append(try parser.mention()) }
    scope.graph.carried = try carrying()
    return scope
  }

  /// Resolves what was mentioned before it was defined.
  private mutating func finish(_ scope: inout GraphScope) throws(ModelError) {
    for (node, operand, mention) in scope.pending {
      scope.graph.setOperand(node, operand, to: try resolve(mention, scope))
    }
    var outputs: [ValueID] = []
    for mention in scope.outputs { outputs.append(try resolve(mention, scope)) }
    scope.graph.setOutputs(outputs)
    for mention in scope.listed {
      let id = try resolve(mention, scope)
      guard scope.graph[id].constant != nil else { throw failure("\(mention.key.spelling) is no constant", at: mention.position) }
      scope.graph.listedConstants.append(id)
    }
  }

  private mutating func resolve(_ mention: GraphScope.Mention, _ scope: GraphScope) throws(ModelError) -> ValueID {
    guard let id = scope.values[mention.key] else {
      throw failure("the graph has no value \(mention.key.spelling)", at: mention.position)
    }
    return id
  }

  mutating func mention() throws(ModelError) -> GraphScope.Mention {
    skipSpace()
    let start = position
    guard accept("%") else { throw failure("expected a value, as in \"%x\"") }
    let name = byte == UInt8(ascii: "\"") ? try string() : wordCharacters()
    var ordinal = name.isEmpty ? -1 : 0
    if byte == UInt8(ascii: "#") {
      position += 1
      ordinal = try integer()
    }
    guard ordinal >= 0 else { throw failure("expected a value's name", at: start) }
    return GraphScope.Mention(key: ValueKey(name: name, ordinal: ordinal), position: start)
  }

  mutating func define(_ mention: GraphScope.Mention, _ id: ValueID, _ scope: inout GraphScope) throws(ModelError) {
    guard scope.values.updateValue(id, forKey: mention.key) == nil else {
      throw failure("\(mention.key.spelling) is defined twice", at: mention.position)
    }
  }

  private mutating func typed(
    _ scope: inout GraphScope, _ add: (inout Graph, String, ValueType?) -> ValueID
  ) throws(ModelError) -> (ValueID, About) {
    let mention = try mention()
    let about = accept(":") ? try about() : About()
    let id = add(&scope.graph, mention.key.name, about.type)
    try define(mention, id, &scope)
    scope.graph.apply(about, to: id)
    return (id, about)
  }

  private mutating func declared(_ present: ValueType?) throws(ModelError) -> ValueType? {
    let start = position
    let isOther = accept("(")
    guard let declared = isOther ? try type() : present else { throw failure("expected the type that the source states", at: start) }
    if isOther { try expect(")") }
    return declared
  }

  mutating func about() throws(ModelError) -> About {
    var about = About(type: try type())
    if accept("!") { about.declared = try declared(about.type) }
    let start = position
    if accept("="), accept("[") {
      var elements: [Dim] = []
      try list(until: "]") { (parser) throws(ModelError) in elements.append(try parser.dimension()) }
      about.elements = elements
    } else {
      position = start
    }
    about.carried = try carrying()
    return about
  }
}

extension Graph {
  /// Sets everything but the type.
  mutating func apply(_ about: About, to id: ValueID) {
    if about.declared != nil { setDeclaredType(id, to: about.declared) }
    if about.elements != nil { setElements(id, to: about.elements) }
    if about.carried != nil { setCarried(id, to: about.carried) }
  }
}
