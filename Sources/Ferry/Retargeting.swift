import Diagnostics
import GraphIR
import Lowerings

extension Model {
  /// Versions of the standard operator set that a model can be converted to.
  static var writableOpsets: ClosedRange<Int> { 7...OperatorHistory.newestVersion }

  /// The model asking for another version of the standard operator set, and for the file structure of its time. Types are inferred.
  func asking(forOpset opset: Int, sink: DiagnosticSink) throws(ModelError) -> Model {
    var result = self
    let old = self.opset("") ?? self.opset("ai.onnx")
    if old != opset { try result.inlineFunctions() }
    var inference = TypeInference(sink: sink)
    try inference.run(on: &result.graph)
    let isStandard: (String) -> Bool = { $0.isEmpty || $0 == "ai.onnx" }
    result.opsets = opsets.map { isStandard($0.domain) ? ($0.domain, opset) : $0 }
    if old == nil { result.opsets.append(("", opset)) }
    if let old {
      let structure = Self.structureVersions.last { $0.opset <= opset }?.structure ?? 3
      let present = producer.formatVersion
      result.producer.formatVersion = opset < old ? max(4, min(present, structure)) : max(present, structure)
    }
    return result
  }

  /// True when its operator sets can say everything, with operators taken apart where they have to be.
  var isExpressible: Bool {
    var copy = graph
    return (try? lower(&copy, opsets: opsetsInForce, retargeting: true)) != nil
  }

  /// The version of ONNX's file structure that appeared with an operator set.
  private static let structureVersions: [(opset: Int, structure: Int)] = [
    (7, 3), (9, 4), (10, 5), (11, 6), (12, 7), (15, 8), (19, 9), (21, 10), (23, 11), (24, 12), (25, 13), (27, 14),
  ]
}
