import Foundation
import Testing

/// `ferry run` on files, good ones and others.
@Suite struct RunCommandTests {
  let workspace: Workspace
  /// `y = Relu(x + w)` of [2, 3], every element of `w` being about 0.75.
  private let weight = Float(bitPattern: 0x3F3F_3F3F)

  init() throws {
    workspace = try Workspace()
    try workspace.write(HostileModel.valid)
    try workspace.makeFolder("in")
  }

  private func run(_ arguments: String...) throws -> Outcome { try FerryProcess.run(["run"] + arguments, in: workspace) }

  private func expectRefusal(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    try workspace.expectRefusal(
      ["run", "model.onnx", "--inputs", "in", "--outputs", "out"], status: 3, saying: words, sourceLocation: sourceLocation)
  }

  private func expectOutputs(_ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let outcome = try run("model.onnx", "--inputs", "in", "--outputs", "out", "--format", "npy")
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    let bytes = try workspace.read("out/output_0.npy")
    #expect(NumpyBytes.values(bytes, count: 6) == expected, sourceLocation: sourceLocation)
    #expect((bytes.count - 24) % 64 == 0, sourceLocation: sourceLocation)
    #expect(String(decoding: bytes, as: UTF8.self).contains("'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)"))
  }

  private let given: [Float] = [-1, 0, 1, 2, -3, 4]
  private var expected: [Float] { given.map { max(0, $0 + weight) } }

  @Test(arguments: ["in/input_0.npy", "in/x.npy"]) func readsAndWritesArrays(_ name: String) throws {
    try workspace.write(NumpyBytes.floats(given, "(2, 3)"), to: name)
    try expectOutputs(expected)
  }

  /// The figure of `inspect` is the one of the run, of the model as it is.
  @Test func memoryIsWhatInspectSays() throws {
    for model in ["model.onnx", URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Samples/digits-cnn.onnx").path] {
      let inspected = try FerryProcess.run(["inspect", model, "--json"], in: workspace)
      let planned = try #require((object(inspected)["model"] as? [String: Any])?["peakActivationBytes"] as? Int)
      let measured = try #require(try object(run(model, "--json", "--no-optimize"))["peakActivationBytes"] as? Int)
      #expect(measured > 0 && measured <= planned, "\(model): \(measured) of \(planned)")
    }
  }

  private func object(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
  }

  @Test func readsMessages() throws {
    let content = given.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    let message = WireBytes.number(1, 2) + WireBytes.number(1, 3) + WireBytes.number(2, 1) + WireBytes.message(9, content)
    try workspace.write(message, to: "in/input_0.pb")
    try expectOutputs(expected)
    #expect(try run("model.onnx", "--inputs", "in", "--outputs", "out").status == 0)
    let written = try workspace.read("out/output_0.pb")
    #expect(NumpyBytes.values(written, count: 6) == expected)
  }

  @Test func readsFortranOrderAndBigEndian() throws {
    let columns: [Float] = [-1, 2, 0, -3, 1, 4]
    try workspace.write(NumpyBytes.floats(columns, "(2, 3)", fortran: true), to: "in/input_0.npy")
    try expectOutputs(expected)
    try workspace.write(NumpyBytes.floats(given, "(2, 3)", bigEndian: true), to: "in/input_0.npy")
    try expectOutputs(expected)
  }

  @Test func neverUnpicklesObjects() throws {
    try workspace.write(NumpyBytes.file(NumpyBytes.header("'|O'", "(2, 3)"), Array("cos\nsystem\n".utf8)), to: "in/input_0.npy")
    try workspace.expectRefusal(
      ["run", "model.onnx", "--inputs", "in", "--outputs", "out"], status: 4, saying: ["in/input_0.npy: error: ", "objects"])
  }

  @Test(arguments: [
    ("(2, 3", "malformed"), ("(2, 4611686018427387904)", "too large"), ("(2, -3)", "size is expected"), ("(2, 4)", "32"), ("(1, 3)", "12"),
    ("__import__('os')", "expected"), ("(" + String(repeating: "1,", count: 500) + ")", "size is expected"),
  ])
  func malformedArrays(_ shape: String, _ word: String) throws {
    try workspace.write(NumpyBytes.floats(given, shape), to: "in/input_0.npy")
    try expectRefusal("in/input_0.npy: error: ", word)
  }

  @Test func truncatedAndForeignFiles() throws {
    let whole = NumpyBytes.floats(given, "(2, 3)")
    for length in [0, 5, 9, 11, 40, whole.count - 1] {
      try workspace.write(Array(whole.prefix(length)), to: "in/input_0.npy")
      try expectRefusal("in/input_0.npy: error: ")
    }
    try workspace.write([0x80, 0x04, 0x95], to: "in/input_0.npy")
    try expectRefusal("no .npy file")
  }

  @Test func recordsAndNewerVersions() throws {
    let refusal = ["run", "model.onnx", "--inputs", "in"]
    try workspace.write(NumpyBytes.file(NumpyBytes.header("[('a', '<f4')]", "(6,)"), []), to: "in/input_0.npy")
    try workspace.expectRefusal(refusal, status: 4, saying: ["records"])
    try workspace.write(NumpyBytes.file(NumpyBytes.header("'<M8'", "(6,)"), []), to: "in/input_0.npy")
    try workspace.expectRefusal(refusal, status: 4, saying: ["<M8"])
    try workspace.write(NumpyBytes.file(NumpyBytes.header("'<f4'", "(6,)"), [], version: 9), to: "in/input_0.npy")
    try workspace.expectRefusal(refusal, status: 4, saying: ["version 9"])
  }

