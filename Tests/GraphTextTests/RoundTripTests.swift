import Diagnostics
import GraphIR
import GraphText
import Operators
import Tensors
import Testing

@Suite struct RoundTripTests {
  @Test func sampleOfTheDesignPrintsAsItReads() throws {
    let text = """
      graph main(%x: f32[N,3,8,8], %y: i64 = const i64 4) -> (%out) {
        %w = const f32[1,1,1,2] [0.5, -1.0]
        %c = Conv(%x, %w) {pads: [1, 1, 1, 1]}    : f32[N,4,8,8]
        %out = Relu(%c)                           : f32[N,4,8,8]  from "layer1/relu"
      }

      """
    #expect(try Graph(parsing: text).text() == text)
  }

  @Test func oddNamesAreQuoted() throws {
    var graph = Graph(name: "main graph")
    let x = graph.addInput("a/b:0", .tensor(.float32, [.symbol("batch size"), .symbol("2*h"), .symbol("?7"), .symbol("?7") * 2 + 1]))
    let node = graph.addNode(
      ForeignOperator(domain: "my domain", name: "by", overload: "o 1", version: -3), [x], results: [("\u{7}\n\"\\é", nil)], name: "n \"1\"")
    graph.addNode(ForeignOperator(domain: "", name: "const", version: 1), [x], results: [("12.3", nil)])
    graph.addNode(ForeignOperator(domain: "", name: "from", version: 1), [x], results: [])
    graph.setOutputs([graph[node].results[0]])
    let text = try expectRoundTrip(graph)
    #expect(text.contains("%\"a/b:0\""))
    #expect(text.contains("%12.3 ="))
    #expect(text.contains("\"my domain\"::by/\"o 1\"@-3("))
  }

  @Test func valuesOfOneNameAndOfNoneStayApart() throws {
    var graph = Graph(name: "")
    let a = graph.addInput("x", nil)
    let b = graph.addInput("x", nil)
    let c = graph.addInput("", nil)
    let odd = graph.addInput("x#1", nil)
    let node = graph.addNode(Relu(), [b], results: [("", .tensor(.float32, nil))])
    let result = graph[node].results[0]
    graph.addNode(foreign([]), [result, c, odd, a, nil, b], results: [("", nil), ("y", .tensor(.int8, [])), ("", .sequence(nil))])
    graph.setOutputs([result, a, result])
    let text = try expectRoundTrip(graph)
    #expect(text.contains("_, %y, _ = com.example::Foo@1(%#1, %#0, %\"x#1\", %x, _, %x#1)"))
  }

  @Test func constantsDefaultsAndListingsAreKept() throws {
    var graph = Graph(name: "main")
    let x = graph.addInput("x", .tensor(.int64, [2]))
    graph.defaults[x] = try .integers([1, 2])
    graph.setDeclared(x, true)
    let a = graph.addConstant("a", try .scalar(Float(1)))
    let b = graph.addConstant("b", try .integers([]))
    graph.listedConstants = [b, a]
    graph.setType(b, to: nil)
    graph.setDeclared(a, true)
    graph.setDeclaredType(b, to: .tensor(.int64, [.symbol("L")]))
    graph.setElements(x, to: [.symbol("N"), 2])
    graph.setCarried(a, to: Carried(documentation: Array("a weight".utf8), metadata: [([1, 255], [])], fields: ["z": [[], [0]], "a": []]))
    graph.setOutputs([a])
    graph.carried = Carried(metadata: [(Array("k".utf8), Array("v".utf8)), (Array("k".utf8), Array("w".utf8))])
    try expectRoundTrip(graph)
  }

