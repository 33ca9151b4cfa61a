import Foundation
import Testing

/// Files that are no models, or are damaged ones.
@Suite struct MalformedFileTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func expectUnreadable(_ bytes: [UInt8], saying words: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) throws {
    try workspace.write(bytes, to: "model.onnx")
    for arguments in [["convert", "model.onnx", "-o", "out.onnx"], ["convert", "model.onnx", "-o", "out.zip"], ["inspect", "model.onnx"]] {
      try workspace.expectRefusal(arguments, status: 3, saying: ["model.onnx: error: "] + words, sourceLocation: sourceLocation)
    }
  }

  @Test func emptyFile() throws { try expectUnreadable([]) }

  @Test func randomBytes() throws {
    for seed in UInt64(1)...5 {
      var random = SplitMix(seed)
      try expectUnreadable((0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
  }

  @Test func otherFormats() throws {
    try expectUnreadable(Array("{\"format\": \"graph-model\", \"modelTopology\": {}}".utf8), saying: ["not a model"])
    try expectUnreadable(Array("Dear reader,\n\nthis is a letter.\n".utf8), saying: ["not a model"])
    try expectUnreadable(Array("\u{89}PNG\r\n".utf8) + [UInt8](repeating: 7, count: 100), saying: ["not a model"])
  }

  @Test func zipThatIsNoBundle() throws {
    try workspace.write(Array("hello".utf8), to: "a.txt")
    let zipped = try Child(["python3", "-m", "zipfile", "-c", "model.onnx", "a.txt"], in: workspace).outcome(within: .seconds(60))
    #expect(zipped.status == 0)
    try workspace.expectRefusal(["convert", "model.onnx", "-o", "out.onnx"], status: 3, saying: ["model.onnx: error: ", "not a bundle"])
  }

  @Test func truncatedAnywhere() throws {
    let whole = HostileModel.valid.bytes
    for count in stride(from: 1, to: whole.count, by: 7) { try expectUnreadable(Array(whole[..<count])) }
  }

  @Test func lengthPastTheEnd() throws {
    let opset = WireBytes.message(8, WireBytes.number(2, 17))
    let huge = WireBytes.number(1, 8) + opset + WireBytes.varint(7 << 3 | 2) + WireBytes.varint(UInt64.max) + WireBytes.text(2, "main")
    try expectUnreadable(huge)
    let inside = WireBytes.text(2, "main") + WireBytes.varint(5 << 3 | 2) + WireBytes.varint(1 << 40)
    try expectUnreadable(WireBytes.number(1, 8) + opset + WireBytes.message(7, inside), saying: ["byte "])
  }

  @Test func nestingOfGraphs() throws {
    let attribute = WireBytes.text(1, "then_branch") + WireBytes.number(20, 5)
    let node = WireBytes.text(2, "y") + WireBytes.text(4, "If")
    let graphs = WireBytes.nested([1, 5, 6], count: 100_000, before: [1: node, 5: attribute])
    try expectUnreadable(
      WireBytes.number(1, 8) + WireBytes.message(8, WireBytes.number(2, 17)) + WireBytes.message(7, WireBytes.text(2, "main") + graphs),
      saying: ["nested"])
  }

  @Test func nestingOfTypes() throws {
    var model = HostileModel.valid
    model.inputs.append(WireBytes.text(1, "deep") + WireBytes.message(2, WireBytes.nested([4, 1], count: 100_000)))
    try expectUnreadable(model.bytes, saying: ["nested"])
  }

  @Test func missingFileAndFolder() throws {
    try workspace.makeFolder("folder.onnx")
    try workspace.expectRefusal(["inspect", "nowhere.onnx"], status: 5, saying: ["nowhere.onnx: error: "])
    try workspace.expectRefusal(["convert", "nowhere.onnx", "-o", "out.onnx"], status: 5, saying: ["nowhere.onnx: error: "])
    try workspace.expectRefusal(["convert", "folder.onnx", "-o", "out.onnx"], status: 5, saying: ["folder.onnx: error: "])
    try workspace.expectRefusal(["convert", "/dev/zero", "-o", "out.onnx"], status: 5, saying: ["/dev/zero: error: "])
  }
}

/// Repeatable random numbers.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
