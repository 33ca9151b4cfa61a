import Foundation
import Testing

/// `--opset`: what is written, and what is refused.
@Suite struct RetargetingTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func convert(_ opset: String, _ others: String...) throws -> Outcome {
    try FerryProcess.run(["convert", "model.onnx", "-o", "out.onnx", "--opset", opset] + others, in: workspace)
  }

  private func report(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)\(outcome.errors)")
  }

  private func opset() throws -> Int? {
    let inspection = try report(try FerryProcess.run(["inspect", "out.onnx", "--json"], in: workspace))
    let model = try #require(inspection["model"] as? [String: Any])
    return (model["opsets"] as? [[String: Any]])?.first?["version"] as? Int
  }

  @Test(arguments: ["7", "12", "17", "21", "28"]) func everyVersionIsWrittenAndVerified(_ version: String) throws {
    try workspace.write(HostileModel.valid)
    for flags in [[], ["--no-optimize"]] {
      let outcome = try FerryProcess.run(["convert", "model.onnx", "-o", "out.onnx", "--opset", version, "--json"] + flags, in: workspace)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect((try report(outcome)["verification"] as? [String: Any])?["outcome"] as? String == "equal")
      #expect(try opset() == Int(version))
    }
  }

  @Test func newerOperatorIsTakenApart() throws {
    let model = HostileModel(nodes: [HostileModel.node("HardSwish", ["x"], ["y"], name: "swish")])
    try workspace.write(model)
    let outcome = try convert("9", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect((try report(outcome)["verification"] as? [String: Any])?["outcome"] as? String == "equal")
  }

  @Test func whatCannotBeExpressedIsListed() throws {
    var model = HostileModel(nodes: [HostileModel.node("StringConcat", ["x", "x"], ["y"], name: "only")])
    (model.inputs, model.outputs, model.opset) = ([HostileModel.port("x", [2], element: 8)], [HostileModel.port("y", [2], element: 8)], 26)
    try workspace.write(model)
    try workspace.expectRefusal(
      ["convert", "model.onnx", "-o", "out.onnx", "--opset", "10"], status: 4, saying: ["node \"only\" (StringConcat)", "opset 10", "opset 20"])
    model.nodes = [
      HostileModel.node("StringConcat", ["x", "x"], ["a"], name: "first"), HostileModel.node("StringConcat", ["a", "x"], ["b"], name: "second"),
      HostileModel.node("RegexFullMatch", ["b"], ["y"], name: "third"),
    ]
    model.outputs = [HostileModel.port("y", [2], element: 9)]
    try workspace.write(model)
    let outcome = try convert("10")
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("3 nodes cannot be expressed in opset 10"), "\(outcome.errors)")
    let notes = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("  note: ") }
    #expect(notes.count == 2, "one line for all nodes of which the same is true")
    #expect(notes.first?.contains("RegexFullMatch") == true, "sorted by operator")
    #expect(notes.last?.contains("StringConcat ×2") == true && notes.last?.hasSuffix("\"first\", \"second\"") == true, "\(notes)")
    #expect(!workspace.exists("out.onnx"))
  }

  @Test(arguments: ["6", "29", "0", "-3"]) func versionThatDoesNotExist(_ version: String) throws {
    try workspace.write(HostileModel.valid)
    let outcome = try FerryProcess.run(["convert", "model.onnx", "-o", "out.onnx", "--opset=\(version)"], in: workspace)
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(!workspace.exists("out.onnx"))
  }
}
