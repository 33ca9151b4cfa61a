import Diagnostics
import Foundation
import GraphIR
import GraphText
import Profiles
import Retargeting
import Testing

/// Profiles are read with errors that name the place, and reject what their hardware cannot take.
@Suite struct ProfileTests {
  static let head = "schema: 1\nname: mine\nsummary: mine\nformat: onnx\nverified: false\n"

  @Test func everyShippedProfileReads() throws {
    #expect(ProfileLibrary.names.count == 9)
    for name in ProfileLibrary.names {
      let profile = try #require(try ProfileLibrary.shipped(name))
      #expect(profile.name == name)
      #expect(!profile.summary.isEmpty)
    }
    #expect(try ProfileLibrary.shipped("openvino-npu")?.isVerified == false)
    #expect(try ProfileLibrary.shipped("openvino-npu")?.staticShapes?.value == true)
    #expect(try ProfileLibrary.shipped("hexagon-qnn")?.opset?.value == 17)
    #expect(try ProfileLibrary.shipped("tensorrt")?.quantization?.value.isSymmetric == true)
    #expect(try ProfileLibrary.shipped("nobody") == nil)
  }

  @Test func theFilesInTheProgramAreThoseInFormats() throws {
    let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    for name in ProfileLibrary.names {
      let path = top.appending(path: "Formats/targets/\(name).yaml").path
      #expect(try ProfileLibrary.read(path: path) == ProfileLibrary.shipped(name), "run Formats/generate")
    }
  }

  @Test(arguments: [
    ("limits:\n  opsets: {value: 1, source: x}\n", "line 7, column 3: limits: unknown key opsets"),
    ("limits:\n  opset: {value: one, source: x}\n", "line 7, column 18: value: a whole number is expected"),
    ("limits:\n  opset: {value: 0, source: x}\n", "line 7, column 18: value: 0 is not between 1 and 1000"),
    ("limits:\n  opset: {value: 17}\n", "line 7, column 10: opset: source is missing"),
    ("limits:\n  operators: {only: [Add], without: [Mul], source: x}\n", "line 7, column 21: only: \"only\" and \"without\" contradict each other"),
    ("limits:\n  operators: {only: [Add, Add], source: x}\n", "line 7, column 27: only: Add is there twice"),
    ("limits:\n  element_types: {value: [f33], source: x}\n", "line 7, column 27: value: f33 is not known"),
    (
      "limits:\n  element_types: {value: [f32], source: x}\n  quantization: {weights: [i8], source: x}\n",
      "line 8, column 27: weights: i8 is not among the element_types"
    ),
    (
      "limits:\n  rank: {value: 3, source: x}\n  inner_axes: {value: 3, source: x}\n",
      "line 8, column 15: inner_axes: 3 innermost axes limit nothing where tensors have up to 3"
    ),
    ("limits:\n  layout: {value: hwcn, source: x}\n", "line 7, column 19: value: hwcn is not known"),
    ("limits: [\n", "line 7, column 1: did not find expected node content"),
    ("verified: true\n", "line 6, column 1: verified twice in one mapping"),
    ("limits:\n  size: {value: 9, source: ' '}\n", "line 7, column 28: source: says nothing"),
    ("limits:\n  operators: {only: [Add, Frobnicate], source: x}\n", "line 7, column 27: only: there is no operator Frobnicate"),
    ("limits:\n  quantization: {activations: [f32], source: x}\n", "line 7, column 32: activations: f32 is not known"),
    (
      "limits:\n  element_types: {value: [f32], source: x}\n  quantization: {required: true, source: x}\n",
      "line 7, column 18: element_types: quantization is required, and none of these is a quantised type"
    ),
    ("a0: &a0 [x, y]\n", "line 6, column 5: a profile has no anchors and aliases"),
    ("? *a39\n", "line 6, column 3: a profile has no anchors and aliases"),
  ]) func errorsNameThePlace(_ rest: String, _ message: String) throws {
    let error = #expect(throws: ModelError.self) { try ProfileLibrary.read(Self.head + rest, path: "mine.yaml") }
    #expect(error?.message.hasPrefix(message) ?? false, "\(error?.message ?? "")")
    #expect(error?.place.file == "mine.yaml")
    #expect(error?.code == .malformed)
  }

  @Test(arguments: ["", "schema: 2\nname: a\nsummary: a\nformat: onnx\nverified: true\n", "- 1\n", "schema: 1\n", "&a [*a]\n", "a: &x [*x, *x]\n"])
  func whatIsNoProfileIsRefused(_ text: String) {
    #expect(throws: ModelError.self) { try ProfileLibrary.read(text, path: "mine.yaml") }
  }

