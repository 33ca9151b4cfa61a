import FerryTestSupport
import Lowerings
import Testing

@Suite struct DecomposeNhwcMaxPoolTests {
  @Test func movesTheChannels() throws {
    try expectRewrite(
      DecomposeNhwcMaxPool(),
      "graph main(%x: u8[N,5,6,3]) -> (%y) { %y = com.microsoft::NhwcMaxPool(%x) {kernel_shape: [2, 3], strides: [2, 1]} }",
      becomes: """
        graph main(%x: u8[N,5,6,3]) -> (%y) {
          %f = Transpose(%x) {perm: [0, 3, 1, 2]}
          %p = MaxPool(%f) {kernel_shape: [2, 3], strides: [2, 1]}
          %y = Transpose(%p) {perm: [0, 2, 3, 1]}
        }
        """)
  }

  @Test func leavesAnUnknownRank() throws {
    try expectUnchanged(
      DecomposeNhwcMaxPool(), "graph main(%x: u8[...]) -> (%y) { %y = com.microsoft::NhwcMaxPool(%x) {kernel_shape: [2, 2]} }",
      because: "the rank is not known")
  }
}
