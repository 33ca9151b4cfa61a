import FerryTestSupport
import Passes
import Testing

@Suite struct RemoveJoinedGathersTests {
  @Test func movesTheAxis() throws {
    try expectRewrite(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %i0 = const i64 0
          %i1 = const i64 1
          %ax = const i64[1] [0]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %ua = Unsqueeze(%a, %ax)
          %ub = Unsqueeze(%b, %ax)
          %y = Concat(%ua, %ub) {axis: 0}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %y = Transpose(%x) {perm: [1, 0, 2]}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesTheAxisWhereItWas() throws {
    try expectRewrite(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %i0 = const i64 0
          %i1 = const i64 -1
          %ax = const i64[1] [1]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %ua = Unsqueeze(%a, %ax)
          %ub = Unsqueeze(%b, %ax)
          %y = Concat(%ua, %ub) {axis: -2}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func takesPartsThatKeepTheirAxis() throws {
    try expectRewrite(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %i0 = const i64[1] [0]
          %i1 = const i64[1] [1]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %y = Concat(%a, %b) {axis: 1}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %z = Neg(%x)
        }
        """)
  }

  @Test func looksThroughReshapesThatAddTheAxis() throws {
    try expectRewrite(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %i0 = const i64 0
          %i1 = const i64 1
          %s = const i64[3] [1, -1, 3]
          %ax = const i64[1] [0]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %ua = Reshape(%a, %s)
          %ub = Unsqueeze(%b, %ax)
          %y = Concat(%ua, %ub) {axis: 0}
          %z = Neg(%y)
        }
        """,
      becomes: """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %y = Transpose(%x) {perm: [1, 0, 2]}
          %z = Neg(%y)
        }
        """)
  }

  @Test func leavesReshapesThatMoveElementsAcrossAxes() throws {
    try expectUnchanged(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[4,2,3]) -> (%z) {
          %i0 = const i64 0
          %i1 = const i64 1
          %s = const i64[3] [1, 3, 4]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %ua = Reshape(%a, %s)
          %ub = Reshape(%b, %s)
          %y = Concat(%ua, %ub) {axis: 0}
          %z = Neg(%y)
        }
        """,
      because: "the reshape does more than add an axis")
  }

  @Test func leavesAnotherOrder() throws {
    try expectUnchanged(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[N,2,3]) -> (%z) {
          %i0 = const i64 1
          %i1 = const i64 0
          %ax = const i64[1] [0]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %ua = Unsqueeze(%a, %ax)
          %ub = Unsqueeze(%b, %ax)
          %y = Concat(%ua, %ub) {axis: 0}
          %z = Neg(%y)
        }
        """,
      because: "the parts are in another order")
  }

  @Test func leavesPartsOfALongerAxis() throws {
    try expectUnchanged(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[N,3,3]) -> (%z) {
          %i0 = const i64 0
          %i1 = const i64 1
          %ax = const i64[1] [0]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %ua = Unsqueeze(%a, %ax)
          %ub = Unsqueeze(%b, %ax)
          %y = Concat(%ua, %ub) {axis: 0}
          %z = Neg(%y)
        }
        """,
      because: "not everything is joined")
  }

  @Test func leavesOtherValues() throws {
    try expectUnchanged(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[N,2,3], %v: f32[N,2,3]) -> (%z) {
          %i0 = const i64 0
          %i1 = const i64 1
          %ax = const i64[1] [0]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%v, %i1) {axis: 1}
          %ua = Unsqueeze(%a, %ax)
          %ub = Unsqueeze(%b, %ax)
          %y = Concat(%ua, %ub) {axis: 0}
          %z = Neg(%y)
        }
        """,
      because: "the parts are of different values")
  }

  @Test func leavesAnotherNewAxis() throws {
    try expectUnchanged(
      RemoveJoinedGathers(),
      """
        graph main(%x: f32[2,2,3]) -> (%z) {
          %i0 = const i64 0
          %i1 = const i64 1
          %ax = const i64[1] [1]
          %a = Gather(%x, %i0) {axis: 1}
          %b = Gather(%x, %i1) {axis: 1}
          %ua = Unsqueeze(%a, %ax)
          %ub = Unsqueeze(%b, %ax)
          %y = Concat(%ua, %ub) {axis: 0}
          %z = Neg(%y)
        }
        """,
      because: "the axis added is not the one joined along")
  }
}
