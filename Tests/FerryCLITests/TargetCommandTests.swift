import Foundation
import Testing

/// `check`, `targets`, `--self-test` and `--standard`.
@Suite struct TargetCommandTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.write(HostileModel.valid)
  }

  private func run(_ arguments: String...) throws -> Outcome { try FerryProcess.run(arguments, in: workspace) }

  private func object(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)\(outcome.errors)")
  }

  @Test(arguments: ["openvino", "litert", "onnx"]) func checkOfWhatIsSupported(_ target: String) throws {
    let before = try workspace.snapshot()
    let outcome = try run("check", "model.onnx", "--to", target, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try object(outcome)["supported"] as? Bool == true)
    #expect(try workspace.snapshot() == before)
  }

  @Test func checkNamesWhatIsNot() throws {
    try workspace.write(HostileModel(nodes: [HostileModel.node("Nonsense", ["x"], ["y"], name: "odd")]))
    let outcome = try run("check", "model.onnx", "--to", "openvino", "--json")
    #expect(outcome.status == 4, "\(outcome.errors)")
    let coverage = try #require(try object(outcome)["coverage"] as? [String: Any])
    let finding = try #require((coverage["unsupported"] as? [[String: Any]])?.first)
    #expect(finding["operator"] as? String == "Nonsense" && finding["nodes"] as? [String] == ["odd"] && finding["count"] as? Int == 1)
    let text = try run("check", "model.onnx", "--to", "openvino")
    #expect(text.status == 4 && (text.output + text.errors).contains("Nonsense"))
    #expect(try run("check", "model.onnx", "--to", "nowhere").status == 2)
  }

  @Test func checkSaysWhatIsWrongWithAnOperatorThatIsKnown() throws {
    let attribute = WireBytes.text(1, "axis") + WireBytes.number(3, 0) + WireBytes.number(20, 2)
    try workspace.write(HostileModel(nodes: [HostileModel.node("Relu", ["x"], ["y"], name: "odd") + WireBytes.message(5, attribute)]))
    let outcome = try run("check", "model.onnx", "--to", "litert")
    #expect(outcome.status == 4 && (outcome.output + outcome.errors).contains("attribute \"axis\": there is no such attribute"), "\(outcome)")
  }

  @Test func targetsAreListed() throws {
    let listed = try #require(try object(try run("targets", "--json"))["targets"] as? [[String: Any]])
    let names = listed.compactMap { $0["name"] as? String }
    #expect(names.contains("onnx") && names.contains("openvino") && names.contains("litert"))
    let one = try run("targets", "litert")
    #expect(one.status == 0 && one.output.contains("tflite"), "\(one.output)")
  }

  @Test func aSelfTestLiesInTheFolder() throws {
    #expect(try run("convert", "model.onnx", "-o", "out/", "--self-test").status == 0)
    for name in ["input_0", "output_0"] { #expect(workspace.exists("out/self-test/\(name).npy")) }
    #expect(try workspace.read("out/self-test/output_0.npy").prefix(6) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59])
    let bare = try run("convert", "model.onnx", "-o", "bare.onnx", "--self-test")
    #expect(bare.status == 2 && !workspace.exists("bare.onnx"), "\(bare.errors)")
  }

  /// A model with a second operator set.
  private func writeContrib(_ name: String) throws {
    var model = HostileModel()
    model.nodes = [HostileModel.node(name, ["x"], ["y"], name: "act") + WireBytes.text(7, "com.microsoft")]
    try workspace.write(model.bytes + WireBytes.message(8, WireBytes.text(1, "com.microsoft") + WireBytes.number(2, 1)), to: "model.onnx")
  }

  @Test func operatorsOfAVendorBecomeStandardOnes() throws {
    try writeContrib("QuickGelu")
    let outcome = try run("convert", "model.onnx", "-o", "out.onnx", "--standard", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect((try object(outcome)["verification"] as? [String: Any])?["outcome"] as? String == "equal")
    let model = try #require(try object(try run("inspect", "out.onnx", "--json"))["model"] as? [String: Any])
    let sets = try #require(model["opsets"] as? [[String: Any]])
    #expect(sets.count == 1 && sets[0]["version"] as? Int == 17, "\(sets)")
    #expect(try run("optimize", "model.onnx", "kept.onnx").status == 0)
    let kept = try #require(try object(try run("inspect", "kept.onnx", "--json"))["model"] as? [String: Any])
    #expect((kept["opsets"] as? [[String: Any]])?.count == 2, "only where asked for")
  }

  private func verification(_ nodes: [[UInt8]]) throws -> (outcome: String?, notes: String) {
    try workspace.write(HostileModel(nodes: nodes))
    let outcome = try run("convert", "model.onnx", "--to", "openvino", "-o", "out.xml", "--force", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let found = try object(outcome)["verification"] as? [String: Any]
    return (found?["outcome"] as? String, (found?["notes"] as? [String] ?? []).joined(separator: "; "))
  }

  @Test func whatIsDrawnIsComparedOnTheSameDraws() throws {
    let found = try verification([HostileModel.node("RandomNormalLike", ["x"], ["y"], name: "noise")])
    #expect(found.outcome == "equal" && found.notes.contains("1 node draws at random"), "\(found)")
  }

  /// Two nodes of one name draw under two in the result.
  @Test func drawsThatCannotBePairedAreNotCalledEqual() throws {
    let found = try verification([
      HostileModel.node("RandomNormalLike", ["x"], ["a"], name: "noise"), HostileModel.node("RandomNormalLike", ["x"], ["b"], name: "noise"),
      HostileModel.node("Sub", ["a", "b"], ["y"], name: "difference"),
    ])
    #expect(found.outcome == "notRun" && found.notes.contains("not compared: y"), "\(found)")
  }

  @Test func whatHasNoStandardFormIsWarnedOf() throws {
    try writeContrib("Nonsense")
    let outcome = try run("convert", "model.onnx", "-o", "out.onnx", "--standard")
    #expect(outcome.status == 0 && outcome.errors.contains("Nonsense ×1"), "\(outcome.errors)")
  }

  @Test(arguments: ["openvino", "litert"]) func otherTargetsTakeOperatorsOfAVendorApart(_ target: String) throws {
    try writeContrib("QuickGelu")
    let outcome = try run("check", "model.onnx", "--to", target, "--json")
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    let replaced = (try object(outcome)["coverage"] as? [String: Any])?["replaced"] as? [[String: Any]]
    #expect(replaced?.contains { $0["operator"] as? String == "QuickGelu" && $0["replacedBy"] as? String == "DecomposeGelus" } == true)
  }
}
