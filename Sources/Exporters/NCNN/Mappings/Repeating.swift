import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// Elements repeated along axes: `Expand` and `Tile`.
private protocol Repeating: NCNNWritable {
  /// How often, by axis of the result; `nil` where that is not known.
  func repeats(_ node: SubjectNode, _ own: [Dim], _ result: [Dim]) -> [Int]?
}

extension Repeating {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let own = node.operand(0)?.shape, let result = node.result(0).shape, repeats(node, own, result) != nil else {
      return Rejection(.dynamicShape, "elements repeated to a size that is not known")
    }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let own = node.operand(0)?.shape, let result = node.result(0).shape, let layout = MatLayout(result),
      let counts = repeats(node, own, result)
    else { throw ModelError(.notExpressible, "no layout") }
    let x = try out.operand(0, as: own.aligned(to: layout.axes, ofRank: result.count))
    let repeated = layout.axes.map { counts[$0] }
    guard repeated.contains(where: { $0 != 1 }) else { return [x] }
    return [out.layer("Tile", [x], [(2, .ints(repeated))], sizes: layout.sizes)]
  }
}

extension Expand: Repeating {
  fileprivate func repeats(_ node: SubjectNode, _ own: [Dim], _ result: [Dim]) -> [Int]? {
    let aligned = own.aligned(to: Array(result.indices), ofRank: result.count)
    let counts = result.indices.map { axis -> Int? in
      aligned.indices.contains(axis) && aligned[axis] == result[axis] ? 1 : aligned[axis] == 1 ? result[axis].number : nil
    }
    let known = counts.compactMap(\.self)
    return known.count == counts.count ? known : nil
  }
}

extension Tile: Repeating {
  fileprivate func repeats(_ node: SubjectNode, _ own: [Dim], _ result: [Dim]) -> [Int]? {
    guard let counts = node.operand(1)?.integers, counts.count == result.count else { return nil }
    return counts
  }
}
