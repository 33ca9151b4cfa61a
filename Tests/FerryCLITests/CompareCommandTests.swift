import Foundation
import Testing

/// `ferry compare`: equal, different, and where the difference begins.
@Suite struct CompareCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.write(chain(middle: "Relu"), to: "a.onnx")
    try workspace.write(chain(middle: "Abs"), to: "b.onnx")
  }

  /// `y = −middle(−x)`, in three nodes.
  private func chain(middle: String) -> HostileModel {
    HostileModel(nodes: [
      HostileModel.node("Neg", ["x"], ["first"], name: "one"), HostileModel.node(middle, ["first"], ["second"], name: "two"),
      HostileModel.node("Neg", ["second"], ["y"], name: "three"),
    ])
  }

  private func compare(_ arguments: String...) throws -> Outcome { try FerryProcess.run(["compare"] + arguments, in: workspace) }

  private func object(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
  }

  @Test func equalModels() throws {
    let outcome = try compare("a.onnx", "a.onnx", "--json")
    #expect(outcome.status == 0)
    let outputs = try #require(try object(outcome)["outputs"] as? [[String: Any]])
    #expect(outputs.first?["maxAbsolute"] as? Double == 0)
    #expect(outputs.first?["topOne"] as? Double == 1)
  }

  /// `y`: the place of the largest or smallest of each row, of equal ones the first or the last.
  private func chooser(_ operatorName: String, last: Int64) -> HostileModel {
    let attributes = [("axis", 1), ("select_last_index", last)].map {
      WireBytes.text(1, $0) + WireBytes.number(3, $1) + WireBytes.number(20, 2)
    }
    return HostileModel(
      nodes: [HostileModel.node(operatorName, ["x"], ["i"], name: "best", attributes: attributes), HostileModel.node("Identity", ["i"], ["y"])],
      outputs: [HostileModel.port("y", [2, 1], element: 7)])
  }

  @Test func indicesOfEqualElementsAreEqualAndNamed() throws {
    try workspace.write(chooser("ArgMax", last: 0), to: "first.onnx")
    try workspace.write(chooser("ArgMax", last: 1), to: "last.onnx")
    try workspace.write(chooser("ArgMin", last: 0), to: "smallest.onnx")
    try workspace.makeFolder("in")
    try workspace.write(NumpyBytes.floats([1, 3, 3, 2, 2, 0], "(2, 3)"), to: "in/x.npy")
    let tied = try compare("first.onnx", "last.onnx", "--inputs", "in")
    #expect(tied.status == 0, "\(tied.output)")
    #expect(tied.output.contains("2 of 2 indices of ArgMax \"best\" differ among equal elements of \"x\""))
    let other = try compare("first.onnx", "smallest.onnx", "--inputs", "in")
    #expect(other.status == 1 && other.output.contains("value \"i\" of node \"best\" (ArgMin)"), "\(other.output)")
  }

  @Test func firstDifferenceIsNamed() throws {
    let outcome = try compare("a.onnx", "b.onnx", "--json")
    #expect(outcome.status == 1)
    let first = try #require(try object(outcome)["firstDivergence"] as? [String: Any])
    #expect(first["value"] as? String == "second")
    #expect(first["node"] as? String == "two")
    #expect(first["agreedBefore"] as? Int == 1)
    let text = try compare("a.onnx", "b.onnx")
    #expect(text.status == 1)
    #expect(text.output.contains("DIFFERENT y: "))
    #expect(text.output.contains("first difference: value \"second\" of node \"two\" (Abs)"))
  }

  @Test func rangesDecideWhatIsSeen() throws {
    // Where −x is not negative the two agree.
    #expect(try compare("a.onnx", "b.onnx", "--range", "x=-2:-1").status == 0)
    #expect(try compare("a.onnx", "b.onnx", "--range", "x=1:2").status == 1)
  }

  @Test func tolerancesDecideWhatIsEqual() throws {
    #expect(try compare("a.onnx", "b.onnx", "--range", "x=0.1:0.2", "--atol", "0.5").status == 0)
    #expect(try compare("a.onnx", "b.onnx", "--range", "x=0.1:0.2", "--atol", "0.01", "--rtol", "0").status == 1)
  }

  /// Multiples of a scale that is given by its bytes.
  private func steps(_ scale: [UInt8]) -> HostileModel {
    HostileModel(
      nodes: [HostileModel.node("QuantizeLinear", ["x", "s"], ["q"]), HostileModel.node("DequantizeLinear", ["q", "s"], ["y"])],
      initializers: [WireBytes.number(2, 1) + WireBytes.text(8, "s") + WireBytes.message(9, scale)])
  }

  @Test func aNumberBetweenTwoStepsMayGoEitherWayUnlessABoundIsGiven() throws {
    // 0.5, and the float before it; 0.25 lies in the middle between two multiples.
    try workspace.write(steps([0, 0, 0, 0x3F]), to: "half.onnx")
    try workspace.write(steps([0xFF, 0xFF, 0xFF, 0x3E]), to: "less.onnx")
    try workspace.makeFolder("in")
    try workspace.write(NumpyBytes.floats([0.25, 1, 2, 3, 4, 5], "(2, 3)"), to: "in/input_0.npy")
    let outcome = try compare("half.onnx", "less.onnx", "--inputs", "in")
    #expect(outcome.status == 0 && outcome.output.contains("equal but for rounding to steps"), "\(outcome)")
    #expect(try compare("half.onnx", "less.onnx", "--inputs", "in", "--atol", "0.1").status == 1)
  }

  @Test func inputsFromFiles() throws {
    try workspace.makeFolder("in")
    try workspace.write(NumpyBytes.floats([-1, -2, -3, -4, -5, -6], "(2, 3)"), to: "in/input_0.npy")
    #expect(try compare("a.onnx", "b.onnx", "--inputs", "in").status == 0)
    try workspace.write(NumpyBytes.floats([-1, -2, -3, 4, -5, -6], "(2, 3)"), to: "in/input_0.npy")
    #expect(try compare("a.onnx", "b.onnx", "--inputs", "in").status == 1)
  }

  @Test func otherNumberOfOutputs() throws {
    var model = chain(middle: "Relu")
    model.outputs.append(HostileModel.port("second", [2, 3]))
    try workspace.write(model, to: "two.onnx")
    try workspace.expectRefusal(["compare", "a.onnx", "two.onnx"], status: 1, saying: ["two.onnx", "outputs"])
  }

  @Test(arguments: [["--rtol", "-1"], ["--atol", "nan"], ["--range", "x=a:b"], ["--range", "w=0:1"], ["--seed", "x"]])
  func wrongUsage(_ flags: [String]) throws {
    let before = try workspace.snapshot()
    let outcome = try FerryProcess.run(["compare", "a.onnx", "b.onnx"] + flags, in: workspace)
    #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome.errors)")
    #expect(outcome.errors.lowercased().contains("error"))
    #expect(try workspace.snapshot() == before)
  }
}
