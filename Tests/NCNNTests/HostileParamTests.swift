import Diagnostics
import FerryTestSupport
import NCNNExport
import Testing

/// Every number of a network in turn replaced by one that means something else: read or refused, never a crash, and never much memory.
@Suite struct HostileParamTests {
  static let graphs = [
    "graph main(%x: f32[1,4,6,6]) -> (%y) { %w = const f32[4,2,3,3] random(1) %c = Conv(%x, %w) {group: 2, pads: [1, 1, 1, 1]} %v = const f32[4,3,2,2] random(2) %t = ConvTranspose(%c, %v) {strides: [2, 2]} %p = MaxPool(%t) {kernel_shape: [2, 2], strides: [2, 2]} %s = const f32[4] [1.0, 1.0, 2.0, 2.0] %y = Resize(%p, _, %s) {mode: \"linear\"} }",
    "graph main(%x: f32[7,1,5]) -> (%y, %h) { %w = const f32[1,9,5] random(1) %r = const f32[1,9,3] random(2) %b = const f32[1,18] random(3) %y, %h = GRU(%x, %w, %r, %b) {hidden_size: 3, linear_before_reset: 1} }",
    "graph main(%x: f32[1,4,6,6]) -> (%y, %z) { %p = const i64[8] [0, 1, 2, 0, 0, 0, 1, 1] %q = Pad(%x, %p) %s = const i64[2] [1, -1] %e = const i64[2] [4, -9] %a = const i64[2] [1, 2] %t = const i64[2] [1, -1] %c = Slice(%q, %s, %e, %a, %t) %u = Transpose(%c) {perm: [0, 2, 1, 3]} %m = const i64[1] [1] %n = ReduceMean(%u, %m) {keepdims: 0} %d = Concat(%n, %n) {axis: 1} %y, %z = Split(%d) {axis: 1, num_outputs: 2} }",
    "graph main(%i: i64[1,5]) -> (%y) { %t = const f32[7,6] random(1) %g = Gather(%t, %i) %n = const f32[6] random(2) %l = LayerNormalization(%g, %n, %n) %w = const f32[6,3] random(3) %m = MatMul(%l, %w) %y = Softmax(%m) }",
  ]
  static let numbers = ["0", "1", "-1", "-233", "7", "65536", "2147483647", "-2147483648", "1e38", "-0.5", "\"*(0w,0h)\""]

  @Test(arguments: graphs) func everyNumberIsReadOrRefused(_ text: String) throws {
    let trip = try RoundTrip(text)
    let (lines, data) = (String(decoding: try network(trip.files), as: UTF8.self).split(separator: "\n"), try weights(trip.files))
    var (refused, rounds) = (0, 0)
    for (row, line) in lines.enumerated() where row > 1 {
      let words = line.split(separator: " ")
      for (place, word) in words.enumerated() {
        for changed in Self.changes(of: word, isCount: place == 2 || place == 3) {
          var (damaged, other) = (lines, words)
          other[place] = Substring(changed)
          damaged[row] = Substring(other.joined(separator: " "))
          rounds += 1
          do { _ = try RoundTrip.read(Array(damaged.joined(separator: "\n").utf8), data) } catch { refused += error is ModelError ? 1 : 0 }
        }
      }
    }
    #expect(rounds > 50 && refused > rounds / 4)
  }

  private static func changes(of word: Substring, isCount: Bool) -> [String] {
    if isCount { return numbers }
    guard let equals = word.firstIndex(of: "=") else { return [] }
    let key = word[...equals]
    if word.hasPrefix("-233") { return ["0", "1,2147483647", "1,-1", "2,1e38,-5", "3,0,0,0", "9,1,1,1,1,1,1,1,1,1", "1"].map { key + $0 } }
    return numbers.map { key + $0 }
  }
}
