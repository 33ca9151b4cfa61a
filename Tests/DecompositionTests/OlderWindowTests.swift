import Diagnostics
import FerryTestSupport
import GraphIR
import GraphText
import Lowerings
import Operators
import Testing

/// Windows, ranges, regions and what is distinct, said in sets that have no operator for them.
@Suite struct OlderWindowTests {
  @Test(arguments: windows + ranges + regions + distinct)
  func givesTheSame(_ sample: OlderSetCase) throws { try sample.expectTheSame() }

  /// One operator for the source, none that picks by computed positions where sizes are open.
  @Test func refusesWindowsOnOpenSizes() throws {
    var graph = try verified("graph g(%x: f32[1,1,N,5]) -> (%y) { %y = MaxPool(%x) {dilations: [2, 1], kernel_shape: [2, 2]} }")
    #expect(throws: (any Error).self) { try lower(&graph, opsets: [("", 9)], retargeting: true) }
  }

  static let windows = [
    OlderSetCase(
      name: "HannWindow of a computed size", inputs: "%x: f32[N]", body: "%s = Shape(%x)\n%n = Squeeze(%s)\n%y = HannWindow(%n)", opsets: [9, 13, 16]),
    OlderSetCase(
      name: "HammingWindow of a computed size", inputs: "%x: f32[N]",
      body: "%s = Shape(%x)\n%n = Squeeze(%s)\n%y = HammingWindow(%n) {periodic: 0}", opsets: [13, 16]),
    OlderSetCase(name: "positions of a dilated MaxPool", inputs: "%x: f32[1,2,5,5]", body: "%v, %y = MaxPool(%x) {dilations: [2, 1], kernel_shape: [2, 2]}", opsets: [7, 9]),
    OlderSetCase(name: "dilated MaxPool", inputs: "%x: f32[N,2,7,6]", body: "%y = MaxPool(%x) {dilations: [2, 3], kernel_shape: [3, 2], strides: [2, 1]}", opsets: [7, 9]),
    OlderSetCase(
      name: "MaxPool of as many windows as fit", inputs: "%x: f32[2,3,7,6]",
      body: "%y = MaxPool(%x) {ceil_mode: 1, kernel_shape: [3, 2], pads: [1, 0, 1, 1], strides: [3, 2]}", opsets: [7, 9]),
    OlderSetCase(
      name: "AveragePool of as many windows as fit", inputs: "%x: f32[2,3,8,7]",
      body: "%y = AveragePool(%x) {ceil_mode: 1, kernel_shape: [3, 3], strides: [2, 2]}", opsets: [7, 9]),
    OlderSetCase(
      name: "dilated AveragePool with its padding", inputs: "%x: f32[N,3,8,7]",
      body: "%y = AveragePool(%x) {count_include_pad: 1, dilations: [2, 2], kernel_shape: [2, 3], pads: [1, 1, 1, 1]}", opsets: [7, 10, 18]),
    OlderSetCase(
      name: "dilated AveragePool without its padding", inputs: "%x: f32[N,3,8,7]",
      body: "%y = AveragePool(%x) {auto_pad: \"SAME_LOWER\", dilations: [2, 2], kernel_shape: [3, 2]}", opsets: [7, 10, 18]),
    OlderSetCase(name: "dilated LpPool", inputs: "%x: f32[N,3,8]", body: "%y = LpPool(%x) {dilations: [2], kernel_shape: [3], p: 3}", opsets: [7, 17]),
  ]

