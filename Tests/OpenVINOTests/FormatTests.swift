import Bundle
import Diagnostics
import Evaluation
import FerryTestSupport
import GraphIR
import GraphText
import OpenVINOExport
import OpenVINOImport
import Retargeting
import Rewriting
import Tensors
import Testing

/// The two files: names, weights, types; and what is refused.
@Suite struct FormatTests {
  private let affine = "graph main(%x: f32[N,3]) -> (%y) { %w = const f32[3] [1.0, 2.0, 3.0] %v = const f32[3] [1.0, 2.0, 3.0] %m = Mul(%x, %w) %y = Add(%m, %v) }"

  @Test func sameModelSameBytes() throws {
    let (a, b) = (try RoundTrip(affine), try RoundTrip(affine))
    #expect(try xml(a.files) == xml(b.files))
    #expect(try weights(a.files) == weights(b.files))
  }

  @Test func equalSmallConstantsAreStoredOnce() throws { #expect(try weights(RoundTrip(affine).files).count == 12) }

  @Test func namesThatXMLCannotHoldAsTheyAre() throws {
    let trip = try RoundTrip("graph main(%\"a<b>&\\\"c\\\",d'é\": f32[2]) -> (%y) { %y = Relu(%\"a<b>&\\\"c\\\",d'é\") }")
    #expect(trip.result[trip.result.inputs[0]].name == "a<b>&\"c\",d'é")
    try trip.expectSame()
  }

  @Test func openSizesStayOpen() throws {
    let text = String(decoding: try xml(RoundTrip(affine).files), as: UTF8.self)
    #expect(text.contains("shape=\"?,3\""))
    #expect(text.contains("<dim>-1</dim>"))
  }

  /// What the graph rounds to 8 bits, the runtime is not to round again.
  @Test func activationsThatAreRoundedAreRoundedOnce() throws {
    let pair = "%s = const f32 0.1 %z = const i8 0 %q = QuantizeLinear(%x, %s, %z) %y = DequantizeLinear(%q, %s, %z)"
    func text(_ body: String) throws -> String { String(decoding: try xml(RoundTrip("graph main(%x: f32[2]) -> (%y) { \(body) }").files), as: UTF8.self) }
    #expect(try text(pair).contains("<DYNAMIC_QUANTIZATION_GROUP_SIZE value=\"0\" />"))
    #expect(try !text("%y = Relu(%x)").contains("runtime_options"))
  }

  @Test func outputsThatAreInputsOrConstants() throws {
    try RoundTrip("graph main(%x: f32[2]) -> (%y, %c) { %y = Identity(%x) %k = const f32[2] [1.0, 2.0] %c = Identity(%k) }").expectSame()
  }

  @Test func weightsInHalfPrecision() throws {
    let trip = try RoundTrip(
      "graph main(%x: f32[N,64]) -> (%y) { %w = const f32[64,32] random(1) %y = MatMul(%x, %w) }", halvesWeights: true)
    #expect(try weights(trip.files).count == 64 * 32 * 2)
    #expect(String(decoding: try xml(trip.files), as: UTF8.self).contains("<attribute name=\"decompression\" version=\"0\" />"))
    let inputs = try trip.source.randomInputs(seed: 1, sizes: [2])
    var tolerance = Tolerance()
    tolerance.comparesAngles = true
    #expect(try tolerance.compare(trip.result.evaluated(inputs)[0], with: trip.source.evaluated(inputs)[0], name: "y").isEqual)
  }

  /// They would come out as 2³¹ − 1 and as the nearest float.
  @Test(arguments: ["i64[2] [1099511627777, -3]", "u32[1] [4294967295]", "f64[1,2] [0.1, 1.0e300]"])
  func constantOutputsOfMoreThan32BitsAreKept(_ constant: String) throws {
    let trip = try RoundTrip("graph main(%x: f32[2]) -> (%y, %c) { %y = Relu(%x) %c = const \(constant) }")
    #expect(String(decoding: try xml(trip.files), as: UTF8.self).contains("ferry/keep/"))
    #expect(trip.result.inputs.count == 1)
    try trip.expectSame()
  }

  /// The runtime makes NaN of them.
  @Test func infinitiesBecomeTheGreatestNarrowFloat() throws {
    let trip = try RoundTrip("graph main(%x: f32[3]) -> (%y) { %n = Cast(%x) {to: f8e4m3fn}  %y = Cast(%n) {to: f32} }")
    let text = String(decoding: try xml(trip.files), as: UTF8.self)
    #expect(text.contains("type=\"Select\"") && text.contains("type=\"Less\"") && !text.contains("type=\"Clamp\""), "NaN stays NaN")
    let loose = try RoundTrip("graph main(%x: f32[3]) -> (%y) { %n = Cast(%x) {to: f8e4m3fn, saturate: 0}  %y = Cast(%n) {to: f32} }")
    #expect(!String(decoding: try xml(loose.files), as: UTF8.self).contains("type=\"Select\""))
  }

  @Test func aScanWithinAScanIsRejected() throws {
    #expect(
      try reasons(
        """
        graph main(%x: f32[2,3]) -> (%z) {
          %z = Scan(%x) {num_scan_inputs: 1, body: graph(%row: f32[3]) -> (%o) {
            %o = Scan(%row) {num_scan_inputs: 1, body: graph(%e: f32) -> (%n) { %n = Neg(%e) }}
          }}
        }
        """) == [.noEquivalent])
  }