  @Test func wrongNumberOfInputs() throws {
    try expectRefusal("in: error: ", "no file for input \"x\"")
    try workspace.write(NumpyBytes.floats(given, "(2, 3)"), to: "in/input_0.npy")
    try workspace.write(NumpyBytes.floats(given, "(2, 3)"), to: "in/input_1.npy")
    try expectRefusal("in: error: ", "input_1.npy")
    try workspace.write(NumpyBytes.floats(given, "(2, 3)"), to: "in/x.npy")
    try expectRefusal("\"x\"", "given twice")
  }

  /// A file stands for the input of its number, also where another input has that name.
  @Test func numberedFilesAreNotTakenForNames() throws {
    try workspace.write(
      HostileModel(
        nodes: [HostileModel.node("Sub", ["input_1", "input_0"], ["y"])],
        inputs: [HostileModel.port("input_1", [6]), HostileModel.port("input_0", [6])], outputs: [HostileModel.port("y", [6])]))
    try workspace.write(NumpyBytes.floats(given, "(6,)"), to: "in/input_0.npy")
    try workspace.write(NumpyBytes.floats([1, 2, 3, 4, 5, 6], "(6,)"), to: "in/input_1.npy")
    let outcome = try run("model.onnx", "--inputs", "in", "--outputs", "out", "--format", "npy")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(NumpyBytes.values(try workspace.read("out/output_0.npy"), count: 6) == [-2, -2, -2, -2, -8, -2])
  }

  /// What oneDNN does not take is computed all the same, and named.
  @Test func nodesThatOneDNNRefusesAreNamed() throws {
    try workspace.write(
      HostileModel(
        nodes: [HostileModel.node("Conv", ["x", "w"], ["y"], name: "free weights")],
        inputs: [HostileModel.port("x", [1, 1, 4, 4]), HostileModel.port("w", [1, 1, 3, 3])], outputs: [HostileModel.port("y", [1, 1, 2, 2])]))
    let kernels = try #require(try object(run("model.onnx", "--repeat", "2", "--json"))["kernels"] as? [String: Any])
    let refused = try #require(kernels["refused"] as? [[String: String]])
    #expect(refused == [["node": "free weights", "operator": "Conv", "reason": "the weights are not constant"]])
    #expect(kernels["plain"] as? Int == 1 && kernels["oneDNN"] as? Int == 0)
  }

  @Test func wrongShapeAndType() throws {
    try workspace.write(NumpyBytes.floats(given, "(3, 2)"), to: "in/input_0.npy")
    try expectRefusal("model.onnx: error: ", "\"x\"", "f32[3,2] is given, f32[2,3] is expected")
    let doubles = NumpyBytes.file(NumpyBytes.header("'<f8'", "(2, 3)"), [UInt8](repeating: 0, count: 48))
    try workspace.write(doubles, to: "in/input_0.npy")
    try expectRefusal("\"x\"", "f64[2,3] is given, f32[2,3] is expected")
  }

  @Test func malformedMessages() throws {
    try workspace.write([0xFF, 0xFF, 0xFF], to: "in/input_0.pb")
    try expectRefusal("in/input_0.pb: error: ")
    try workspace.write(WireBytes.number(1, 1 << 40) + WireBytes.number(2, 1) + WireBytes.message(9, [1, 2, 3, 4]), to: "in/input_0.pb")
    try expectRefusal("in/input_0.pb: error: ", "1099511627776")
  }

  @Test func inputsAreMadeUpAndTimed() throws {
    let outcome = try run("model.onnx", "--repeat", "3", "--range", "x=2:2", "--outputs", "out", "--format", "npy", "--json")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
    let latency = try #require(report["latency"] as? [String: Any])
    #expect(latency["runs"] as? Int == 3)
    let median = try #require(latency["medianSeconds"] as? Double)
    let perSecond = try #require(latency["runsPerSecond"] as? Double)
    #expect(abs(perSecond * median - 1) < 1e-6)
    let text = try run("model.onnx", "--repeat", "3", "--range", "x=2:2").output
    #expect(text.contains(" ms median of 3 (") && text.contains(" a second"), "\(text)")
    #expect(NumpyBytes.values(try workspace.read("out/output_0.npy"), count: 6) == [Float](repeating: 2 + weight, count: 6))
  }

  @Test(arguments: [["--repeat", "0"], ["--max-iterations", "-1"], ["--range", "x=1"], ["--range", "x=2:1"], ["--range", "z=1:2"], ["--format", "txt"]])
  func wrongUsage(_ flags: [String]) throws {
    let before = try workspace.snapshot()
    let outcome = try FerryProcess.run(["run", "model.onnx"] + flags, in: workspace)
    #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome.errors)")
    #expect(outcome.errors.lowercased().contains("error"))
    #expect(try workspace.snapshot() == before)
  }
}
