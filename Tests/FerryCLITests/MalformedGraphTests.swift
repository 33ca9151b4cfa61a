import Testing

/// Well-formed protobuf that is no well-formed graph.
@Suite struct MalformedGraphTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func expectInvalid(_ model: HostileModel, saying words: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    try workspace.write(model)
    for arguments in [["convert", "model.onnx", "-o", "out.onnx"], ["optimize", "model.onnx", "out.onnx"], ["inspect", "model.onnx"]] {
      try workspace.expectRefusal(arguments, status: 3, saying: ["model.onnx: error: "] + words, sourceLocation: sourceLocation)
    }
  }

  @Test func negativeDimension() throws {
    try expectInvalid(.adding(HostileModel.tensor("w", [2, -3], rawBytes: 24)), saying: ["\"w\"", "-3"])
  }

  @Test func dimensionBeyondTheFile() throws {
    try expectInvalid(.adding(HostileModel.tensor("w", [2, 1 << 40], rawBytes: 24)), saying: ["\"w\"", "1099511627776"])
  }

  @Test func greatestDimension() throws {
    try expectInvalid(.adding(HostileModel.tensor("w", [.max], rawBytes: 24)), saying: ["\"w\""])
    try expectInvalid(.adding(HostileModel.tensor("w", [.min], rawBytes: 24)), saying: ["\"w\""])
  }

  @Test func productThatOverflows() throws {
    try expectInvalid(.adding(HostileModel.tensor("w", [1 << 32, 1 << 32], rawBytes: 24)), saying: ["\"w\"", "too large"])
    try expectInvalid(.adding(HostileModel.tensor("w", [1 << 31, 1 << 31, 4, 0], rawBytes: 24)), saying: ["\"w\""])
  }

  @Test func tooFewAndTooManyBytes() throws {
    try expectInvalid(.adding(HostileModel.tensor("w", [2, 3], rawBytes: 20)), saying: ["\"w\"", "20"])
    try expectInvalid(.adding(HostileModel.tensor("w", [2, 3], rawBytes: 28)), saying: ["\"w\"", "28"])
  }

  @Test func hugeConstantFromFewBytes() throws {
    let tensor = WireBytes.number(1, 1) + WireBytes.number(2, 1) + WireBytes.message(9, [0, 0, 0, 0])
    let fill = HostileModel.node(
      "ConstantOfShape", ["w"], ["big"], name: "fill",
      attributes: [WireBytes.text(1, "value") + WireBytes.message(5, tensor) + WireBytes.number(20, 4)])
    var shape = WireBytes.number(1, 3) + WireBytes.number(2, 7) + WireBytes.text(8, "w")
    shape += WireBytes.message(9, (0..<3).flatMap { _ in [0, 0, 1, 0, 0, 0, 0, 0] as [UInt8] })
    let model = HostileModel(
      nodes: [fill, HostileModel.node("ReduceMax", ["big"], ["m"]), HostileModel.node("Add", ["x", "m"], ["y"])], initializers: [shape])
    try workspace.write(model)
    let child = try Child(
      ["prlimit", "--data=268435456", FerryProcess.executable, "optimize", "model.onnx", "out.onnx"], in: workspace)
    let outcome = try child.outcome(within: .seconds(60))
    #expect(outcome.status == 0 && !outcome.timedOut, "\(outcome.errors)")
  }

  @Test func duplicateNames() throws {
    var initializers = HostileModel.valid
    initializers.initializers += initializers.initializers
    try expectInvalid(initializers, saying: ["\"w\"", "two"])
    var results = HostileModel.valid
    results.nodes.append(HostileModel.node("Relu", ["x"], ["s"], name: "again"))
    try expectInvalid(results, saying: ["\"s\""])
    var inputs = HostileModel.valid
    inputs.inputs.append(HostileModel.port("x", [2, 3]))
    try expectInvalid(inputs, saying: ["\"x\""])
  }

  @Test func cycle() throws {
    let model = HostileModel(nodes: [
      HostileModel.node("Add", ["x", "b"], ["a"], name: "first"), HostileModel.node("Relu", ["a"], ["b"], name: "second"),
      HostileModel.node("Relu", ["b"], ["y"], name: "third"),
    ])
    try expectInvalid(model, saying: ["node \"", "depends on"])
    let ownResult = HostileModel(nodes: [HostileModel.node("Add", ["x", "y"], ["y"], name: "self")])
    try expectInvalid(ownResult, saying: ["\"self\""])
  }

  @Test func missingInitializer() throws {
    var model = HostileModel.valid
    model.initializers = []
    try expectInvalid(model, saying: ["node \"sum\" (Add)", "\"w\""])
  }

  @Test func outputThatNothingComputes() throws {
    var model = HostileModel.valid
    model.outputs.append(HostileModel.port("nothing", [1]))
    try expectInvalid(model, saying: ["\"nothing\""])
  }

  @Test func tooManyAndTooFewOperands() throws {
    var model = HostileModel.valid
    model.nodes[2] = HostileModel.node("Relu", ["i", "x"], ["y"], name: "positive")
    try expectInvalid(model, saying: ["node \"positive\" (Relu)"])
    model.nodes[2] = HostileModel.node("Add", ["i"], ["y"], name: "positive")
    try expectInvalid(model, saying: ["node \"positive\" (Add)"])
  }

  @Test func operatorSetThatDoesNotExist() throws {
    var model = HostileModel.valid
    model.opset = -1
    try expectInvalid(model, saying: ["-1"])
    model.opset = 0
    try expectInvalid(model, saying: ["0"])
  }

  /// The operator is then not the one that Ferry knows: it is carried as it is, and said to be.
  @Test func attributeOfTheWrongKind() throws {
    var model = HostileModel.valid
    let axis = WireBytes.text(1, "axis") + WireBytes.text(4, "first") + WireBytes.number(20, 3)
    model.nodes[2] = HostileModel.node("Softmax", ["i"], ["y"], name: "soft", attributes: [axis])
    try workspace.write(model)
    let outcome = try FerryProcess.run(["optimize", "model.onnx", "out.onnx"], in: workspace)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for word in ["node \"soft\" (Softmax)", "attribute \"axis\""] { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
    #expect(try contains(workspace.read("out.onnx"), axis))
  }

  private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: part) }
  }

  @Test func nameOfSeveralLines() throws {
    var model = HostileModel.valid
    model.nodes[0] = HostileModel.node("Add", ["x", "w\nerror: \u{1B}[31m\u{2028}"], ["s"], name: "two\r\nlines")
    try expectInvalid(model, saying: ["two\\r\\nlines", "w\\nerror: \\u{1b}[31m\\u{2028}"])
  }

  @Test func nameThatIsNoText() throws {
    var model = HostileModel.valid
    model.nodes[1] = WireBytes.text(1, "s") + WireBytes.message(2, [0x69, 0xFF]) + WireBytes.text(4, "Identity")
    try expectInvalid(model, saying: ["UTF-8"])
    model.nodes[1] = WireBytes.text(1, "s") + WireBytes.message(2, [0x69, 0]) + WireBytes.text(4, "Identity")
    try expectInvalid(model, saying: [])
  }
}