  /// Forty lines would be 2⁴⁰ nodes, in a key that is compared with others.
  @Test func aliasesAreRefusedBeforeTheyAreFollowed() {
    let lines = (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    #expect(throws: ModelError.self) { try ProfileLibrary.read("a0: &a0 [x, y]\n" + lines + "? *a39\n: 1\n" + Self.head, path: "mine.yaml") }
    #expect(throws: Never.self) { try ProfileLibrary.read(Self.head.replacing("summary: mine", with: "summary: a & b, c&d, 2 * 3"), path: "m") }
  }

  @Test func operatorSetsAreOfONNXAlone() {
    let text = Self.head.replacing("format: onnx", with: "format: litert") + "limits:\n  opset: {value: 17, source: x}\n"
    let error = #expect(throws: ModelError.self) { try ProfileLibrary.read(text, path: "mine.yaml") }
    #expect(error?.message == "line 7, column 10: opset: the format litert has no operator sets")
  }

  private func rejections(_ limits: String, _ text: String, format: String = "onnx") throws -> [Rejection.Reason?] {
    let profile = try ProfileLibrary.read(Self.head.replacing("format: onnx", with: "format: \(format)") + "limits:\n" + limits, path: "mine.yaml")
    var graph = try Graph(parsing: text)
    var inference = TypeInference()
    try inference.run(on: &graph)
    return graph.nodeIDs.map { profile.rejection(of: SubjectNode($0, in: graph))?.reason }
  }

  @Test func limitsReject() throws {
    let text = "graph main(%x: f32[N,2]) -> (%y) { %r = Relu(%x)  %y = Add(%r, %x) }"
    #expect(try rejections("  static_shapes: {value: true, source: x}\n", text) == [.dynamicShape, .dynamicShape])
    #expect(try rejections("  operators: {only: [Add], source: x}\n", text) == [.profile, nil])
    #expect(try rejections("  operators: {without: [Add], source: x}\n", text) == [nil, .profile])
    #expect(try rejections("  rank: {value: 1, source: x}\n", text) == [.rank, .rank])
    #expect(try rejections("  rank: {value: 2, source: x}\n", text) == [nil, nil])
    #expect(try rejections("  element_types: {value: [f16], source: x}\n", text) == [.elementType, .elementType])
  }

  /// As quantisers leave it: a product and the rectifier behind it are one step between integers.
  @Test func rectifiersBelongToWhatTheyRectify() throws {
    func text(_ rest: String) -> String {
      """
      graph main(%x: u8[1,2]) -> (%y) {
        %s = const f32 0.25  %z = const u8 0  %w = const f32[2,2] [1, 2, 3, 4]
        %d = DequantizeLinear(%x, %s, %z)  %m = MatMul(%d, %w)  %r = Relu(%m)  \(rest)
      }
      """
    }
    let required = "  quantization: {required: true, source: x}\n"
    #expect(try rejections(required, text("%y = QuantizeLinear(%r, %s, %z)")) == [nil, nil, nil, nil])
    #expect(try rejections(required, text("%a = Add(%m, %r)  %y = QuantizeLinear(%a, %s, %z)"))[1...3] == [.quantization, .quantization, .quantization])
    #expect(try rejections(required, text("%t = Tanh(%r)  %y = QuantizeLinear(%t, %s, %z)"))[1...3] == [.quantization, .quantization, .quantization])
  }

  @Test func sizesAndAxesAreNoElements() throws {
    let text = "graph main(%x: f32[2,3]) -> (%y) { %a = const i64[1] [1] %y = ReduceSum(%x, %a) }"
    let limit = "  element_types: {value: [f32], source: x}\n"
    #expect(try rejections(limit, text) == [.elementType])
    #expect(try rejections(limit, text, format: "litert") == [nil])
  }

  @Test func onlyInnermostAxesMayBeLarge() throws {
    let limit = "  inner_axes: {value: 2, source: x}\n"
    #expect(try rejections(limit, "graph main(%x: f32[1,2,3]) -> (%y) { %y = Relu(%x) }") == [nil])
    #expect(try rejections(limit, "graph main(%x: f32[2,3]) -> (%y) { %y = Relu(%x) }") == [nil])
    #expect(try rejections(limit, "graph main(%x: f32[2,2,3]) -> (%y) { %y = Relu(%x) }") == [.rank])
    #expect(try rejections(limit, "graph main(%x: f32[N,2,3]) -> (%y) { %y = Relu(%x) }") == [.rank])
  }

  @Test func quantizationIsHeldToItsScheme() throws {
    let text = """
      graph main(%x: f32[2]) -> (%z) {
        %s = const f32 0.25  %zero = const u8 0  %one = const u8 1
        %q = QuantizeLinear(%x, %s, %zero)  %d = DequantizeLinear(%q, %s, %zero)
        %r = Relu(%d)  %t = QuantizeLinear(%r, %s, %one)  %e = DequantizeLinear(%t, %s, %one)  %z = Relu(%e)
      }
      """
    let required = "  quantization: {required: true, activations: [u8], source: x}\n"
    #expect(try rejections(required, text) == [nil, nil, nil, nil, nil, .quantization])
    let symmetric = "  quantization: {symmetric: true, source: x}\n"
    #expect(try rejections(symmetric, text) == [nil, nil, nil, .quantization, .quantization, nil])
    let signed = "  quantization: {activations: [i8], source: x}\n"
    #expect(try rejections(signed, text) == [.quantization, .quantization, nil, .quantization, .quantization, nil])
    let powers = text.replacing("0.25", with: "0.3")
    #expect(try rejections("  quantization: {power_of_two_scales: true, source: x}\n", powers)[0] == .quantization)
    #expect(try rejections("  quantization: {power_of_two_scales: true, source: x}\n", text)[0] == nil)
  }
}
