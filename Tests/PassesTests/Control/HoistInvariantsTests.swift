import FerryTestSupport
import GraphIR
import Operators
import Passes
import Rewriting
import Testing

@Suite struct HoistInvariantsTests {
  @Test func computesOnceWhatEveryIterationNeeds() throws {
    try expectRewrite(
      HoistInvariants(),
      """
        graph main(%s: f32[3], %v: f32[5,3], %w0: f32[3,2]) -> (%y, %z) {
          %y, %z = Scan(%s, %v, %w0) {
            body: graph (%a: f32[3], %e: f32[3]) captures (%w: f32[3,2]) -> (%b, %c) {
              %k = const f32 2.0
              %u = Mul(%w, %k)
              %t = Abs(%u)
              %b = Add(%a, %e)
              %c = MatMul(%b, %t)
            }
          }
        }
        """,
      becomes: """
        graph main(%s: f32[3], %v: f32[5,3], %w0: f32[3,2]) -> (%y, %z) {
          %k = const f32 2.0
          %u = Mul(%w0, %k)
          %t0 = Abs(%u)
          %y, %z = Scan(%s, %v, %t0) {
            body: graph (%a: f32[3], %e: f32[3]) captures (%t: f32[3,2]) -> (%b, %c) {
              %b = Add(%a, %e)
              %c = MatMul(%b, %t)
            }
          }
        }
        """)
  }

  @Test func leavesWhatDependsOnTheIteration() throws {
    try expectUnchanged(
      HoistInvariants(),
      """
        graph main(%s: f32[3], %v: f32[5,3], %w0: f32[3,3]) -> (%y, %z) {
          %y, %z = Scan(%s, %v, %w0) {
            body: graph (%a: f32[3], %e: f32[3]) captures (%w: f32[3,3]) -> (%b, %c) {
              %u = Mul(%w, %e)
              %b = Add(%a, %e)
              %c = MatMul(%b, %u)
            }
          }
        }
        """)
  }

  @Test func leavesWhatMayFail() throws {
    try expectUnchanged(
      HoistInvariants(),
      """
        graph main(%s: f32[3], %v: f32[5,3], %w0: f32[3,3], %i: i64) -> (%y, %z) {
          %y, %z = Scan(%s, %v, %w0, %i) {
            body: graph (%a: f32[3], %e: f32[3]) captures (%w: f32[3,3], %j: i64) -> (%b, %c) {
              %u = Gather(%w, %j)
              %b = Add(%a, %e)
              %c = Mul(%b, %u)
            }
          }
        }
        """)
  }

  @Test func leavesBranches() throws {
    try expectUnchanged(
      HoistInvariants(),
      """
        graph main(%c: bool, %x: f32[2]) -> (%y) {
          %y = If(%c, %x) {
            then_branch: graph () captures (%a: f32[2]) -> (%t) {
              %n = Neg(%a)
              %t = Abs(%n)
            },
            else_branch: graph () captures (%b: f32[2]) -> (%e) {
              %e = Abs(%b)
            }
          }
        }
        """)
  }

  @Test func leavesWhatTheBodyReturns() throws {
    try expectUnchanged(
      HoistInvariants(),
      """
        graph main(%s: f32[3], %v: f32[5,3], %w0: f32[3,3]) -> (%y, %z) {
          %y, %z = Scan(%s, %v, %w0) {
            body: graph (%a: f32[3], %e: f32[3]) captures (%w: f32[3,3]) -> (%b, %c) {
              %c = Abs(%w)
              %b = Add(%a, %e)
            }
          }
        }
        """)
  }

  /// Taken out first, the sum with a constant would be lost to them.
  @Test func rulesOfTheBodyComeBefore() throws {
    var graph = try verified(
      """
      graph main(%n: i64, %x: f32[3], %w0: f32[3]) -> (%y) {
        %y = Loop(%n, _, %x, %w0) {
          body: graph (%i: i64, %go: bool, %a: f32[3]) captures (%w: f32[3]) -> (%again, %b) {
            %again = Identity(%go)
            %k = const f32 2.0
            %p = Add(%a, %k)
            %q = Add(%w, %k)
            %b = Add(%p, %q)
          }
        }
      }
      """)
    try Pipelines.standard.run(on: &graph, opsets: ["": 18], trace: RewriteTrace())
    let loop = try #require(graph.nodeIDs.first { graph[$0].op is Loop })
    let body = graph.graphs(of: loop)[0]
    #expect(graph.nodeCount == 1 && body.nodeIDs.count { body[$0].op is Add } == 2)
  }
}
