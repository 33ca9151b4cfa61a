import Tensors
import Testing

/// Layers that sample images, transform signals, attend, and hold strings.
@Suite struct SamplingTests {
  @Test(arguments: ["", "{mode: \"nearest\", padding_mode: \"border\"}", "{mode: \"cubic\", align_corners: 1}", "{padding_mode: \"reflection\"}"])
  func gridSamples(_ attributes: String) throws {
    let subject = try RoundTrip("graph main(%x: f32[N,2,5,4], %g: f32[N,3,3,2]) -> (%y) { %y = GridSample(%x, %g) \(attributes) }")
    #expect(try String(decoding: xml(subject.files), as: UTF8.self).contains("type=\"GridSample\""))
    try subject.expectSame()
  }

  @Test(arguments: ["", "{coordinate_transformation_mode: \"output_half_pixel\", sampling_ratio: 2, spatial_scale: 0.5}"])
  func regions(_ attributes: String) throws {
    let size = attributes.isEmpty ? "{output_height: 2, output_width: 3}" : attributes.replacing("}", with: ", output_height: 2, output_width: 2}")
    try RoundTrip(
      """
      graph main(%x: f32[2,3,6,6]) -> (%y) {
        %r = const f32[2,4] [0.5, 1.0, 4.0, 5.0, 1.0, 0.0, 3.5, 2.5]
        %b = const i64[2] [1, 0]
        %y = RoiAlign(%x, %r, %b) \(size)
      }
      """).expectSame()
  }

  @Test func deformedConvolutions() throws {
    try RoundTrip(
      """
      graph main(%x: f32[1,4,5,5], %o: f32[1,36,3,3], %m: f32[1,18,3,3]) -> (%y) {
        %w = const f32[2,2,3,3] random(1)
        %b = const f32[2] random(2)
        %y = DeformConv(%x, %w, %o, %b, %m) {group: 2, offset_group: 2}
      }
      """).expectSame()
  }

  @Test(arguments: [
    ("f32[N,8,2]", ""), ("f32[N,8,1]", ""), ("f32[N,8,1]", "{onesided: 1}"), ("f32[N,8,2]", "{inverse: 1}"), ("f32[N,5,2]", "{inverse: 1, onesided: 1}"),
  ]) func transforms(_ type: String, _ attributes: String) throws {
    try RoundTrip("graph main(%x: \(type)) -> (%y) { %y = DFT(%x) \(attributes) }").expectSame()
    if !attributes.contains("inverse") {
      try RoundTrip("graph main(%x: \(type)) -> (%y) { %n = const i64 6 %a = const i64 1 %y = DFT(%x, %n, %a) \(attributes) }").expectSame()
    }
  }

  @Test func transformsOfFrames() throws {
    try RoundTrip("graph main(%x: f32[N,16,1]) -> (%y) { %s = const i64 4 %w = const f32[8] random(1) %y = STFT(%x, %s, %w) }").expectSame()
    try RoundTrip("graph main(%x: f32[N,16,1]) -> (%y) { %s = const i64 4 %l = const i64 6 %y = STFT(%x, %s, _, %l) }").expectSame()
  }

  @Test(arguments: ["", "{is_causal: 1}", "{scale: 0.3}"]) func attention(_ attributes: String) throws {
    try RoundTrip(
      "graph main(%q: f32[N,2,5,4], %k: f32[N,2,6,4], %v: f32[N,2,6,4]) -> (%y) { %y = Attention(%q, %k, %v) \(attributes) }").expectSame()
  }

  @Test(arguments: ["", "{axis: 1}", "{sorted: 0}"]) func distinctElements(_ attributes: String) throws {
    try RoundTrip("graph main(%x: i64[3,4]) -> (%y, %i, %j, %c) { %y, %i, %j, %c = Unique(%x) \(attributes) }").expectSame()
  }

  @Test func stringsAreHeldAndMoved() throws {
    let subject = try RoundTrip(
      """
      graph main(%x: f32[2], %i: i64[3]) -> (%y, %c) {
        %names = const str[2,2] ["a", "", "quay", "dock"]
        %y = Gather(%names, %i) {axis: 1}
        %c = Concat(%names, %names) {axis: 0}
      }
      """)
    let result = try subject.result.evaluated([Tensor(.float32, [2], elements: [Float(0), 0]), Tensor.integers([1, 0, 1])])
    #expect(result[0].strings == ["", "a", "", "dock", "quay", "dock"].map { Array($0.utf8) })
    #expect(result[1].shape == [4, 2])
  }

  @Test func hostileStringsAreRefused() throws {
    let subject = try RoundTrip("graph main(%x: f32[2]) -> (%c, %r) { %c = const str[2] [\"ab\", \"c\"] %r = Relu(%x) }")
    let (network, whole) = (try xml(subject.files), try weights(subject.files))
    // Number, three ends, three bytes: each place but the first overwritten by what does not fit.
    for place in 0..<4 {
      for value in [UInt8(0xff), 0x7f] {
        var broken = whole
        broken[4 * place + 3] = value
        #expect(throws: (any Error).self) { try RoundTrip.read(network, broken) }
      }
    }
    #expect(throws: Never.self) { try RoundTrip.read(network, whole) }
  }

  /// Codes of four bits, looked up in the table of normal floats, are the format's own element type; with another table they are a lookup.
  @Test func normalFloatsOfFourBits() throws {
    let table = "-1, -0.6961928, -0.52507305, -0.3949175, -0.28444138, -0.18477343, -0.091050036, 0, 0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684"
    for (last, isNormal) in [("1", true), ("2", false)] {
      let subject = try RoundTrip(
        """
        graph main(%x: f32[N,4]) -> (%y) {
          %table = const f32[16] [\(table), \(last)]
          %codes = const u4[4,4] hex "1032547698badcfe"
          %scale = const f32[1,4] random(1)
          %i = Cast(%codes) {to: i32}
          %n = Gather(%table, %i)
          %w = Mul(%n, %scale)
          %y = MatMul(%x, %w)
        }
        """)
      let text = try String(decoding: xml(subject.files), as: UTF8.self)
      #expect(text.contains("element_type=\"nf4\"") == isNormal)
      #expect(text.contains("type=\"Gather\"") != isNormal)
      try subject.expectSame()
    }
  }
}
