import Foundation
import Testing

/// `--shape`, `--cut-from`, `--cut-to` and `merge`.
@Suite struct ShapeToolTests {
  let workspace: Workspace

  /// `y = Relu(Identity(x + w))`, where `x` is `[N, 3]` and `w` `[3]`.
  init() throws {
    workspace = try Workspace()
    try workspace.write(Self.model(names: ["x", "s", "i", "y"]))
  }

  private static func model(names: [String]) -> HostileModel {
    HostileModel(
      nodes: [
        HostileModel.node("Add", [names[0], "w"], [names[1]], name: "sum"),
        HostileModel.node("Identity", [names[1]], [names[2]], name: "same"),
        HostileModel.node("Relu", [names[2]], [names[3]], name: "positive"),
      ],
      initializers: [HostileModel.tensor("w", [3], rawBytes: 12)], inputs: [port(names[0], "N")], outputs: [port(names[3], "N")])
  }

  /// A port of shape `[symbol, 3]`.
  private static func port(_ name: String, _ symbol: String) -> [UInt8] {
    let shape = WireBytes.message(1, WireBytes.text(2, symbol)) + WireBytes.message(1, WireBytes.number(1, 3))
    return WireBytes.text(1, name) + WireBytes.message(2, WireBytes.message(1, WireBytes.number(1, 1) + WireBytes.message(2, shape)))
  }

  private func types(_ file: String) throws -> (inputs: [String], outputs: [String]) {
    let outcome = try FerryProcess.run(["inspect", file, "--json"], in: workspace)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
    let model = try #require(object["model"] as? [String: Any])
    func ports(_ key: String) -> [String] {
      ((model[key] as? [[String: Any]]) ?? []).map { "\($0["name"] as? String ?? "") \($0["type"] as? String ?? "")" }
    }
    return (ports("inputs"), ports("outputs"))
  }

  private func convert(_ arguments: String...) throws -> Outcome {
    try FerryProcess.run(["convert", "model.onnx", "-o", "out.onnx"] + arguments, in: workspace)
  }

  private func expectUsageError(_ arguments: [String], saying words: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    try workspace.expectRefusal(
      ["convert", "model.onnx", "-o", "out.onnx"] + arguments, status: 2, saying: words, sourceLocation: sourceLocation)
  }

