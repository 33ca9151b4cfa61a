import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeGroupNormalizationTests {
  @Test func recognisesGroupsNormalisedAsImages() throws {
    try expectRewrite(
      RecognizeGroupNormalization(),
      """
        graph main(%x: f32[N,4,5,3]) -> (%z) {
          %to = const i64[3] [0, 2, -1]
          %back = const i64[4] [0, 4, 5, 3]
          %ones = const f32[2] splat(1.0)
          %zeros = const f32[2] splat(0.0)
          %g = const f32[4,1,1] random(1)
          %b = const f32[1,4,1,1] random(2)
          %r = Reshape(%x, %to)
          %n = InstanceNormalization(%r, %ones, %zeros) {epsilon: 0.001}
          %j = Reshape(%n, %back)
          %q = Mul(%j, %g)
          %y = Add(%b, %q)
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,4,5,3]) -> (%z) {
          %g = const f32[4] random(1)
          %b = const f32[4] random(2)
          %y = GroupNormalization(%x, %g, %b) {epsilon: 0.001, num_groups: 2}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesGroupsThatAreScaled() throws {
    try expectUnchanged(
      RecognizeGroupNormalization(),
      """
        graph main(%x: f32[N,4,5,3]) -> (%z) {
          %to = const i64[3] [0, 2, -1]
          %back = const i64[4] [0, 4, 5, 3]
          %ones = const f32[2] splat(2.0)
          %zeros = const f32[2] splat(0.0)
          %g = const f32[4,1,1] random(1)
          %b = const f32[1,4,1,1] random(2)
          %r = Reshape(%x, %to)
          %n = InstanceNormalization(%r, %ones, %zeros) {epsilon: 0.001}
          %j = Reshape(%n, %back)
          %q = Mul(%j, %g)
          %y = Add(%b, %q)
          %z = Neg(%y)
        }
        """,
      because: "the groups are scaled or shifted")
  }

  @Test func leavesGroupsThatAreShifted() throws {
    try expectUnchanged(
      RecognizeGroupNormalization(),
      """
        graph main(%x: f32[N,4,5,3]) -> (%z) {
          %to = const i64[3] [0, 2, -1]
          %back = const i64[4] [0, 4, 5, 3]
          %ones = const f32[2] splat(1.0)
          %zeros = const f32[2] splat(0.5)
          %g = const f32[4,1,1] random(1)
          %b = const f32[1,4,1,1] random(2)
          %r = Reshape(%x, %to)
          %n = InstanceNormalization(%r, %ones, %zeros) {epsilon: 0.001}
          %j = Reshape(%n, %back)
          %q = Mul(%j, %g)
          %y = Add(%b, %q)
          %z = Neg(%y)
        }
        """,
      because: "the groups are scaled or shifted")
  }

  @Test func leavesAnotherShapeAfterwards() throws {
    try expectUnchanged(
      RecognizeGroupNormalization(),
      """
        graph main(%x: f32[N,4,5,3]) -> (%z) {
          %to = const i64[3] [0, 2, -1]
          %back = const i64[4] [0, 4, 3, 5]
          %ones = const f32[2] splat(1.0)
          %zeros = const f32[2] splat(0.0)
          %g = const f32[4,1,1] random(1)
          %b = const f32[1,4,1,1] random(2)
          %r = Reshape(%x, %to)
          %n = InstanceNormalization(%r, %ones, %zeros) {epsilon: 0.001}
          %j = Reshape(%n, %back)
          %q = Mul(%j, %g)
          %y = Add(%b, %q)
          %z = Neg(%y)
        }
        """,
      because: "the shape changes")
  }

  @Test func leavesChannelsThatDoNotDivide() throws {
    try expectUnchanged(
      RecognizeGroupNormalization(),
      """
        graph main(%x: f32[N,4,6,3]) -> (%z) {
          %to = const i64[3] [0, 3, -1]
          %back = const i64[4] [0, 4, 6, 3]
          %ones = const f32[3] splat(1.0)
          %zeros = const f32[3] splat(0.0)
          %g = const f32[4,1,1] random(1)
          %b = const f32[1,4,1,1] random(2)
          %r = Reshape(%x, %to)
          %n = InstanceNormalization(%r, %ones, %zeros) {epsilon: 0.001}
          %j = Reshape(%n, %back)
          %q = Mul(%j, %g)
          %y = Add(%b, %q)
          %z = Neg(%y)
        }
        """,
      because: "the channels are not split into groups")
  }

  @Test func leavesGroupsWithOtherUses() throws {
    try expectUnchanged(
      RecognizeGroupNormalization(),
      """
        graph main(%x: f32[N,4,5,3]) -> (%z, %n) {
          %to = const i64[3] [0, 2, -1]
          %back = const i64[4] [0, 4, 5, 3]
          %ones = const f32[2] splat(1.0)
          %zeros = const f32[2] splat(0.0)
          %g = const f32[4,1,1] random(1)
          %b = const f32[1,4,1,1] random(2)
          %r = Reshape(%x, %to)
          %n = InstanceNormalization(%r, %ones, %zeros) {epsilon: 0.001}
          %j = Reshape(%n, %back)
          %q = Mul(%j, %g)
          %y = Add(%b, %q)
          %z = Neg(%y)
        }
        """,
      because: "the value has other uses")
  }

  @Test func leavesAnOlderOperatorSet() throws {
    try expectUnchanged(
      RecognizeGroupNormalization(), opset: 20,
      """
        graph main(%x: f32[N,4,5,3]) -> (%z) {
          %to = const i64[3] [0, 2, -1]
          %back = const i64[4] [0, 4, 5, 3]
          %ones = const f32[2] splat(1.0)
          %zeros = const f32[2] splat(0.0)
          %g = const f32[4,1,1] random(1)
          %b = const f32[1,4,1,1] random(2)
          %r = Reshape(%x, %to)
          %n = InstanceNormalization(%r, %ones, %zeros) {epsilon: 0.001}
          %j = Reshape(%n, %back)
          %q = Mul(%j, %g)
          %y = Add(%b, %q)
          %z = Neg(%y)
        }
        """,
      because: "the operator set does not have the operator")
  }
}
