import FerryTestSupport
import Passes
import Testing

@Suite struct RecognizeScannedLayerTests {
  @Test func recognisesAScan() throws {
    try expectRewrite(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f32[2,4], %xt: f32[2,3]) -> (%n, %n2) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }, num_scan_inputs: 1
          }
        }
        """,
      becomes: """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %h1 = Unsqueeze(%h0, %zero)
          %a, %n = GRU(%x, %w, %r, %b, _, %h1) {hidden_size: 4}
          %h = Squeeze(%n, %zero)
          %all = Squeeze(%a, %one)
        }
        """)
  }

  @Test func recognisesAScanFromTheEnd() throws {
    try expectRewrite(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f32[2,4], %xt: f32[2,3]) -> (%n, %n2) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }, num_scan_inputs: 1, scan_input_directions: [1], scan_output_directions: [1]
          }
        }
        """,
      becomes: """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %zero = const i64[1] [0]
          %one = const i64[1] [1]
          %w = const f32[1,12,3] random(1)
          %r = const f32[1,12,4] random(2)
          %b = const f32[1,24] random(3)
          %h1 = Unsqueeze(%h0, %zero)
          %a, %n = GRU(%x, %w, %r, %b, _, %h1) {direction: "reverse", hidden_size: 4}
          %h = Squeeze(%n, %zero)
          %all = Squeeze(%a, %one)
        }
        """)
  }

  @Test func leavesASequenceTurnedRound() throws {
    try expectUnchanged(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f32[2,4], %xt: f32[2,3]) -> (%n, %n2) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }, num_scan_inputs: 1, scan_input_directions: [1]
          }
        }
        """,
      because: "the sequence is turned round")
  }

  @Test func leavesAnotherAxis() throws {
    try expectUnchanged(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f32[2,4], %xt: f32[2,3]) -> (%n, %n2) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }, num_scan_inputs: 1, scan_output_axes: [1]
          }
        }
        """,
      because: "the sequence is along another axis")
  }

  @Test func leavesOtherResults() throws {
    try expectUnchanged(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f32[2,4], %xt: f32[2,3]) -> (%n, %m) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
              %m = Neg(%n)
            }, num_scan_inputs: 1
          }
        }
        """,
      because: "the body gives something else")
  }

  @Test func leavesOtherStates() throws {
    try expectUnchanged(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %k0: f32[2], %x: f32[T,2,3]) -> (%h, %q, %all) {
          %h, %q, %all = Scan(%h0, %k0, %x) {
            body: graph (%s: f32[2,4], %k: f32[2], %xt: f32[2,3]) -> (%n, %k2, %n2) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
              %k2 = Neg(%k)
            }, num_scan_inputs: 1
          }
        }
        """,
      because: "there are other states or sequences")
  }

  @Test func leavesWhatIsComputedBefore() throws {
    try expectUnchanged(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f32[2,4], %xt: f32[2,3]) -> (%n, %n2) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %xn = Neg(%xt)
              %x1 = Unsqueeze(%xn, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }, num_scan_inputs: 1
          }
        }
        """,
      because: "the layer does not read the sequence")
  }

  @Test func leavesTwoLayers() throws {
    try expectUnchanged(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f32[2,4], %x: f32[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f32[2,4], %xt: f32[2,3]) -> (%n, %n3) {
              %z = const i64[1] [0]
              %w = const f32[1,12,3] random(1)
              %r = const f32[1,12,4] random(2)
              %b = const f32[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
              %a2, %nh2 = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n3 = Squeeze(%nh2, %z)
            }, num_scan_inputs: 1
          }
        }
        """,
      because: "the body is not one step")
  }

  @Test func leavesDoubles() throws {
    try expectUnchanged(
      RecognizeScannedLayer(),
      """
        graph main(%h0: f64[2,4], %x: f64[T,2,3]) -> (%h, %all) {
          %h, %all = Scan(%h0, %x) {
            body: graph (%s: f64[2,4], %xt: f64[2,3]) -> (%n, %n2) {
              %z = const i64[1] [0]
              %w = const f64[1,12,3] random(1)
              %r = const f64[1,12,4] random(2)
              %b = const f64[1,24] random(3)
              %x1 = Unsqueeze(%xt, %z)
              %h1 = Unsqueeze(%s, %z)
              %a, %nh = GRU(%x1, %w, %r, %b, _, %h1) {hidden_size: 4}
              %n = Squeeze(%nh, %z)
              %n2 = Identity(%n)
            }, num_scan_inputs: 1
          }
        }
        """,
      because: "the element type")
  }
}