  @Test func axesAreFixedThroughout() throws {
    let outcome = try convert("--shape", "x=5x3")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try types("out.onnx") == (["x f32[5,3]"], ["y f32[5,3]"]))
  }

  /// Axes that the exporter left open without a name are no axes that have to agree.
  @Test func unnamedAxesAreFixedEachOnItsOwn() throws {
    let shape = (0..<2).reduce(into: [UInt8]()) { bytes, _ in bytes += WireBytes.message(1, WireBytes.text(2, "?")) }
    let port = { (name: String) in
      WireBytes.text(1, name) + WireBytes.message(2, WireBytes.message(1, WireBytes.number(1, 1) + WireBytes.message(2, shape)))
    }
    try workspace.write(HostileModel(nodes: [HostileModel.node("Relu", ["x"], ["y"], name: "r")], inputs: [port("x")], outputs: [port("y")]))
    #expect(try convert("--shape", "x=48x192").status == 0)
    #expect(try types("out.onnx") == (["x f32[48,192]"], ["y f32[48,192]"]))
  }

  /// The exporter may have called an output's axis something of its own.
  @Test func outputsOfOtherSymbolsAreFixedToo() throws {
    var model = Self.model(names: ["x", "s", "i", "y"])
    model.outputs = [Self.port("y", "M")]
    try workspace.write(model)
    #expect(try convert("--shape", "x=5x3").status == 0)
    #expect(try types("out.onnx") == (["x f32[5,3]"], ["y f32[5,3]"]))
  }

  @Test func axesAreRenamedThroughout() throws {
    #expect(try convert("--shape", "x=maxx?").status == 2, "an x separates sizes")
    #expect(try convert("--shape", "x=batchx?").status == 0)
    #expect(try types("out.onnx") == (["x f32[batch,3]"], ["y f32[batch,3]"]))
  }

  @Test func shapesThatDoNotFit() throws {
    try expectUsageError(["--shape", "z=1x3"], saying: ["no input \"z\""])
    try expectUsageError(["--shape", "x=1x3x4"], saying: ["3 sizes", "2 axes"])
    try expectUsageError(["--shape", "x=1x4"], saying: ["axis 1 is 3", "4"])
    try expectUsageError(["--shape", "x"], saying: ["is no shape"])
    try expectUsageError(["--shape", "x=1x-3"], saying: ["is no shape"])
    try expectUsageError(["--shape", "x=1x99999999999999999999"], saying: ["is no shape"])
    try expectUsageError(["--shape", "x=2x3", "--shape", "x=4x3"], saying: ["N is asked to be 2 and 4"])
  }

  @Test func modelIsCutAtNamedValues() throws {
    let outcome = try convert("--cut-from", "s", "--cut-to", "i", "--no-optimize")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try types("out.onnx") == (["s f32[N,3]"], ["i f32[N,3]"]))
    #expect(try convert("--cut-to", "s").status == 0)
    #expect(try types("out.onnx") == (["x f32[N,3]"], ["s f32[N,3]"]))
    #expect(try convert("--cut-from", "i", "--shape", "x=2x3").status == 0)
    #expect(try types("out.onnx") == (["i f32[2,3]"], ["y f32[2,3]"]))
  }

  @Test func cutsThatAreNone() throws {
    try expectUsageError(["--cut-from", "nothing"], saying: ["no value \"nothing\""])
    try expectUsageError(["--cut-to", "nothing"], saying: ["no value \"nothing\""])
    try expectUsageError(["--cut-from", "w"], saying: ["constant"])
    try expectUsageError(["--cut-from", "i", "--cut-to", "s"], saying: ["no output depends"])
    try expectUsageError(["--cut-from", "s", "--cut-to", "s"], saying: ["begins"])
    try expectUsageError(["--cut-to", "s", "--cut-to", "s"], saying: ["twice"])
  }

  @Test func modelsAreJoined() throws {
    try workspace.write(Self.model(names: ["y2", "s2", "i2", "z"]), to: "second.onnx")
    let clash = try FerryProcess.run(["merge", "model.onnx", "second.onnx", "-o", "out.onnx", "--map", "y=y2"], in: workspace)
    #expect(clash.status == 0, "both have a constant w, and it is the same: \(clash.errors)")
    #expect(try types("out.onnx") == (["x f32[N,3]"], ["z f32[N,3]"]))
    let outcome = try FerryProcess.run(
      ["merge", "model.onnx", "second.onnx", "-o", "out.onnx", "--map", "y=y2", "--prefix", "b/"], in: workspace)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try types("out.onnx") == (["x f32[N,3]"], ["b/z f32[N,3]"]))
    #expect(outcome.output.contains("equal"), "\(outcome.output)")
  }

  @Test func constantsOfOneNameThatDifferAreAClash() throws {
    var other = Self.model(names: ["y2", "s2", "i2", "z"])
    other.initializers = [HostileModel.tensor("w", [3], rawBytes: 12, filling: 1)]
    try workspace.write(other, to: "second.onnx")
    try workspace.expectRefusal(
      ["merge", "model.onnx", "second.onnx", "-o", "out.onnx", "--map", "y=y2"], status: 2, saying: ["\"w\"", "both models have a value"])
  }

  /// `x` feeds both, by its name in the first.
  @Test func inputOfBothIsOne() throws {
    try workspace.write(Self.model(names: ["x", "s2", "i2", "z"]), to: "second.onnx")
    let outcome = try FerryProcess.run(["merge", "model.onnx", "second.onnx", "-o", "out.onnx", "--map", "x=x"], in: workspace)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try types("out.onnx") == (["x f32[N,3]"], ["y f32[N,3]", "z f32[N,3]"]))
  }

  /// Cut between any two nodes, put together again: the model that it was.
  @Test(arguments: ["s", "i"]) func halvesGiveTheWholeBack(_ place: String) throws {
    try expectWhole("model.onnx", cutAt: [place])
  }

  @Test func halvesOfASampleGiveTheWholeBack() throws {
    let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Samples/digits-transformer.onnx").path
    try FileManager.default.copyItem(atPath: sample, toPath: workspace.path("sample.onnx"))
    try expectWhole("sample.onnx", cutAt: ["/Add_1_output_0", "/MatMul_5_output_0"])
  }

  private func expectWhole(_ model: String, cutAt places: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let plain = ["--no-optimize", "--verify", "none"]
    func flags(_ flag: String, _ text: (String) -> String) -> [String] { places.flatMap { [flag, text($0)] } }
    for arguments in [
      ["convert", model, "-o", "a.onnx"] + flags("--cut-to") { $0 } + plain,
      ["convert", model, "-o", "b.onnx"] + flags("--cut-from") { $0 } + plain,
      ["merge", "a.onnx", "b.onnx", "-o", "whole.onnx"] + flags("--map") { "\($0)=\($0)" },
      ["diff", model, "whole.onnx"], ["compare", model, "whole.onnx"],
    ] {
      let outcome = try FerryProcess.run(arguments, in: workspace)
      #expect(outcome.status == 0, "\(arguments): \(outcome.output) \(outcome.errors)", sourceLocation: sourceLocation)
    }
  }

  @Test func modelsThatCannotBeJoined() throws {
    try workspace.write(Self.model(names: ["y2", "s2", "i2", "z"]), to: "second.onnx")
    let cases: [([String], String)] = [
      (["--map", "nothing=y2"], "no output \"nothing\""), (["--map", "y=nothing"], "no input \"nothing\""), (["--map", "y"], "connects nothing"),
      ([], "nothing is connected"),
    ]
    for (arguments, message) in cases {
      try workspace.expectRefusal(
        ["merge", "model.onnx", "second.onnx", "-o", "out.onnx", "--prefix", "b/"] + arguments, status: 2, saying: [message])
    }
    var other = HostileModel.valid
    other.inputs = [HostileModel.port("x", [2, 4])]
    other.initializers = [HostileModel.tensor("w", [2, 4], rawBytes: 32)]
    other.outputs = [HostileModel.port("y", [2, 4])]
    try workspace.write(other, to: "wide.onnx")
    try workspace.expectRefusal(
      ["merge", "model.onnx", "wide.onnx", "-o", "out.onnx", "--prefix", "b/", "--map", "y=x"], status: 2, saying: ["does not fit", "f32[2,4]"])
  }
}
