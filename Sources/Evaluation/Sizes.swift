import Diagnostics
import GraphIR

/// Numbers for the symbols in a graph's inputs, for figures and trial runs.
package enum Sizes {
  /// Sizes to try for axes that are not the outermost, the likeliest first.
  private static let inner = [64, 32, 96, 224, 48, 320, 16, 8, 128, 512, 4, 2, 1, 1024, 4096, 16384]

  /// Assignments to try: what operators require, `outermost` for symbols that only ever count samples, the same trial size for all others.
  package static func candidates(for graph: Graph, outermost: Int = 1) -> [[String: Int]] {
    let symbols = InputSynthesis.symbols(of: graph)
    guard !symbols.isEmpty else { return [[:]] }
    let required = RequiredSizes.of(graph)
    let isFree = symbols.contains { !$0.isOutermost && required[$0.name] == nil }
    return (isFree ? inner : [outermost]).map { size in
      Dictionary(uniqueKeysWithValues: symbols.map { ($0.name, required[$0.name] ?? ($0.isOutermost ? outermost : size)) })
    }
  }
}
