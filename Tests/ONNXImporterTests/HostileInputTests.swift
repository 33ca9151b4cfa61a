import Diagnostics
import GraphIR
import ONNXImport
import ONNXTestSupport
import Testing

/// What files say that they must not, and where the error says it is.
@Suite struct HostileInputTests {
  typealias O = ONNXBytes

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: ProtoBytes
    let code: ModelError.Code
    var node: String?
    var value: String?
    var graph: String? = "g"

    init(
      _ name: String, _ bytes: ProtoBytes, _ code: ModelError.Code, node: String? = nil, value: String? = nil, graph: String? = "g"
    ) {
      testDescription = name
      self.bytes = bytes
      self.code = code
      self.node = node
      self.value = value
      self.graph = graph
    }
  }

  static func holding(_ tensor: ProtoBytes) -> ProtoBytes { O.model(O.relu(initializers: [tensor])) }

  static let tensors: [Case] = [
    Case("a negative size", holding(O.tensor("w", [2, -1], ProtoBytes())), .malformed, value: "w"),
    Case("sizes whose product overflows", holding(O.tensor("w", [1 << 40, 1 << 40], ProtoBytes())), .limitExceeded, value: "w"),
    Case("bytes that overflow", holding(O.tensor("w", [Int.max / 2], ProtoBytes())), .limitExceeded, value: "w"),
    Case("too little data", holding(O.tensor("w", [3], ProtoBytes().packed(9, elements: [Float(1)]))), .malformed, value: "w"),
    Case("no data", holding(O.tensor("w", [1 << 30], ProtoBytes())), .malformed, value: "w"),
    Case(
      "data given twice", holding(O.tensor("w", [1], ProtoBytes().packed(9, elements: [Float(1)]).packed(4, elements: [Float(1)]))), .malformed,
      value: "w"),
    Case("data in another type's field", holding(O.tensor("w", [1], ProtoBytes().packed(7, [1]))), .malformed, value: "w"),
    Case("no element type", holding(O.tensor("w", [1], element: 0, ProtoBytes())), .malformed, value: "w"),
    Case("an unknown element type", holding(O.tensor("w", [1], element: 99, ProtoBytes())), .unsupported, value: "w"),
    Case("a segment", holding(O.tensor("w", [1], ProtoBytes().message(3, ProtoBytes()))), .unsupported, value: "w"),
    Case("an entry too large for the type", holding(O.tensor("w", [1], element: 3, ProtoBytes().packed(5, [300]))), .malformed, value: "w"),
    Case("strings as bytes", holding(O.tensor("w", [1], element: 8, ProtoBytes().text(9, "a"))), .malformed, value: "w"),
  ]

  static let loop = O.model(
    O.graph(
      [O.node("Add", ["x", "b"], ["a"], name: "one"), O.node("Relu", ["a"], ["b"], name: "two")], inputs: [O.value("x")],
      outputs: [O.value("b")]))

  static let graphs: [Case] = [
    Case("no graph", ProtoBytes().int(1, 8), .invalidGraph, graph: nil),
    Case(
      "two results of one name",
      O.model(O.graph([O.node("Relu", ["x"], ["y"]), O.node("Relu", ["x"], ["y"])], inputs: [O.value("x")], outputs: [O.value("y")])),
      .duplicateName, value: "y"),
    Case("a result named as an input", O.model(O.graph([O.node("Relu", ["x"], ["x"])], inputs: [O.value("x")])), .duplicateName, value: "x"),
    Case("two inputs of one name", O.model(O.graph(inputs: [O.value("x"), O.value("x")])), .duplicateName, value: "x"),
    Case("two initializers of one name", holding(O.floats("w", [1])).appending(ProtoBytes().message(7, ProtoBytes().message(5, O.floats("w", [1])))), .duplicateName, value: "w"),
    Case("a cycle", loop, .cycle, node: "one"),
    Case("a node that uses itself", O.model(O.graph([O.node("Relu", ["y"], ["y"], name: "self")])), .cycle, node: "self"),
    Case("an operand without a value", O.model(O.graph([O.node("Relu", ["w"], ["y"], name: "act")])), .missingValue, node: "act", value: "w"),
    Case("an output that nothing computes", O.model(O.graph(outputs: [O.value("y")])), .missingValue, value: "y"),
    Case(
      "a missing value in a branch",
      O.model(
        O.graph(
          [O.node("If", ["c"], ["y"], name: "if", attributes: [O.attribute("then_branch", graph: O.graph([O.node("Relu", ["w"], ["i"], name: "in")]))])],
          inputs: [O.value("c")])),
      .missingValue, node: "in", value: "w", graph: "g/then_branch"),
    Case("a node without an operator", O.model(O.graph([ProtoBytes().text(3, "odd")])), .invalidGraph, node: "odd"),
    Case("an attribute without a value", O.model(O.graph([O.node("A", [], [], name: "n", attributes: [ProtoBytes().text(1, "a")])])), .malformed, node: "n"),
    Case(
      "an attribute given twice",
      O.model(O.graph([O.node("A", [], [], name: "n", attributes: [O.attribute("a", kind: 2, ProtoBytes()), O.attribute("a", kind: 2, ProtoBytes())])])),
      .duplicateName, node: "n"),
    Case("a name with a NUL", O.model(O.graph([O.node("Re\0lu", [], [], name: "n")])), .malformed, node: "n"),
    Case("a name that is not UTF-8", O.model(O.graph([ProtoBytes().data(4, [0xc0, 0x80]).text(3, "n")])), .malformed, node: "n"),
    Case(
      "a function that calls itself",
      O.model(O.graph(), functions: [ProtoBytes().text(1, "F").message(7, O.node("F", [], [], domain: "d")).text(10, "d")]), .cycle,
      graph: "F"),
  ]

  @Test(arguments: tensors + graphs) func isRefused(_ wrong: Case) throws {
    let folder = try Folder()
    let file = try folder.write(wrong.bytes.bytes)
    let error = try #require(throws: ModelError.self) { try ONNXImporter.read(path: file) }
    #expect(error.code == wrong.code, "\(error)")
    #expect(error.place.file == file)
    #expect(error.place.graph == wrong.graph, "\(error)")
    if let node = wrong.node { #expect(error.place.node == node, "\(error)") }
    if let value = wrong.value { #expect(error.place.value == value, "\(error)") }
    #expect(!error.message.contains("\n") && !error.message.contains("\0"))
  }

  @Test func deepNestingIsRefusedWithItsPlace() throws {
    // From the inside out: each attribute's graph has one node with one attribute.
    var prefixes: [[UInt8]] = []
    var length = 0
    for level in 0..<300_000 {
      let prefix = ProtoBytes().header([6, 5, 1][level % 3], length: length).bytes
      prefixes.append(prefix)
      length += prefix.count
    }
    let deep = ProtoBytes(prefixes.reversed().flatMap { $0 })
    let folder = try Folder()
    let file = try folder.write(ONNXBytes.model(deep).bytes)
    let error = try #require(throws: ModelError.self) { try ONNXImporter.read(path: file) }
    #expect(error.code == .limitExceeded)
    #expect(error.place.byteOffset != nil)
  }

  @Test func siblingsCannotMultiplyTheirCaptures() throws {
    let names = (0..<3000).map { "v\($0)" }
    let inputs = names.map { ProtoBytes().text(1, $0) }
    let reading = O.graph([O.node("Use", names, ["r"])])
    let graphs = ProtoBytes().messages(11, [reading] + [ProtoBytes](repeating: ProtoBytes(), count: 20_000))
    let bytes = O.model(O.graph([O.node("Many", [], [], name: "n", attributes: [O.attribute("bodies", kind: 10, graphs)])], inputs: inputs))
    let folder = try Folder()
    let file = try folder.write(bytes.bytes)
    let error = try #require(throws: ModelError.self) { try ONNXImporter.read(path: file) }
    #expect(error.code == .limitExceeded)
  }

  @Test func everyTruncationIsAnErrorOrAModel() throws {
    let bytes = O.everything.bytes
    let folder = try Folder()
    for length in 0..<bytes.count {
      let file = try folder.write(Array(bytes.prefix(length)))
      do { _ = try ONNXImporter.read(path: file) } catch {
        #expect(error.place.file == file)
        if length > 0, error.code == .truncated { #expect(error.place.byteOffset != nil) }
      }
    }
  }

  @Test func mutationsNeverCrash() throws {
    let original = O.everything.bytes
    let folder = try Folder()
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var accepted = 0
    for _ in 0..<4000 {
      var bytes = original
      for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
      let file = try folder.write(bytes)
      if (try? ONNXImporter.read(path: file)) != nil { accepted += 1 }
    }
    #expect(accepted > 0)
  }

  @Test func emptyAndMissingFilesHaveTheirOwnErrors() throws {
    let folder = try Folder()
    let empty = try folder.write([])
    #expect(try #require(throws: ModelError.self) { try ONNXImporter.read(path: empty) }.code == .truncated)
    #expect(try #require(throws: ModelError.self) { try ONNXImporter.read(path: folder.path + "/none") }.code == .missingFile)
    #expect(try #require(throws: ModelError.self) { try ONNXImporter.read(path: folder.path) }.code == .io)
  }
}
