import Foundation
import Testing

/// The contract that scripts rely on: statuses, streams, names of outputs.
@Suite struct CommandLineTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.write(HostileModel.valid)
  }

  private func run(_ arguments: String...) throws -> Outcome { try FerryProcess.run(arguments, in: workspace) }

  private func object(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)")
  }

  @Test(arguments: [
    ["convert", "model.onnx", "-o", "out.onnx", "--no-such-option"], ["no-such-command"], ["convert", "model.onnx"], ["inspect"],
    ["convert", "model.onnx", "-o", "out.onnx", "--verify", "sometimes"], ["convert", "model.onnx", "-o", "out.onnx", "--to", "nowhere"],
    ["convert", "model.onnx", "-o", "out.onnx", "--disable", "NoSuchRule"], ["inspect", "model.onnx", "--json", "--graph"],
    ["convert", "model.onnx", "-o", "out.onnx", "--stop-after", "-1"], ["targets", "nowhere"], ["unpack", "model.onnx"],
  ])
  func wrongUsage(_ arguments: [String]) throws {
    let before = try workspace.snapshot()
    let outcome = try FerryProcess.run(arguments, in: workspace)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.output.isEmpty || arguments.contains("--json"))
    #expect(outcome.errors.lowercased().contains("error"))
    #expect(try workspace.snapshot() == before)
  }

  @Test(arguments: ["out.tflite", "out.xml", "out.mlpackage", "out", "out.bin"]) func nameThatContradictsTheTarget(_ output: String) throws {
    // Without a target, the name chooses between the formats that there are.
    let isKnown = output.hasSuffix(".tflite") || output.hasSuffix(".xml")
    for target in [["--to", "onnx"]] + (isKnown ? [] : [[]]) {
      try workspace.expectRefusal(["convert", "model.onnx", "-o", output] + target, status: 2, saying: ["out"])
    }
  }

  @Test func helpAndVersion() throws {
    for arguments in [["--help"], ["convert", "--help"], ["inspect", "-h"], ["--version"]] {
      let outcome = try FerryProcess.run(arguments, in: workspace)
      #expect(outcome.status == 0 && !outcome.output.isEmpty && outcome.errors.isEmpty, "\(arguments)")
    }
  }

  @Test func jsonIsOneObjectOnSuccess() throws {
    for arguments in [
      ["inspect", "model.onnx", "--json"], ["convert", "model.onnx", "-o", "out.onnx", "--json"], ["optimize", "model.onnx", "o.onnx", "--json"],
      ["convert", "model.onnx", "-o", "out.zip", "--json"], ["inspect", "out.zip", "--json"],
    ] {
      let outcome = try FerryProcess.run(arguments, in: workspace)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
      #expect(try object(outcome)["schema"] as? Int == 1, "\(arguments)")
    }
  }

  @Test func jsonIsOneObjectOnFailure() throws {
    try workspace.write([1, 2, 3], to: "broken.onnx")
    let failures: [([String], Int32)] = [
      (["inspect", "broken.onnx", "--json"], 3), (["convert", "broken.onnx", "-o", "out.onnx", "--json"], 3),
      (["convert", "missing.onnx", "-o", "out.onnx", "--json"], 5), (["convert", "model.onnx", "-o", "model.onnx", "--json"], 5),
      (["convert", "model.onnx", "-o", "out.onnx", "--no-such-option", "--json"], 2), (["convert", "--json"], 2),
    ]
    for (arguments, status) in failures {
      let outcome = try FerryProcess.run(arguments, in: workspace)
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      let error = try #require(try object(outcome)["error"] as? [String: Any], "\(arguments)")
      #expect(error["code"] is String && error["message"] is String && error["place"] is [String: Any] && error["notes"] is [Any], "\(arguments)")
    }
  }

  @Test func reportHoldsWhatJsonPrints() throws {
    let outcome = try run("convert", "model.onnx", "-o", "out.onnx", "--json", "--report", "report.json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(try workspace.read("report.json"))) as? NSDictionary
    #expect(report == (try object(outcome) as NSDictionary))
  }

  @Test func optimizingRemovesNodesAndVerifies() throws {
    let outcome = try run("optimize", "model.onnx", "out.onnx", "--json")
    let report = try object(outcome)
    #expect((report["after"] as? [String: Any])?["nodes"] as? Int == 2)
    #expect((report["verification"] as? [String: Any])?["outcome"] as? String == "equal")
    let unchanged = try object(try run("convert", "model.onnx", "-o", "same.onnx", "--no-optimize", "--json"))
    #expect((unchanged["after"] as? [String: Any])?["nodes"] as? Int == 3)
  }

  @Test(arguments: ["out.onnx", "out.zip"]) func twoRunsGiveTheSameBytes(_ output: String) throws {
    #expect(try run("convert", "model.onnx", "-o", output).status == 0)
    let first = try workspace.read(output)
    sleep(2)
    #expect(try run("convert", "model.onnx", "-o", output).status == 0)
    #expect(try workspace.read(output) == first)
  }

  @Test func dryRunWritesNothing() throws {
    let before = try workspace.snapshot()
    for mode in ["none", "sampled", "full"] {
      #expect(try run("convert", "model.onnx", "-o", "out.onnx", "--dry-run", "--verify", mode).status == 0, "\(mode)")
    }
    #expect(try workspace.snapshot() == before)
  }

  @Test func modelIsRecognizedByContent() throws {
    try workspace.write(HostileModel.valid.bytes, to: "model.pdf")
    #expect(try run("inspect", "model.pdf").status == 0)
  }

  @Test func operatorThatIsNotKnownIsCarried() throws {
    var model = HostileModel.valid
    model.nodes[2] = HostileModel.node("Frobnicate", ["i"], ["y"], name: "mystery") + WireBytes.text(7, "com.example")
    try workspace.write(model, to: "foreign.onnx")
    let outcome = try run("optimize", "foreign.onnx", "out.onnx", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try run("optimize", "foreign.onnx", "full.onnx", "--verify", "full").status == 1)
    #expect(!workspace.exists("full.onnx"), "what could not be verified is not left under its name")
  }

  /// How many elements are not zero is not known before the model runs.
  @Test func figuresOfSizesThatAreNotKnownAreLowerBounds() throws {
    let nodes = [HostileModel.node("NonZero", ["x"], ["places"]), HostileModel.node("Shape", ["places"], ["y"])]
    let model = HostileModel(nodes: nodes, inputs: [HostileModel.port("x", [4])], outputs: [HostileModel.port("y", [2], element: 7)])
    try workspace.write(model)
    let text = try FerryProcess.run(["inspect", "model.onnx"], in: workspace).output
    #expect(text.contains("at least ") && text.contains("the size of 1 value is not known"), "\(text)")
    try workspace.write(HostileModel.valid)
    #expect(try !FerryProcess.run(["inspect", "model.onnx"], in: workspace).output.contains("at least "))
  }
}
