import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// An output of one model that feeds an input of the next, or an input of both: `OUT=IN`.
public struct Connection: Sendable, Equatable {
  public var output: String
  public var input: String

  public init(output: String, input: String) {
    self.output = output
    self.input = input
  }

  /// Throws `usage` for text without `=`.
  public init(_ text: String) throws(ModelError) {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw ModelError(.usage, "\"\(text)\" connects nothing", notes: ["expected OUT=IN: an output of the first model, an input of the second"])
    }
    self.init(output: String(parts[0]), input: String(parts[1]))
  }
}

/// Joins two models: outputs of the first feed inputs of the second. The result is written as `convert` writes.
///
/// Its inputs are those of the first model and the unconnected ones of the second, its outputs the unconnected ones of the first and
/// those of the second; `prefix` goes before all names of the second model. Constants that both have by one name, and alike, are one in the
/// result, so that the parts of a model give it back. Throws `usage` for a name that does not exist or that both models have otherwise, and
/// for types that do not fit.
public func merge(
  _ first: String, _ second: String, connecting: [Connection], prefix: String = "", options: ConversionOptions = ConversionOptions(),
  opening: OpenOptions = OpenOptions(), output: String, progress: @escaping @Sendable (Progress) -> Void = { _ in }
) async throws -> ConversionReport {
  let sink = DiagnosticSink()
  var joined = try open(first, options: opening, sink: sink)
  var other = try open(second, options: opening, sink: sink)
  do throws(ModelError) {
    try joined.append(&other, connecting, prefix: prefix, sink: sink)
  } catch {
    throw error.located(Place(file: second))
  }
  var options = options
  if joined.opset("") != nil, options.opset == nil, joined.needsOpset { options.opset = joined.opset("") }
  var conversion = try Conversion(first, .same, options, opening, output, progress, given: joined)
  return try conversion.run()
}

extension Model {
  /// False where lowering to the model's own version needs nothing beyond what its sources had.
  fileprivate var needsOpset: Bool { (opset("") ?? 0) >= Model.writableOpsets.lowerBound }

  fileprivate mutating func append(
    _ other: inout Model, _ connections: [Connection], prefix: String, sink: DiagnosticSink
  ) throws(ModelError) {
    guard !connections.isEmpty else {
      throw ModelError(.usage, "nothing is connected", notes: ["--map OUT=IN says which output feeds which input"])
    }
    for model in [0, 1] {
      var inference = TypeInference(sink: sink)
      if model == 0 {
        try inlineFunctions()
        try inference.run(on: &graph)
      } else {
        try other.inlineFunctions()
        try inference.run(on: &other.graph)
      }
    }
    let shared = try graph.constantsShared(with: other.graph, prefix)
    try requireDistinctNames(other, prefix, connections, shared)
    let given = try operands(of: other, connections, prefix)
    // The copies of what both have go by names that no file can give, until they are gone.
    let outputs = try graph.splice(other.graph, inputs: given) { [prefix] in (shared.contains($0) ? "\0" : prefix) + $0 }
    graph.dropCopies(of: shared)
    graph.adoptDescriptions(of: other.graph, prefix)
    let connected = Set(connections.map(\.output))
    var all = graph.outputs.filter { !connected.contains(graph[$0].name) }
    for (old, new) in zip(other.graph.outputs, outputs) {
      guard let new else { throw ModelError(.usage, "an output is an input that nothing feeds", at: other.graph.place(of: old)) }
      guard !graph[new].isOutput, !all.contains(new), graph.producer(of: new) != nil else {
        throw ModelError(.usage, "an output of the second model is one of its inputs", at: other.graph.place(of: old))
      }
      graph.setDeclaredType(new, to: other.graph[old].declaredType ?? graph[new].type)
      all.append(new)
    }
    graph.setOutputs(all)
    try adoptVersions(of: other)
    sources += other.sources
    var inference = TypeInference(sink: sink)
    try inference.run(on: &graph)
    try graph.verify()
  }