  @Test func nodesKeepTheirFormerForm() throws {
    var graph = Graph(name: "main")
    let x = graph.addInput("x", nil)
    let formers: [[NamedAttribute]] = [
      [], [NamedAttribute("axis", .int(1)), NamedAttribute("@broadcast", .int(1))], [NamedAttribute("@order", .strings([Array("b".utf8)]))],
    ]
    for (index, former) in formers.enumerated() {
      let node = graph.addNode(Relu(), [x], results: [("r\(index)", nil)], name: index == 2 ? "n" : "")
      graph.updateNode(node) { $0.former = former }
    }
    try expectRoundTrip(graph)
    var other = graph
    other.updateNode(try #require(graph.nodeIDs.first { _ in true })) { $0.former = formers[2] }
    #expect(graph.difference(to: other)?.contains("former") == true)
  }

  @Test func nodesKeepOriginAndWhatTheyCarry() throws {
    var graph = Graph(name: "main")
    let x = graph.addInput("x", nil)
    let origins: [(Provenance, String)] = [
      (.imported, ""), (.imported, "a"), (.derived(.init(sources: [], rules: [])), ""), (.derived(.init(sources: ["a", "b/c"], rules: [])), "n"),
      (.derived(.init(sources: ["a"], rules: ["Fold", "odd rule", "_"])), ""), (.derived(.init(sources: [], rules: ["by"])), "as"),
    ]
    for (index, origin) in origins.enumerated() {
      let node = graph.addNode(Relu(), [x], results: [("r\(index)", nil)], name: origin.1, origin: origin.0)
      graph.updateNode(node) { $0.carried = index % 2 == 0 ? nil : Carried(documentation: []) }
      graph.setCarried(graph[node].results[0], to: index % 3 == 0 ? Carried(documentation: [0]) : Carried())
    }
    try expectRoundTrip(graph)
  }

  @Test func attributesSpeltOutWithTheirDefaultStaySo() throws {
    let graph = try expectRoundTrip("graph(%x, %w) -> (%c, %d) { %c = Conv(%x, %w) {group: 1} %d = Conv(%x, %w) }")
    let written = graph.nodeIDs.map { graph[$0].writtenAttributes }
    #expect(written == [1 << 2, 0])
    #expect(graph.text().contains("{group: 1}"))
  }

  @Test func everyKindOfAttributeIsKept() throws {
    let tensor = try Tensor.integers([1, 2])
    let sparse = SparseTensor(values: try .scalar(Float(2)), indices: tensor, shape: [4, 5])
    var inner = Graph(name: "body")
    inner.setOutputs([inner.addCapture("x", nil)])
    let kinds: [AttributeValue] = [
      .int(.min), .float(1), .float(1e-5), .float(-.infinity), .float(.nan), .float(-.nan), .float(Float(bitPattern: 0x7fa0_0001)), .float(-0.0),
      .float(.leastNonzeroMagnitude), .float(.greatestFiniteMagnitude), .string([]), .string([0, 0x80, 0xff, 34, 92, 10]), .string("é\u{1F600}"),
      .element(.float8e4m3fnuz), .tensor(tensor), .sparse(sparse), .graph(inner), .type(.sequence(.optional(.map(key: .string, value: nil)))),
      .ints([]), .ints([1, -2]), .floats([]), .floats([1, 2.5, .infinity]), .strings([]), .strings([[], [200]]), .tensors([]), .tensors([tensor, tensor]),
      .sparses([]), .sparses([sparse]), .graphs([]), .graphs([inner, inner]), .types([]), .types([.opaque(domain: "a,b", name: ">")]),
      .reference("alpha", kind: 1), .reference("odd name", kind: 0),
    ]
    var graph = Graph(name: "main")
    let x = graph.addInput("x", nil)
    graph.addNode(foreign(kinds.enumerated().map { NamedAttribute($0 % 3 == 0 ? "a \($0)" : "a\($0)", $1) }), [x, x], results: [("y", nil)])
    try expectRoundTrip(graph)
  }

  @Test func nestedGraphsHaveNamesOfTheirOwn() throws {
    let graph = try expectRoundTrip(
      """
      graph main(%c: bool, %a: f32[N]) -> (%y) {
        %y = Foo@11(%c, %a) {then_branch: graph then() captures(%a: f32[N]) -> (%b) {
          %b = Foo@11(%a, %a) {body: graph(%i) captures(%c) -> (%i, %c) {}}
        }, else_branch: graph() captures(%q) -> (%q) {}}  // no comma after this
      }
      """)
    let node = try #require(graph.nodeIDs.first { _ in true })
    #expect(graph[node].op.graphs.count == 2)
    #expect(graph[node].captureCount == 1)
  }

  @Test(arguments: [
    "?", "f32", "f32[...]", "f32[N,?1,3*N+1,floor(N, 2)]", "sparse<f32[3,4]>", "seq<f32[N]>", "seq<?>", "optional<seq<i64>>", "map<str, f32[2]>",
    "map<i64, ?>", "opaque<\"\", \"name\">", "f32[0]", "f32[\"N M\"]", "f32[-1]",
  ])
  func everyTypeIsKept(_ type: String) throws {
    let graph = try expectRoundTrip("graph(%x: \(type)\(type == "?" ? "!(f32[7])" : "!")) -> () {}")
    #expect(graph[graph.inputs[0]].type?.description ?? "?" == type)
  }

  @Test func everyElementTypeIsKept() throws {
    for element in ElementType.allCases where element != .string && element != .complex128 {
      for count in [1, 3, 16, 17, 40] {
        let graph = try Graph(parsing: "graph() -> (%r) { %r = const \(element.rawValue)[\(count)] random(\(count)) }")
        try expectRoundTrip(graph)
      }
      let bits = element.bitWidth == 64 ? "0xfff8000000000001" : "0x" + String(repeating: element.bitWidth == 2 ? "3" : "f", count: max(element.bitWidth / 4, 1))
      if element == .bool { continue }
      try expectRoundTrip("graph() -> () { %s = const \(element.rawValue)[3] [\(bits), 0x0, 0x1] %t = const \(element.rawValue) \(bits) %u = const \(element.rawValue)[99] splat(\(bits)) }")
    }
    let wide = try Tensor(.complex128, [2], bytes: OwnedBytes(copyingElements: (0..<32).map { UInt8($0) }))
    var graph = Graph(name: "")
    graph.addConstant("c", wide)
    graph.addConstant("s", try Tensor(strings: (0..<20).map { [UInt8($0 * 12)] }, shape: [4, 5]))
    graph.addConstant("t", try Tensor(strings: [[]], shape: []))
    graph.addConstant("e", try Tensor(.float64, [3, 0], elements: [Double]()))
    graph.addConstant("d", try Tensor(.float64, [3], elements: [0.1, .nan, .leastNonzeroMagnitude]))
    try expectRoundTrip(graph)
  }

  @Test func nodesMayStandBeforeWhatTheyNeed() throws {
    let graph = try expectRoundTrip("graph(%x) -> (%b) { %b = Relu(%a) %a = Relu(%x) }")
    #expect(graph.text().contains("%a = Relu(%x)\n  %b = Relu(%a)"))
    try expectRoundTrip("graph() -> () { %a = Relu(%b) %b = Relu(%a) }")
  }
}