  static let ranges = [
    OlderSetCase(
      name: "Slice from a computed place", inputs: "%x: f32[5,6]",
      body: """
        %i = const i64[2] [1, 1]
        %two = const i64[2] [2, 3]
        %s = Add(%i, %i)
        %e = Mul(%two, %two)
        %y = Slice(%x, %s, %e)
        """),
    OlderSetCase(
      name: "Slice along computed axes, backwards", inputs: "%x: f32[5,6]",
      body: """
        %one = const i64[2] [1, 1]
        %minus = const i64[2] [-2, -1]
        %start = const i64[2] [-1, 4]
        %end = const i64[2] [-100, 1]
        %step = const i64[2] [-1, -1]
        %axes = Add(%one, %minus)
        %y = Slice(%x, %start, %end, %axes, %step)
        """),
    OlderSetCase(
      name: "Pad by computed amounts", inputs: "%x: f32[2,3], %v: f32",
      body: """
        %a = const i64[4] [0, 1, 1, 0]
        %p = Add(%a, %a)
        %y = Pad(%x, %p, %v)
        """, opsets: [9, 10]),
    OlderSetCase(
      name: "Pad by mirrored elements, computed amounts", inputs: "%x: f32[4,5]",
      body: """
        %a = const i64[4] [1, 1, 0, 1]
        %p = Add(%a, %a)
        %y = Pad(%x, %p) {mode: "reflect"}
        """),
    OlderSetCase(
      name: "Pad by repeated elements, computed amounts", inputs: "%x: f32[4,5]",
      body: """
        %a = const i64[2] [1, 2]
        %axes = const i64[1] [1]
        %p = Add(%a, %a)
        %y = Pad(%x, %p, _, %axes) {mode: "edge"}
        """),
  ]

  static let regions = [
    OlderSetCase(
      name: "RoiAlign", inputs: "%x: f32[2,3,6,7]",
      body: """
        %r = const f32[3,4] [0.0, 1.0, 4.5, 5.0, 2.0, 0.5, 2.2, 0.7, -3.0, 1.0, 9.0, 12.0]
        %i = const i64[3] [0, 1, 1]
        %y = RoiAlign(%x, %r, %i) {output_height: 2, output_width: 3, sampling_ratio: 2, spatial_scale: 0.75}
        """, opsets: [7, 9, 15]),
    OlderSetCase(
      name: "RoiAlign without the shift", inputs: "%x: f32[2,3,6,7]",
      body: """
        %r = const f32[2,4] [0.0, 1.0, 4.5, 5.0, 2.0, 0.5, 2.2, 0.7]
        %i = const i64[2] [1, 0]
        %y = RoiAlign(%x, %r, %i) {coordinate_transformation_mode: "output_half_pixel", mode: "max", output_height: 2, output_width: 2, sampling_ratio: 3}
        """, opsets: [7, 9]),
    OlderSetCase(
      name: "DeformConv", inputs: "%x: f32[N,4,5,6], %w: f32[6,2,3,2], %o: f32[N,24,3,5], %b: f32[6], %m: f32[N,12,3,5]",
      body: "%y = DeformConv(%x, %w, %o, %b, %m) {group: 2, offset_group: 2, kernel_shape: [3, 2]}", opsets: [7, 11, 18]),
    OlderSetCase(
      name: "DeformConv of steps", inputs: "%x: f32[1,2,7,6], %w: f32[3,2,2,2], %o: f32[1,8,4,3]",
      body: "%y = DeformConv(%x, %w, %o) {dilations: [2, 1], kernel_shape: [2, 2], pads: [1, 1, 1, 0], strides: [2, 2]}", opsets: [7, 18]),
  ]

  static let distinct = [
    OlderSetCase(
      name: "Unique", inputs: "%z: f32[9]",
      body: "%x = const f32[3,3] [2.0, 1.0, 1.0, 3.0, 4.0, 3.0, -1.0, 2.0, 1.0]\n%y, %i, %v, %c = Unique(%x)", outputs: "%y, %i, %v, %c"),
    OlderSetCase(
      name: "Unique in order of appearance", inputs: "%z: f32[9]",
      body: "%x = const i64[7] [5, 1, 5, 3, 1, 1, 7]\n%y, %i, %v, %c = Unique(%x) {sorted: 0}", outputs: "%y, %i, %v, %c"),
    OlderSetCase(
      name: "Unique slices", inputs: "%z: f32[9]",
      body: """
        %x = const f32[2,4,2] [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, -1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 5.0, 6.0]
        %y, %i, %v, %c = Unique(%x) {axis: 1}
        """, outputs: "%y, %i, %v, %c"),
    OlderSetCase(name: "Det", inputs: "%x: f32[N,3,3], %z: f32[4,4], %u: f32[2,2]", body: "%y = Det(%x)\n%d = Det(%z)\n%e = Det(%u)", outputs: "%y, %d, %e"),
  ]
}
