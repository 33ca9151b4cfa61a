import Diagnostics
import GraphIR
import Operators
import Tensors

/// An operator's name as written.
struct Callee {
  var domain = ""
  var name: String
  var overload = ""
  var version: Int?
}

extension Parser {
  mutating func statement(_ scope: inout GraphScope) throws(ModelError) {
    var results: [GraphScope.Mention?] = []
    skipSpace()
    if byte == UInt8(ascii: "%") || isAtAbsence {
      repeat { results.append(try mentionOrAbsence()) } while accept(",")
      try expect("=")
      if results.count == 1, let mention = results[0], accept(word: "const") {
        return try constantStatement(mention, &scope)
      }
    }
    try nodeStatement(results, &scope)
  }

  private var isAtAbsence: Bool {
    guard byte == UInt8(ascii: "_") else { return false }
    return position + 1 >= text.count || !Spelling.continuesWord(text[position + 1])
  }

  private mutating func mentionOrAbsence() throws(ModelError) -> GraphScope.Mention? {
    skipSpace()
    guard isAtAbsence else { return try mention() }
    position += 1
    return nil
  }

  private mutating func constantStatement(_ mention: GraphScope.Mention, _ scope: inout GraphScope) throws(ModelError) {
    let id = scope.graph.addConstant(mention.key.name, try constant())
    try define(mention, id, &scope)
    guard accept(":") else { return }
    let about = try about()
    scope.graph.setType(id, to: about.type)
    scope.graph.apply(about, to: id)
  }

  private mutating func nodeStatement(_ results: [GraphScope.Mention?], _ scope: inout GraphScope) throws(ModelError) {
    skipSpace()
    let start = position
    let callee = try callee()
    var operands: [GraphScope.Mention?] = []
    try expect("(")
    try list(until: ")") { (parser) throws(ModelError) in operands.append(try parser.mentionOrAbsence()) }
    let named = try attributes()
    let (op, written) = try makeOperator(callee, named, at: start)
    let carried = try carrying()
    let abouts = try resultDescriptions(count: results.count)
    let (name, origin) = try origin()
    let former = accept(word: "former") ? try attributes() : []
    let ids = operands.map { $0.flatMap { scope.values[$0.key] } }
    let node = scope.graph.addNode(
      op, ids, results: zip(results, abouts).map { ($0?.key.name ?? "", $1.type) }, name: name, origin: origin)
    for case (let index, let mention?) in operands.enumerated() where ids[index] == nil {
      scope.pending.append((node, index, mention))
    }
    for (index, id) in scope.graph[node].results.enumerated() {
      if let mention = results[index] { try define(mention, id, &scope) }
      scope.graph.apply(abouts[index], to: id)
    }
    if written != 0 || carried != nil || !former.isEmpty {
      scope.graph.updateNode(node) {
        $0.writtenAttributes = written
        $0.former = former
        $0.carried = carried
      }
    }
  }

  private mutating func resultDescriptions(count: Int) throws(ModelError) -> [About] {
    guard accept(":") else { return Array(repeating: About(), count: count) }
    let start = position
    var abouts: [About] = []
    repeat { abouts.append(try about()) } while accept(",")
    guard abouts.count == count else { throw failure("\(abouts.count) types for \(count) results", at: start) }
    return abouts
  }

  mutating func callee() throws(ModelError) -> Callee {
    var callee = Callee(name: try name("an operator's name"))
    if accept("::") {
      callee.domain = callee.name
      callee.name = try name("an operator's name")
    }
    if accept("/") { callee.overload = try name("an overload's name") }
    if accept("@") { callee.version = try integer() }
    return callee
  }

  private mutating func makeOperator(
    _ callee: Callee, _ attributes: [NamedAttribute], at start: Int
  ) throws(ModelError) -> (any Operator, written: UInt64) {
    if callee.version == nil, callee.overload.isEmpty,
      let type = OperatorRegistry.type(named: callee.name, domain: callee.domain) {
      guard Set(attributes.map(\.name)).count == attributes.count else { throw failure("an attribute is given twice", at: start) }
      do throws(ModelError) {
        return try Self.make(type, attributes)
      } catch {
        position = start
        let message = error.place.attribute.map { "attribute \"\($0)\" of \(callee.name): \(error.message)" } ?? error.message
        throw ModelError(.malformed, message, notes: error.notes)
      }
    }
    let version = callee.version ?? opsets.first { $0.domain == callee.domain }?.version ?? 1
    let op = ForeignOperator(
      domain: callee.domain, name: callee.name, overload: callee.overload, version: version, attributes: attributes)
    return (op, 0)
  }

  private static func make<Op: Operator>(
    _ type: Op.Type, _ attributes: [NamedAttribute]
  ) throws(ModelError) -> (any Operator, written: UInt64) {
    let (op, written) = try type.make(attributes)
    return (op, written)
  }

  private mutating func origin() throws(ModelError) -> (name: String, Provenance) {
    var sources: [String] = []
    if accept(word: "from") {
      repeat { sources.append(try string()) } while accept(",")
    }
    guard accept(word: "by") else {
      guard sources.count <= 1 else { throw failure("expected \"by\", since there are several sources") }
      return (sources.first ?? "", .imported)
    }
    var rules: [String] = []
    skipSpace()
    if isAtAbsence {
      position += 1
    } else {
      repeat { rules.append(try name("a rule's name")) } while accept(",")
    }
    let name = accept(word: "as") ? try string() : ""
    return (name, .derived(.init(sources: sources, rules: rules)))
  }
}
