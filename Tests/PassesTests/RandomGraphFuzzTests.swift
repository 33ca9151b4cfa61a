import Diagnostics
import Evaluation
import FerryTestSupport
import Foundation
import GraphIR
import GraphText
import Operators
import Passes
import Rewriting
import Tensors
import Testing

/// Graphs made at random, run before and after the standard pipeline. `FERRY_FUZZ_ROUNDS` says how many, `FERRY_FUZZ_SEED` from
/// which one on.
@Suite struct RandomGraphFuzzTests {
  private static func setting(_ name: String, _ usual: Int) -> Int { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual }
  private static let rounds = setting("FERRY_FUZZ_ROUNDS", 2_000)
  private static let first = setting("FERRY_FUZZ_SEED", 1)

  @Test func optimisedGraphsGiveTheSameResults() throws {
    var failures = 0
    var (nodes, left, applied) = (0, 0, [String: Int]())
    for seed in Self.first..<Self.first + Self.rounds where failures < 5 {
      var generator = GraphGenerator(seed: UInt64(seed))
      let original = try generator.generate(nodes: 10 + seed % 51)
      let opset = [25, 25, 19, 13, 11, 24][seed % 6]
      let trace = RewriteTrace()
      if let difference = check(original, opset, trace) {
        failures += 1
        Issue.record("seed \(seed), operator set \(opset): \(difference)\n\(culprit(original, opset))\n\(original.text())")
      }
      for entry in trace.entries { applied[entry.rule, default: 0] += entry.count }
      nodes += original.nodeCount
      left += original.nodeCount - trace.entries.reduce(0) { $0 + $1.nodesSaved }
    }
    print("random graphs: \(nodes) nodes before, \(left) after; " + applied.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
  }

  /// What is wrong with the optimised graph; `nil` when it does what the original does.
  private func check(_ original: Graph, _ opset: Int, _ trace: RewriteTrace) -> String? {
    do {
      try original.verify()
      var graph = original
      try Pipelines.standard.run(on: &graph, opsets: ["": opset], trace: trace)
      try graph.verify()
      for sizes in [[2, 3, 5, 4], [1, 6, 4, 5]] {
        let inputs = try original.randomInputs(seed: UInt64(opset), sizes: sizes)
        let expected = try original.evaluated(inputs)
        for (index, (mine, theirs)) in zip(try graph.evaluated(inputs), expected).enumerated() {
          if let difference = try mine.difference(from: theirs) { return "output \(index): \(difference)" }
        }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// The rule after whose application the results first differ.
  private func culprit(_ original: Graph, _ opset: Int) -> String {
    for count in 1...500 {
      let trace = RewriteTrace(stopAfter: count)
      if check(original, opset, trace) != nil {
        return "first wrong after rewrite \(count), one of \(trace.entries.map(\.rule).joined(separator: ", "))"
      }
      if trace.applicationCount < count { break }
    }
    return "no single rewrite is wrong"
  }
}
