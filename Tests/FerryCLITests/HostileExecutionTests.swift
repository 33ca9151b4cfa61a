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

  private func attribute(_ name: String, text: String) -> [UInt8] { WireBytes.text(1, name) + WireBytes.text(4, text) + WireBytes.number(20, 3) }

  /// The error names the place, the note what would have been right.
  @Test(arguments: [
    ("Conv", "auto_pad", "one of NOTSET, SAME_UPPER, SAME_LOWER, VALID"), ("Resize", "mode", "one of nearest, linear, cubic"),
    ("Pad", "mode", "one of constant, reflect, edge, wrap"), ("Relu", "mode", "none"), ("LSTM", "direction", "one of forward, reverse, bidirectional"),
  ])
  func unknownAttributesNameWhatIsAllowed(_ op: String, _ key: String, _ allowed: String) throws {
    let others = op == "LSTM" ? [attribute("hidden_size", int: 1)] : []
    try workspace.write(
      HostileModel(
        nodes: [HostileModel.node(op, ["x", "x", "x"], ["y"], name: "odd", attributes: [attribute(key, text: "VALIDISH")] + others)],
        inputs: [HostileModel.port("x", [1, 1, 4, 4])], outputs: [HostileModel.port("y", [1, 1, 4, 4])]))
    for command in [["run", "model.onnx"], ["compare", "model.onnx", "model.onnx"]] {
      try workspace.expectRefusal(command, status: 3, saying: ["node \"odd\" (\(op)) in graph \"main\", attribute \"\(key)\""])
      let outcome = try FerryProcess.run(command, in: workspace)
      #expect(outcome.errors.contains("  note: expected \(allowed)"), "\(outcome.errors)")
      if op != "Relu" { #expect(outcome.errors.contains("unknown value \"VALIDISH\""), "\(outcome.errors)") }
    }
  }

  @Test func unknownElementTypeIsNamed() throws {
    try workspace.write(HostileModel(nodes: [HostileModel.node("Cast", ["x"], ["y"], name: "odd", attributes: [attribute("to", int: 99)])]))
    try workspace.expectRefusal(["run", "model.onnx"], status: 3, saying: ["\"odd\" (Cast)", "attribute \"to\": 99 is no known element type"])
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

  /// Sizes that are known when the inputs' elements are.
  @Test func resultWhoseSizeIsDataIsNamed() throws {
    try workspace.write(
      HostileModel(
        nodes: [
          HostileModel.node("ConstantOfShape", ["sizes"], ["vast"], name: "blow up"),
          HostileModel.node("ReduceMax", ["vast"], ["y"], name: "shrink", attributes: [attribute("keepdims", int: 0)]),
        ], inputs: [HostileModel.port("sizes", [2], element: 7)], outputs: [HostileModel.port("y", [])]))
    try workspace.makeFolder("in")
    for rows in [511, 1 << 11, 1 << 21] as [Int64] {
      let content = [rows, 1 << 21].flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
      try workspace.write(NumpyBytes.file(NumpyBytes.header("'<i8'", "(2,)"), content), to: "in/input_0.npy")
      // The smallest is less than 4 GiB, but not less than what the program leaves of it. The middle one fits a large machine.
      try workspace.expectRefusal(
        ["run", "model.onnx", "--inputs", "in"], status: 3, saying: ["\"blow up\" (ConstantOfShape)", "value \"vast\"", "too large"],
        prefixed: ["prlimit", "--as=\(4 << 30)"])
    }
  }

  /// Together they do not fit, each alone does.
  @Test func resultsThatDoNotFitTogetherAreRefused() throws {
    let names = ["a", "b", "c", "d"]
    let made = names.map { HostileModel.node("ConstantOfShape", ["sizes"], [$0], name: "make \($0)") }
    let sum = HostileModel.node("Concat", names, ["all"], name: "join", attributes: [attribute("axis", int: 0)])
    let shrink = HostileModel.node("ReduceMax", ["all"], ["y"], name: "shrink", attributes: [attribute("keepdims", int: 0)])
    try workspace.write(
      HostileModel(nodes: made + [sum, shrink], inputs: [HostileModel.port("sizes", [1], element: 7)], outputs: [HostileModel.port("y", [])]))
    try workspace.makeFolder("in")
    let content = withUnsafeBytes(of: Int64(3 << 27).littleEndian) { Array($0) }
    try workspace.write(NumpyBytes.file(NumpyBytes.header("'<i8'", "(1,)"), content), to: "in/input_0.npy")
    try workspace.expectRefusal(
      ["run", "model.onnx", "--inputs", "in", "--no-optimize"], status: 3, saying: ["(ConstantOfShape)", "value \"", "too large"],
      prefixed: ["prlimit", "--as=\(4 << 30)"])
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