  @Test func aSingleNumberOfMoreThan32BitsIsRefused() throws {
    #expect(try reasons("graph main(%x: f32[2]) -> (%y, %c) { %y = Relu(%x) %c = const i64 1099511627777 }") == [.elementType])
  }

  private func reasons(_ text: String) throws -> [Rejection.Reason] {
    var model = Model(graph: try Graph(parsing: text), format: "onnx", opsets: [("", 26)])
    return try Legalization(OpenVINOTarget()).run(on: &model, tidying: Pipeline([]), sink: DiagnosticSink()).unsupported.map(\.reason)
  }

  @Test func whatOpenVINOHasNotIsRejectedWithAReason() throws {
    #expect(try reasons("graph main(%x: f32[2]) -> (%y) { %y = port::Dock@1(%x) }") == [.foreign])
    #expect(try reasons("graph main(%x: c64[2]) -> (%y) { %y = Flatten(%x) }") == [.elementType, .elementType, .elementType])
    #expect(try reasons("graph main(%x: c64[2]) -> (%y) { %y = Identity(%x) }").isEmpty)
    #expect(try reasons("graph main(%x: f32[2,2]) -> (%y) { %y = Det(%x) }") == [.noEquivalent])
    #expect(try reasons("graph main(%x: f32[1,1,4,4]) -> (%y) { %p = const i64[8] [0, 0, 1, 1, 0, 0, 1, 1] %y = Pad(%x, %p) {mode: \"wrap\"} }") == [.attribute])
    #expect(try reasons("graph main(%x: f32[2]) -> (%y) { %y = BitCast(%x) {to: i32} }") == [.noEquivalent])
  }

  @Test(arguments: [
    "", "<", "<?a?><net version=\"11\"/>", "<?xml?><net version=\"11\"/>", "<net version=\"11\"><?a?></net>", "<net version=\"11\"><!-- --></net>", "<a/>", "<net version=\"11\"/>", "<net version=\"99\"><layers/></net>", "<net version=\"x\"><layers/></net>",
    "<!DOCTYPE net [<!ENTITY a \"b\">]><net version=\"11\"><layers/></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"ReLU\"/><layer id=\"0\" type=\"ReLU\"/></layers></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"Const\"><data element_type=\"f32\" shape=\"4\" offset=\"0\" size=\"16\"/></layer></layers></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"Const\"><data element_type=\"f32\" shape=\"4\" offset=\"9223372036854775807\" size=\"16\"/></layer></layers></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"Parameter\"><data element_type=\"f99\" shape=\"4\"/></layer></layers></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"ReLU\"><input><port id=\"0\"/></input></layer></layers></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"ReLU\"><input><port id=\"0\"/></input></layer></layers><edges><edge from-layer=\"0\" from-port=\"1\" to-layer=\"0\" to-port=\"0\"/></edges></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"ReLU\"/></layers><edges><edge from-layer=\"0\" from-port=\"1\" to-layer=\"7\" to-port=\"0\"/></edges></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"Nonsense\"/></layers></net>", "<net version=\"11\"><layers><layer id=\"0\" type=\"Loop\"/></layers></net>",
    "<net version=\"11\"><layers><layer id=\"0\" type=\"If\"/></layers></net>", "<net version=\"11\"><layers><layer id=\"0\" type=\"Result\"/></layers></net>",
  ]) func whatIsNoNetworkIsRefused(_ text: String) {
    #expect(throws: ModelError.self) { try RoundTrip.read(Array(text.utf8)) }
  }

  @Test func deepNestingIsRefused() {
    let text = String(repeating: "<net>", count: 100_000)
    #expect(throws: ModelError.self) { try RoundTrip.read(Array(text.utf8)) }
  }

  @Test func everyDamagedByteIsSurvived() throws {
    let trip = try RoundTrip(
      "graph main(%x: f32[1,4,6,6]) -> (%y) { %w = const f32[5,4,3,3] random(1) %c = Conv(%x, %w) %r = Relu(%c) %y = MaxPool(%r) {kernel_shape: [2, 2]} }")
    let (network, data) = (try xml(trip.files), try weights(trip.files))
    var refused = 0
    for place in stride(from: 0, to: network.count, by: 3) {
      for change in [UInt8(0x01), 0x10, 0x80] {
        var damaged = network
        damaged[place] ^= change
        if (try? RoundTrip.read(damaged, data)) == nil { refused += 1 }
      }
    }
    #expect(refused > 0)
  }
}
