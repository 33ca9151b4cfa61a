import Diagnostics
import GraphIR
import GraphText
import Operators
import Testing

@Suite struct ModelTextTests {
  @Test func everythingAroundTheGraphIsKept() throws {
    var model = Model(graph: try Graph(parsing: "graph main(%x) -> (%y) { %y = com.x::F/a@1(%x) {n: 3} }"), format: "onnx", opsets: [("", 17), ("com.x", 1)])
    model.producer.name = "py\"torch"
    model.producer.version = "2.0"
    model.producer.domain = ""
    model.producer.modelVersion = -1
    model.producer.formatVersion = 8
    model.sources = ["a b.onnx", "weights.bin"]
    model.carried = Carried(documentation: [1])
    let body = try Graph(parsing: "graph(%x) -> (%y) { %y = Conv@17(%x) {group: &n: 2, strides: [1, 2]} }")
    model.functions = [
      Function(
        domain: "com.x", name: "F", overload: "a", opsets: [("", 18)], requiredAttributes: ["n", "odd name"],
        defaultAttributes: [NamedAttribute("m", .float(1))], body: body, carried: Carried(documentation: [2])),
      Function(domain: "", name: "G", overload: "", opsets: [], requiredAttributes: [], defaultAttributes: [], body: Graph(name: "g")),
    ]
    let text = model.text(.full)
    let back = try Model(parsing: text)
    #expect(model.difference(to: back) == nil)
    #expect(back.text(.full) == text)
  }

  @Test func graphAloneIsAModelToo() throws {
    let model = try Model(parsing: "graph main() -> () {}")
    #expect(model.format == "graph")
    #expect(try Model(parsing: model.text()).difference(to: model) == nil)
  }

  @Test func unknownOperatorsTakeTheVersionOfTheModel() throws {
    let model = try Model(parsing: "model onnx opsets {\"\": 17, com.x: 3} graph() -> () { com.x::A() Bogus() com.y::C() }")
    let versions = model.graph.nodeIDs.map { (model.graph[$0].op as? ForeignOperator)?.version }
    #expect(versions == [3, 17, 1])
  }
}