  /// What feeds each input of the other model: an output of this one, or a new input.
  private mutating func operands(
    of other: Model, _ connections: [Connection], _ prefix: String
  ) throws(ModelError) -> [ValueID?] {
    for connection in connections where !other.graph.inputs.contains(where: { other.graph[$0].name == connection.input }) {
      throw ModelError(
        .usage, "the second model has no input \"\(connection.input)\"",
        notes: ["there are: " + other.graph.inputs.map { other.graph[$0].name }.joined(separator: ", ")])
    }
    var given: [ValueID?] = []
    for input in other.graph.inputs {
      let value = other.graph[input]
      let feeding = connections.filter { $0.input == value.name }
      guard feeding.count <= 1 else { throw ModelError(.usage, "two outputs feed one input", at: other.graph.place(of: input)) }
      guard let connection = feeding.first else {
        let new = graph.addInput(prefix + value.name, value.type)
        graph.setDeclaredType(new, to: value.declaredType)
        if let tensor = other.graph.defaults[input] { graph.defaults[new] = tensor }
        given.append(new)
        continue
      }
      // An input of both goes by one name.
      guard let source = (graph.outputs + graph.inputs).first(where: { graph[$0].name == connection.output }) else {
        throw ModelError(
          .usage, "the first model has no output \"\(connection.output)\", and no such input",
          notes: ["there are: " + (graph.outputs + graph.inputs).map { graph[$0].name }.joined(separator: ", ")])
      }
      if let reason = mismatch(graph[source].type, value.type) {
        throw ModelError(.usage, "output \"\(connection.output)\" does not fit: \(reason)", at: other.graph.place(of: input))
      }
      given.append(source)
    }
    return given
  }

  private func requireDistinctNames(
    _ other: Model, _ prefix: String, _ connections: [Connection], _ alike: Set<String>
  ) throws(ModelError) {
    let own = Set(graph.valueIDs.map { graph[$0].name }.filter { !$0.isEmpty })
    let fed = Set(connections.map(\.input))
    let shared = other.graph.valueIDs.filter { id in
      if alike.contains(other.graph[id].name) { return false }
      let isFed = other.graph.inputs.contains(id) && fed.contains(other.graph[id].name)
      return !isFed && !other.graph[id].name.isEmpty && own.contains(prefix + other.graph[id].name)
    }
    guard let first = shared.first else { return }
    throw ModelError(
      .usage, "both models have a value of this name" + (shared.count > 1 ? ", and \(shared.count - 1) more" : ""),
      at: other.graph.place(of: first), notes: ["--prefix TEXT puts a text before all names of the second model"])
  }

  /// The newer of both versions of each operator set, and of the file's structure.
  private mutating func adoptVersions(of other: Model) throws(ModelError) {
    for (domain, version) in other.opsets {
      if let index = opsets.firstIndex(where: { $0.domain == domain }) {
        opsets[index].version = max(opsets[index].version, version)
      } else {
        opsets.append((domain, version))
      }
    }
    producer.formatVersion = max(producer.formatVersion, other.producer.formatVersion)
  }
}

extension Graph {
  /// Names of constants that both graphs have, bit by bit, and that are no outputs.
  fileprivate func constantsShared(with other: Graph, _ prefix: String) throws(ModelError) -> Set<String> {
    guard prefix.isEmpty else { return [] }
    var own: [String: Tensor] = [:]
    for id in valueIDs where !self[id].name.isEmpty { own[self[id].name] = constant(id) }
    var shared = Set<String>()
    for id in other.valueIDs where !other[id].isOutput {
      guard let tensor = other.constant(id), let mine = own[other[id].name], try mine.isIdentical(to: tensor) else { continue }
      shared.insert(other[id].name)
    }
    return shared
  }

  /// Keeps what the other graph's file said of the values that nodes compute.
  fileprivate mutating func adoptDescriptions(of other: Graph, _ prefix: String) {
    var mine: [String: ValueID] = [:]
    for id in valueIDs where producer(of: id) != nil { mine[self[id].name] = id }
    for id in other.valueIDs where other.producer(of: id) != nil && !other[id].name.isEmpty {
      guard let own = mine[prefix + other[id].name] else { continue }
      setDeclaredType(own, to: other[id].declaredType)
      setCarried(own, to: other[id].carried)
    }
  }

  /// Puts the constants of the names in place of their copies, whose names begin with a zero byte.
  fileprivate mutating func dropCopies(of names: Set<String>) {
    guard !names.isEmpty else { return }
    var originals: [String: ValueID] = [:]
    for id in valueIDs where names.contains(self[id].name) { originals[self[id].name] = id }
    for id in Array(valueIDs) where self[id].name.first == "\0" {
      guard let original = originals[String(self[id].name.dropFirst())] else { continue }
      replaceAllUses(of: id, with: original)
      if let producer = producer(of: id) { remove(producer) } else { removeConstant(id) }
    }
  }
}

/// Why a value of one type cannot stand for one of another; `nil` when it may.
private func mismatch(_ given: ValueType?, _ wanted: ValueType?) -> String? {
  guard case .tensor(let a)? = given, case .tensor(let b)? = wanted else {
    return given == nil || wanted == nil || given == wanted ? nil : "it is of another kind"
  }
  if a.element != b.element { return "\(a) where \(b) is expected" }
  guard let x = a.shape, let y = b.shape else { return nil }
  let fits = x.count == y.count && zip(x, y).allSatisfy { $0.number == nil || $1.number == nil || $0.number == $1.number }
  return fits ? nil : "\(a) where \(b) is expected"
}
