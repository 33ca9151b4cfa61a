import FerryTestSupport
import Passes
import Testing

@Suite struct UnrollLoopTests {
  @Test func takesASingleIteration() throws {
    try expectRewrite(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %n = const i64 1
          %y = Loop(%n, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%y) {
          %y = Relu(%x)
        }
        """)
  }

  @Test func takesNoIteration() throws {
    try expectRewrite(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %n = const i64 0
          %y = Loop(%n, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      becomes: """
        graph main(%x: f32[N,4]) -> (%y) {
          %y = Identity(%x)
        }
        """)
  }

  @Test func makesMoreNodesWhereThatIsAllowed() throws {
    try expectRewrite(
      UnrollLoop(nodeLimit: 3),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %n = const i64 3
          %y = Loop(%n, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      becomes: "graph main(%x: f32[N,4]) -> (%y) { %a = Relu(%x) %b = Relu(%a) %y = Relu(%b) }")
  }

  @Test func leavesWhatWouldBeMoreThanAllowed() throws {
    try expectUnchanged(
      UnrollLoop(nodeLimit: 2),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %n = const i64 3
          %y = Loop(%n, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      because: "there would be more nodes")
  }

  @Test func repeatsASmallBody() throws {
    try expectRewrite(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4], %w0: f32[4]) -> (%y) {
          %n = const i64 2
          %y = Loop(%n, _, %x, %w0) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) captures (%w: f32[4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Mul(%a, %w)
            }
          }
        }
        """,
      becomes: """
        graph main(%x: f32[N,4], %w0: f32[4]) -> (%y) {
          %b = Mul(%x, %w0)
          %y = Mul(%b, %w0)
        }
        """)
  }

  @Test func leavesManyIterations() throws {
    try expectUnchanged(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %n = const i64 100
          %y = Loop(%n, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      because: "there are many iterations")
  }

  @Test func leavesMoreNodesThanBefore() throws {
    try expectUnchanged(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %n = const i64 3
          %y = Loop(%n, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      because: "there would be more nodes")
  }

  @Test func leavesAnOpenNumber() throws {
    try expectUnchanged(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4], %m: i64) -> (%y) {
          %n = const i64 1
          %y = Loop(%m, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      because: "the elements are not known")
  }

  @Test func leavesAConditionThatDependsOnData() throws {
    try expectUnchanged(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4]) -> (%y) {
          %n = const i64 2
          %y = Loop(%n, _, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %zero = const i64 0
              %t2 = Greater(%i, %zero)
              %b = Relu(%a)
            }
          }
        }
        """,
      because: "the condition may end the loop")
  }

  @Test func leavesAnOpenCondition() throws {
    try expectUnchanged(
      UnrollLoop(),
      """
        graph main(%x: f32[N,4], %go: bool) -> (%y) {
          %n = const i64 1
          %y = Loop(%n, %go, %x) {
            body: graph (%i: i64, %t: bool, %a: f32[N,4]) -> (%t2, %b) {
              %t2 = Identity(%t)
              %b = Relu(%a)
            }
          }
        }
        """,
      because: "the condition is not known")
  }
}
