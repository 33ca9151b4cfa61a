import GraphIR
import Rewriting

extension ConversionOptions {
  /// A record of rewriting by the rules that these options allow, for a platform.
  func trace(for platform: Platform? = nil) -> RewriteTrace {
    RewriteTrace(
      disabled: switchedOffRules.union(platform?.contract?.unwantedRules ?? []), enabled: enabledRules.union(onlyRules), allowsApproximate: fastMath, stopAfter: stopAfter)
  }

  /// The rules that may not apply.
  private var switchedOffRules: Set<String> {
    onlyRules.isEmpty ? disabledRules : disabledRules.union(Set(ruleNames).subtracting(onlyRules))
  }
}

extension Graph {
  /// Where every node comes from, in the order in which they are written.
  var provenance: [NodeProvenance] { provenance(path: name) }

  private func provenance(path: String) -> [NodeProvenance] {
    listedNodes().flatMap { id -> [NodeProvenance] in
      let label = NodeLabel(id, in: self)
      let (sources, rules): ([String], [String]) =
        switch self[id].origin {
        case .imported: ([label.name], [])
        case .derived(let derivation): (derivation.sources, derivation.rules)
        }
      let own = NodeProvenance(graph: path, node: label.name, operatorName: label.operatorName, sources: sources, rules: rules)
      return [own] + graphs(of: id).flatMap { $0.provenance(path: path + "/" + $0.name) }
    }
  }
}
