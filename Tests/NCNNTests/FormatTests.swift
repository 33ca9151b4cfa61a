import Bundle
import Diagnostics
import FerryTestSupport
import GraphIR
import NCNNExport
import Retargeting
import Tensors
import Testing

/// The two files, what is refused, and how damaged ones are read.
@Suite struct FormatTests {
  private let classifier = """
    graph main(%x: f32[N,4,6,6]) -> (%y) { %w = const f32[5,4,3,3] random(1) %c = Conv(%x, %w) %r = Relu(%c) %p = MaxPool(%r) {kernel_shape: [2, 2]}
      %g = GlobalAveragePool(%p) %f = Flatten(%g) %v = const f32[5,3] random(2) %m = MatMul(%f, %v) %y = Softmax(%m) }
    """

  @Test func theTextIsWhatNcnnReads() throws {
    let lines = String(decoding: try network(RoundTrip(classifier).files), as: UTF8.self).split(separator: "\n")
    #expect(lines[0] == "7767517" && lines[1] == "\(lines.count - 2) \(lines.count - 2)")
    #expect(lines[2] == "Input input_x 0 1 x 0=6 1=6 2=4")
    #expect(lines[3].hasPrefix("Convolution ") && lines[3].hasSuffix("9=1"))
    #expect(!lines.contains { $0.hasPrefix("ReLU") })
  }

  @Test func productsTakeTheRowThatIsAdded() throws {
    let trip = try RoundTrip("graph main(%x: f32[N,5,6]) -> (%y) { %w = const f32[6,3] random(1) %m = MatMul(%x, %w) %b = const f32[3] random(2) %y = Add(%b, %m) }")
    #expect(String(decoding: try network(trip.files), as: UTF8.self).contains(" 10=4\n"))
    try trip.expectSame()
    let other = try RoundTrip("graph main(%x: f32[N,5,6]) -> (%y) { %w = const f32[6,3] random(1) %m = MatMul(%x, %w) %b = const f32[5,1] random(2) %y = Add(%b, %m) }")
    #expect(String(decoding: try network(other.files), as: UTF8.self).contains("BinaryOp"))
    try other.expectSame()
  }

  @Test func blobsMayHaveNamesThatTheReaderWouldGive() throws {
    let text = "7767517\n3 3\nInput a 0 1 /Relu_1 0=4\nReLU b 1 1 /Relu_1 /const_1\nReLU c 1 1 /const_1 /Relu_2\n"
    #expect(try RoundTrip.read(Array(text.utf8)).graph.outputs.count == 1)
  }

  @Test(arguments: [8, 1]) func integersOfSeveralRows(_ rows: Int) throws {
    let text = """
      graph main(%x: f32[1,\(rows),4]) -> (%y) { %s = const f32 0.02 %q = QuantizeLinear(%x, %s) {output_dtype: i8} %d = DequantizeLinear(%q, %s)
        %w = const i8[4,2] [1, -2, 3, -4, 5, 6, 7, 127] %ws = const f32[2] [0.5, 0.25] %wd = DequantizeLinear(%w, %ws) {axis: 1}
        %m = MatMul(%d, %wd) %b = const f32[2] [0.5, -1.0] %y = Add(%m, %b) }
      """
    let trip = try RoundTrip(text)
    #expect(String(decoding: try network(trip.files), as: UTF8.self).contains("InnerProduct"))
    #expect(try weights(trip.files).count == 4 + 8 + 8 + 8 + 4)
    try trip.expectSame()
  }

  @Test func sameModelSameBytes() throws {
    let (a, b) = (try RoundTrip(classifier), try RoundTrip(classifier))
    #expect(try network(a.files) == network(b.files))
    #expect(try weights(a.files) == weights(b.files))
  }

