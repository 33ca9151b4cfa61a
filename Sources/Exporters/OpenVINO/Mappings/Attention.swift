import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// `ScaledDotProductAttention`, for what it says without masks that may leave a query no key: there ONNX gives zeros and OpenVINO no number.
/// All else is taken apart.
extension Attention: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let shapes = (0..<3).map { node.operand($0)?.shape }
    guard shapes.allSatisfy({ $0?.count == 4 }), let heads = shapes[0]?[1].number, shapes[1]?[1].number == heads, shapes[2]?[1].number == heads
    else { return Rejection(.rank, "heads that are not an axis of their own, or shared") }
    if (3...6).contains(where: { node.operand($0) != nil }) { return Rejection(.operand, "masks, or keys from before") }
    if softcap > 0 || leftWindow >= 0 || rightWindow >= 0 { return Rejection(.attribute, "capped scores, or windows") }
    if (1...3).contains(where: { node.isUsed(result: $0) }) { return Rejection(.operand, "more than the result is used") }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    var operands = [try out.operand(0), try out.operand(1), try out.operand(2)]
    if let scale {
      // The scale is the fifth operand, so that there must be a fourth: nothing is added.
      operands += [try out.scalar(0, operands[0].element), try out.scalar(Double(scale), operands[0].element)]
    }
    return [out.layer("ScaledDotProductAttention", 13, operands, [("causal", isCausal.text)], as: node.result(0))]
  }
}
