import FerryTestSupport
import Passes
import Testing

@Suite struct MoveElementsQuantizedTests {
  @Test func transposesWhatIsStored() throws {
    try expectRewrite(
      MoveElementsQuantized(),
      """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %other = const f32 0.25
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = Transpose(%r)
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      becomes: """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 3
          %y = Transpose(%x)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """)
  }

  @Test func takesTheLargestOfWhatIsStored() throws {
    try expectRewrite(
      MoveElementsQuantized(),
      """
        graph main(%x: i8[N,2,4,5]) -> (%z) {
          %s = const f32 0.5
          %other = const f32 0.25
          %zp = const i8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = MaxPool(%r) {kernel_shape: [2, 2], pads: [1, 0, 0, 1]}
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      becomes: """
        graph main(%x: i8[N,2,4,5]) -> (%z) {
          %s = const f32 0.5
          %zp = const i8 3
          %y = MaxPool(%x) {kernel_shape: [2, 2], pads: [1, 0, 0, 1]}
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """)
  }

  @Test func joinsWhatIsStored() throws {
    try expectRewrite(
      MoveElementsQuantized(),
      """
        graph main(%x: u8[N,4], %v: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %q = DequantizeLinear(%v, %s, %zp)
          %m = Concat(%r, %q) {axis: 1}
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      becomes: """
        graph main(%x: u8[N,4], %v: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 3
          %y = Concat(%x, %v) {axis: 1}
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """)
  }

  @Test func leavesAnotherScale() throws {
    try expectUnchanged(
      MoveElementsQuantized(),
      """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %other = const f32 0.25
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = Transpose(%r)
          %y = QuantizeLinear(%m, %other, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "scale, zero point or element type differ")
  }

  @Test func leavesAFunction() throws {
    try expectUnchanged(
      MoveElementsQuantized(),
      """
        graph main(%x: u8[N,4]) -> (%z) {
          %s = const f32 0.5
          %other = const f32 0.25
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = Tanh(%r)
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the operand is not the result of a movement")
  }

  @Test func leavesRealNumbersWithOtherUses() throws {
    try expectUnchanged(
      MoveElementsQuantized(),
      """
        graph main(%x: u8[N,4]) -> (%z, %r) {
          %s = const f32 0.5
          %other = const f32 0.25
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = Transpose(%r)
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesMovedNumbersWithOtherUses() throws {
    try expectUnchanged(
      MoveElementsQuantized(),
      """
        graph main(%x: u8[N,4]) -> (%z, %m) {
          %s = const f32 0.5
          %other = const f32 0.25
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = Transpose(%r)
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAPoolInAnOlderOperatorSet() throws {
    try expectUnchanged(
      MoveElementsQuantized(), opset: 11,
      """
        graph main(%x: u8[N,2,4,5]) -> (%z) {
          %s = const f32 0.5
          %other = const f32 0.25
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = MaxPool(%r) {kernel_shape: [2, 2]}
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "the window gives positions too")
  }

  @Test func leavesPartsThatAreNotAllStored() throws {
    try expectUnchanged(
      MoveElementsQuantized(),
      """
        graph main(%x: u8[N,4], %v: f32[N,4]) -> (%z) {
          %s = const f32 0.5
          %zp = const u8 3
          %r = DequantizeLinear(%x, %s, %zp)
          %m = Concat(%r, %v) {axis: 1}
          %y = QuantizeLinear(%m, %s, %zp)
          %z = DequantizeLinear(%y, %s, %zp)
        }
        """,
      because: "not the result of a node")
  }
}