  @Test func aValueOfSeveralReadersIsSplit() throws {
    let trip = try RoundTrip("graph main(%x: f32[4]) -> (%y, %r) { %r = Relu(%x) %n = Neg(%r) %y = Mul(%r, %n) }")
    let split = String(decoding: try network(trip.files), as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Split ") }
    #expect(split?.contains(" 1 3 ") == true)
    try trip.expectSame()
  }

  @Test func outputsThatAreInputsOrConstants() throws {
    try RoundTrip("graph main(%x: f32[2]) -> (%y, %c) { %y = Identity(%x) %k = const f32[2] [1.0, 2.0] %c = Identity(%k) }").expectSame()
  }

  @Test func namesThatTheTextCannotHold() throws {
    let trip = try RoundTrip("graph main(%\"a b\": f32[2]) -> (%y) { %\"c d\" = Relu(%\"a b\") %y = Neg(%\"c d\") }")
    #expect(String(decoding: try network(trip.files), as: UTF8.self).contains("Input input_a_b 0 1 a_b 0=2"))
  }

  @Test func integersStayIntegersInWeights() throws {
    let text = """
      graph main(%x: f32[1,4,6,6]) -> (%y) {
        %s = const f32 0.02 %q = QuantizeLinear(%x, %s) {output_dtype: i8} %d = DequantizeLinear(%q, %s)
        %w = const i8[2,4,1,1] [1, -2, 3, -4, 5, 6, 7, 127] %ws = const f32[2] [0.5, 0.25] %wd = DequantizeLinear(%w, %ws) {axis: 0}
        %b = const f32[2] [0.5, -1.0] %y = Conv(%d, %wd, %b) }
      """
    let trip = try RoundTrip(text)
    #expect(String(decoding: try network(trip.files), as: UTF8.self).contains(" 8=1"))
    #expect(try weights(trip.files).count == 4 + 8 + 8 + 8 + 4)
    try trip.expectSame()
  }

  @Test(arguments: ["%z = const u8 120 %q = QuantizeLinear(%x, %s, %z) %y = DequantizeLinear(%q, %s, %z)", "%q = QuantizeLinear(%x, %s) {output_dtype: i16} %y = DequantizeLinear(%q, %s)"])
  func otherIntegersAreFloats(_ body: String) throws {
    try RoundTrip("graph main(%x: f32[N,4,6]) -> (%y) { %s = const f32 0.02 \(body) }").expectSame()
  }

  private func reasons(_ text: String) throws -> [Rejection.Reason] { try RoundTrip.findings(text).map(\.reason) }

  @Test func whatNcnnHasNotIsRejectedWithAReason() throws {
    #expect(try reasons("graph main(%x: f32[2]) -> (%y) { %y = port::Dock@1(%x) }").contains(.foreign))
    #expect(try reasons("graph main(%x: f32[2,3]) -> (%y) { %n = NonZero(%x) %y = Cast(%n) {to: f32} }").contains(.noEquivalent))
    #expect(try reasons("graph main(%x: f64[2]) -> (%y) { %y = Relu(%x) }").contains(.elementType))
    #expect(try reasons("graph main(%x: i64[2]) -> (%y) { %y = Add(%x, %x) }").contains(.elementType))
    #expect(try reasons("graph main(%x: f32[2,3,4,5,6]) -> (%y) { %y = Relu(%x) }").contains(.rank))
    #expect(try reasons("graph main(%x: f32[2,3,4,5]) -> (%y) { %w = const f32[3,3,1,1] random(1) %y = Conv(%x, %w) }") == [.dynamicShape])
    #expect(try reasons("graph main(%x: f32[1,3,4,5], %w: f32[3,3,1,1]) -> (%y) { %y = Conv(%x, %w) }") == [.operand])
    #expect(try reasons("graph main(%x: f32[1,T,4]) -> (%y) { %s = const i64[1] [0] %e = const i64[1] [8] %a = const i64[1] [1] %t = const i64[1] [2] %y = Slice(%x, %s, %e, %a, %t) }") == [.operand])
    #expect(try reasons("graph main(%x: f32[1,A,B]) -> (%y) { %s = Shape(%x) %c = Cast(%s) {to: f32} %y = Mul(%c, %c) }").contains(.dynamicShape))
    #expect(try reasons("graph main(%c: bool, %x: f32[2]) -> (%y) { %y = If(%c, %x) { else_branch: graph e() captures(%a) -> (%p) { %p = Relu(%a) }, then_branch: graph t() captures(%u) -> (%q) { %q = Concat(%u, %u) {axis: 0} }} }").contains(.noEquivalent))
  }

  @Test(arguments: [
    "", "7767517", "7767517\n", "7767518\n1 1\nInput x 0 1 x\n", "7767517\n1 1\n", "7767517\n2 1\nInput x 0 1 x 0=1\n", "7767517\n1 9\nInput x 0 1 x 0=1\n",
    "7767517\n99999999999 1\nInput x 0 1 x\n", "7767517\n-1 -1\n", "7767517\n1 1\nInput x 0 99999999 x\n", "7767517\n1 1\nInput x -1 1 x\n",
    "7767517\n1 1\nInput x 0 1 x 0=-7\n", "7767517\n1 1\nInput x 0 1 x 0=1e99\n", "7767517\n1 1\nInput x 0 1 x 0=1 0=2\n",
    "7767517\n2 2\nInput x 0 1 x 0=2\nReLU r 1 1 nobody y\n", "7767517\n2 1\nInput x 0 1 x 0=2\nReLU r 1 1 x x\n", "7767517\n2 2\nInput x 0 1 x 0=2\nNonsense r 1 1 x y\n",
    "7767517\n2 2\nInput x 0 1 x 0=2 1=2 2=2\nConvolution c 1 1 x y 0=1000000000 1=1000000000 6=1000000000\n",
    "7767517\n2 2\nInput x 0 1 x 0=2 1=2 2=2\nConvolution c 1 1 x y 0=1 1=1 6=2\n", "7767517\n2 2\nInput x 0 1 x 0=2\nReshape r 1 1 x y 6=\"*(*(*(*(*(*(*(*(*(*(*(*(*(*(*(*(*(*(\"\n",
    "7767517\n2 2\nInput x 0 1 x 0=2\nPermute p 1 1 x y 0=24\n", "7767517\n2 2\nInput x 0 1 x 0=2\nConcat p 1 1 x y 0=4\n",
    "7767517\n2 2\nInput x 0 1 x 0=2\nBinaryOp p 1 1 x y -23300=3,1,2\n", "7767517\n2 3\nInput x 0 1 x 0=4\nSlice s 1 2 x a b -23300=2,-5,9\n",
  ]) func whatIsNoNetworkIsRefused(_ text: String) {
    #expect(throws: ModelError.self) { try RoundTrip.read(Array(text.utf8)) }
  }

  @Test func refusalsNameTheLine() {
    let error = #expect(throws: ModelError.self) { try RoundTrip.read(Array("7767517\n2 2\nInput x 0 1 x 0=2\nNonsense r 1 1 x y\n".utf8)) }
    #expect(error?.message.hasPrefix("line 4: ") == true)
  }

  @Test func weightsThatAreMissingOrLeftOverAreRefused() throws {
    let trip = try RoundTrip(classifier)
    let (text, data) = (try network(trip.files), try weights(trip.files))
    #expect(throws: ModelError.self) { try RoundTrip.read(text, data.dropLast(4)) }
    #expect(throws: ModelError.self) { try RoundTrip.read(text, data + [0, 0, 0, 0]) }
  }

  /// Any byte changed: read or refused, never a crash.
  @Test func mutationsAreSurvived() throws {
    let texts = [
      classifier, "graph main(%x: f32[7,1,5]) -> (%y) { %w = const f32[1,12,5] random(1) %r = const f32[1,12,3] random(2) %y, %h, %c = LSTM(%x, %w, %r) {hidden_size: 3} }",
      "graph main(%x: f32[1,T,4]) -> (%y, %z) { %s = const i64[4] [0, 0, 2, 2] %r = Reshape(%x, %s) %t = Transpose(%r) {perm: [0, 2, 1, 3]} %y, %z = Split(%t) {axis: 1, num_outputs: 2} }",
    ]
    var generator = SystemRandomNumberGenerator.seeded
    var (refused, rounds) = (0, 0)
    for text in texts {
      let trip = try RoundTrip(text)
      let (network, data) = (try network(trip.files), try weights(trip.files))
      for _ in 0..<1500 {
        var damaged = network
        for _ in 0...Int.random(in: 0..<3, using: &generator) {
          let place = Int.random(in: 0..<damaged.count, using: &generator)
          switch Int.random(in: 0..<4, using: &generator) {
          case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
          case 1: damaged[place] = UInt8(ascii: "9")
          case 2: damaged.remove(at: place)
          default: damaged.insert(contentsOf: Array("99999".utf8), at: place)
          }
        }
        rounds += 1
        if (try? RoundTrip.read(damaged, data)) == nil { refused += 1 }
      }
    }
    #expect(refused > rounds / 4)
  }
}

/// The same numbers in every run.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}

extension SystemRandomNumberGenerator {
  fileprivate static var seeded: SeededGenerator { SeededGenerator(state: 17) }
}
