import Foundation
import Testing

/// Models that load and cannot be run, or must not be run to their end.
@Suite struct HostileExecutionTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func attribute(_ name: String, ints: [Int64]) -> [UInt8] {
    WireBytes.text(1, name) + ints.flatMap { WireBytes.number(8, $0) } + WireBytes.number(20, 7)
  }

  private func attribute(_ name: String, int: Int64) -> [UInt8] { WireBytes.text(1, name) + WireBytes.number(3, int) + WireBytes.number(20, 2) }

  private func integers(_ name: String, _ values: [Int64]) -> [UInt8] {
    WireBytes.number(1, Int64(values.count)) + WireBytes.number(2, 7) + WireBytes.text(8, name)
      + values.flatMap { WireBytes.number(7, $0) }
  }

  @Test(arguments: [
    ("pool", "AveragePool", "strides", [0, 0]), ("pool", "AveragePool", "kernel_shape", [-1, 3]), ("pool", "MaxPool", "dilations", [0, 1]),
    ("turn", "Transpose", "perm", [5, 0, 1, 2]),
  ] as [(String, String, String, [Int64])])
  func impossibleAttributes(_ name: String, _ op: String, _ key: String, _ values: [Int64]) throws {
    var attributes = [attribute(key, ints: values)]
    if op.hasSuffix("Pool"), key != "kernel_shape" { attributes.append(attribute("kernel_shape", ints: [1, 1])) }
    try workspace.write(
      HostileModel(
        nodes: [HostileModel.node(op, ["x"], ["y"], name: name, attributes: attributes)], inputs: [HostileModel.port("x", [1, 1, 4, 4])],
        outputs: [HostileModel.port("y", [1, 1, 4, 4])]))
    try workspace.expectRefusal(["run", "model.onnx"], status: 3, saying: ["model.onnx: error: ", "\"\(name)\" (\(op)) in graph \"main\""])
  }

  @Test func endlessLoopRunsOutOfIterations() throws {
    let yes = WireBytes.number(2, 9) + WireBytes.text(8, "go") + WireBytes.number(5, 1)
    func port(_ name: String, _ element: Int64) -> [UInt8] {
      WireBytes.text(1, name) + WireBytes.message(2, WireBytes.message(1, WireBytes.number(1, element) + WireBytes.message(2, [])))
    }
    let body =
      WireBytes.message(1, HostileModel.node("Identity", ["c"], ["c2"])) + WireBytes.message(1, HostileModel.node("Neg", ["v"], ["v2"]))
      + WireBytes.text(2, "body") + [port("i", 7), port("c", 9), HostileModel.port("v", [2, 3])].flatMap { WireBytes.message(11, $0) }
      + [port("c2", 9), HostileModel.port("v2", [2, 3])].flatMap { WireBytes.message(12, $0) }
    let graph = WireBytes.text(1, "body") + WireBytes.message(6, body) + WireBytes.number(20, 5)
    try workspace.write(
      HostileModel(
        nodes: [HostileModel.node("Loop", ["", "go", "x"], ["y"], name: "forever", attributes: [graph])], initializers: [yes]))
    try workspace.expectRefusal(
      ["run", "model.onnx", "--max-iterations", "1000"], status: 3, saying: ["\"forever\" (Loop) in graph \"main\"", "1000 iterations"])
    try workspace.expectRefusal(["run", "model.onnx"], status: 3, saying: ["1000000 iterations"])
  }

  @Test func resultThatDoesNotFitMemoryIsNamedBeforeRunning() throws {
    try workspace.write(
      HostileModel(
        nodes: [
          HostileModel.node("Expand", ["x", "sizes"], ["vast"], name: "blow up"),
          HostileModel.node("ReduceMax", ["vast"], ["y"], name: "shrink", attributes: [attribute("keepdims", int: 0)]),
        ], initializers: [integers("sizes", [1 << 21, 1 << 21])], inputs: [HostileModel.port("x", [1, 1])],
        outputs: [HostileModel.port("y", [])]))
    try workspace.expectRefusal(["run", "model.onnx"], status: 3, saying: ["\"blow up\" (Expand)", "value \"vast\"", "bytes are needed"])
  }

  @Test func unknownOperatorIsNamed() throws {
    try workspace.write(HostileModel(nodes: [HostileModel.node("NoSuchThing", ["x"], ["y"], name: "odd")]))
    try workspace.expectRefusal(["run", "model.onnx"], status: 4, saying: ["\"odd\" (NoSuchThing) in graph \"main\""])
  }

  @Test func failureIsJSONToo() throws {
    try workspace.write(HostileModel(nodes: [HostileModel.node("NoSuchThing", ["x"], ["y"], name: "odd")]))
    let outcome = try FerryProcess.run(["run", "model.onnx", "--json"], in: workspace)
    #expect(outcome.status == 4)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let error = try #require(object["error"] as? [String: Any])
    #expect(error["code"] as? String == "unsupported")
    #expect((error["place"] as? [String: Any])?["node"] as? String == "odd")
  }
}
