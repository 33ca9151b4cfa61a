import Foundation
import Testing

/// `explain`, `diff`, `--only` and `--provenance`.
@Suite struct VisibilityTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.write(HostileModel.valid)
  }

  private func run(_ arguments: String...) throws -> Outcome { try FerryProcess.run(arguments, in: workspace) }

  private func object(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)\(outcome.errors)")
  }

  @Test func explainTellsWhatAppliedAndWhatDidNot() throws {
    var model = HostileModel.valid
    model.nodes[1] = HostileModel.node("Dropout", ["s", "", "train"], ["i"], name: "drop")
    model.inputs.append(
      WireBytes.text(1, "train") + WireBytes.message(2, WireBytes.message(1, WireBytes.number(1, 9) + WireBytes.message(2, []))))
    model.nodes.append(HostileModel.node("Identity", ["y"], ["z"], name: "same"))
    model.outputs.append(HostileModel.port("z", [2, 3]))
    try workspace.write(model)
    let before = try workspace.snapshot()
    let explanation = try object(try run("explain", "model.onnx", "--json"))
    #expect(try workspace.snapshot() == before)
    let refused = try #require(explanation["refused"] as? [[String: Any]])
    let dropout = try #require(refused.first { $0["rule"] as? String == "RemoveDropout" })
    let nodes = try #require(dropout["nodes"] as? [[String: Any]])
    #expect(nodes.first?["node"] as? String == "drop" && dropout["reason"] is String)
    let text = try run("explain", "model.onnx", "--rule", "RemoveDropout")
    #expect(text.status == 0 && text.output.contains("drop (Dropout)") && !text.output.contains("RemoveNoOpCast"), "\(text.output)")
  }

  @Test func explainListsApplications() throws {
    let explanation = try object(try run("explain", "model.onnx", "--json", "--rule", "RemoveIdentity"))
    let applied = try #require(explanation["applied"] as? [[String: Any]])
    #expect(applied.count == 1)
    #expect(applied[0]["rule"] as? String == "RemoveIdentity" && applied[0]["nodes"] as? [String] == ["same"])
    try workspace.expectRefusal(["explain", "model.onnx", "--rule", "NoSuchRule"], status: 2, saying: ["no rule NoSuchRule"])
  }

  @Test func diffOfEqualModels() throws {
    #expect(try run("convert", "model.onnx", "-o", "same.onnx", "--no-optimize").status == 0)
    let outcome = try run("diff", "model.onnx", "same.onnx")
    #expect(outcome.status == 0 && outcome.output == "no difference\n", "\(outcome.output)")
    #expect(try object(try run("diff", "model.onnx", "same.onnx", "--json"))["isDifferent"] as? Bool == false)
  }

  @Test func diffNamesEveryChange() throws {
    var other = HostileModel.valid
    other.nodes[1] = HostileModel.node("LeakyRelu", ["s"], ["i"], name: "same", attributes: [Self.float("alpha", 0.5)])
    other.nodes[2] = HostileModel.node("Add", ["i", "v"], ["y"], name: "positive")
    other.initializers = [HostileModel.tensor("w", [2, 3], rawBytes: 23) + [0x3E], HostileModel.tensor("v", [2, 3], rawBytes: 24)]
    other.initializers[0] = HostileModel.tensor("w", [2, 3], rawBytes: 24).dropLast() + [0x3E]
    other.opset = 16
    try workspace.write(other, to: "other.onnx")
    let outcome = try run("diff", "model.onnx", "other.onnx", "--json")
    #expect(outcome.status == 1)
    let changes = try #require(try object(outcome)["changes"] as? [[String: Any]])
    func change(_ what: String, _ name: String) -> (kind: String?, details: String)? {
      changes.first { $0["what"] as? String == what && $0["name"] as? String == name }.map {
        ($0["kind"] as? String, ($0["details"] as? [String] ?? []).joined(separator: "\n"))
      }
    }
    #expect(change("opset", "ai.onnx")?.details == "17 → 16")
    #expect(change("constant", "v")?.kind == "added")
    #expect(change("constant", "w")?.kind == "changed")
    #expect(change("node", "i")?.details.contains("Identity → LeakyRelu") == true)
    #expect(change("node", "i")?.details.contains("alpha") == true)
    #expect(change("node", "y")?.details.contains("operands: (i) → (i, v)") == true)
    #expect(changes.count == 5, "\(changes)")
    let text = try run("diff", "model.onnx", "other.onnx")
    #expect(text.status == 1 && text.output.contains("+ constant v") && text.output.hasSuffix("1 added, 0 removed, 4 changed\n"), "\(text.output)")
  }

  private static func float(_ name: String, _ value: Float) -> [UInt8] {
    WireBytes.text(1, name) + [0x15] + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } + WireBytes.number(20, 1)
  }

  @Test func onlyTheNamedRuleApplies() throws {
    var model = HostileModel.valid
    model.nodes.insert(HostileModel.node("Relu", ["x"], ["unused"], name: "dead"), at: 0)
    try workspace.write(model)
    let report = try object(try run("optimize", "model.onnx", "out.onnx", "--only", "RemoveIdentity", "--json"))
    #expect((report["rewrites"] as? [[String: Any]])?.compactMap { $0["rule"] as? String } == ["RemoveIdentity"])
    #expect(try run("optimize", "model.onnx", "out2.onnx", "--only", "NoSuchRule").status == 2)
  }

  /// How far results were apart stands beside the rules that round in other places, and beside no other.
  @Test func rulesThatRoundSayByHowMuch() throws {
    let sample = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Samples/digits-cnn.onnx").standardized.path
    let report = try object(try run("optimize", sample, "out.onnx", "--json"))
    let rewrites = try #require(report["rewrites"] as? [[String: Any]])
    func difference(_ rule: String) -> [String: Any]? { rewrites.first { $0["rule"] as? String == rule }?["difference"] as? [String: Any] }
    let fold = try #require(difference("FoldBatchNormIntoConv"))
    let absolute = try #require(fold["absolute"] as? Double)
    #expect(absolute > 0 && absolute < 1e-3 && fold["place"] as? String == "rewrittenParts")
    #expect(rewrites.contains { $0["rule"] as? String == "RemoveDropout" } && difference("RemoveDropout") == nil)
    #expect(try run("optimize", sample, "text.onnx").output.contains("rounds differently, by up to "))
    let unverified = try object(try run("optimize", sample, "none.onnx", "--json", "--verify", "none"))
    #expect((unverified["rewrites"] as? [[String: Any]])?.allSatisfy { $0["difference"] == nil } == true)
  }

  @Test func everyNodeSaysWhereItComesFrom() throws {
    let report = try object(try run("optimize", "model.onnx", "out.onnx", "--json", "--provenance"))
    let provenance = try #require(report["provenance"] as? [[String: Any]])
    #expect(provenance.count == 2)
    #expect(provenance.allSatisfy { !($0["sources"] as? [String] ?? []).isEmpty })
    #expect(try object(try run("optimize", "model.onnx", "out2.onnx", "--json"))["provenance"] == nil)
  }
}
