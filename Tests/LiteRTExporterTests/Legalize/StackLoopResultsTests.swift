import Testing

/// A loop that stacks a value of every iteration carries the stack.
@Suite struct StackLoopResultsTests {
  @Test func aLoopStacksWhatEveryIterationGives() throws {
    try RoundTrip.expectSame(
      """
      graph main(%x: f32[n]) -> (%last, %all, %counts) {
        %count = const i64 4
        %last, %all, %counts = Loop(%count, _, %x) {
          body: graph step(%i: i64[], %again: bool[], %state: f32[n]) -> (%go, %next, %seen, %number) {
            %go = Identity(%again)
            %next = Add(%state, %state)
            %seen = Tanh(%next)
            %number = Identity(%i)
          }
        }
      }
      """)
  }
}
