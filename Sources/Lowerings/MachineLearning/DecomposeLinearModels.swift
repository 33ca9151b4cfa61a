import GraphIR
import Operators
import Rewriting
import Tensors

/// Says linear models of `ai.onnx.ml` by products. Exact up to rounding.
///
///     %y = ai.onnx.ml::LinearRegressor(%x)       →   %y = Gemm(%x, coefficients, intercepts) {transB: 1}
///     %l, %y = ai.onnx.ml::LinearClassifier(%x)  →   %s = Gemm(%x, coefficients, intercepts) {transB: 1}
///                                                    %l = Gather(labels, ArgMax(%s))   %y = Softmax(%s)
///
/// With one row of coefficients, the sign of the score chooses the label.
package struct DecomposeLinearModels: NodeRule {
  package let roots = RuleRoots.operators([LinearRegressor.self, LinearClassifier.self])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try edit.rows(root.operand(0))
    if let regressor = root.op as? LinearRegressor {
      let scores = try product(x, regressor.coefficients, regressor.intercepts, count: regressor.targets, &edit)
      return edit.replace(root.result, with: try edit.transformed(scores, count: regressor.targets, by: regressor.postTransform))
    }
    guard let op = root.op as? LinearClassifier else { throw NoMatch("another operator") }
    let weights = op.coefficients?.count ?? 0
    var count = op.intercepts?.count ?? 0
    if count == 0, let features = edit.fact(x).shape?.last?.number, features > 0 { count = weights / features }
    let scores = try product(x, op.coefficients, op.intercepts, count: count, &edit)
    let labelCount = op.classlabelsStrings.flatMap { $0.isEmpty ? nil : $0.count } ?? op.classlabelsInts?.count ?? 0
    var (integers, strings) = (op.classlabelsInts, op.classlabelsStrings)
    var result = scores
    if count > 1 {
      try require(labelCount == count, "a class has no label")
      result = try edit.transformed(scores, by: op.postTransform)
    } else if labelCount == 2 {
      try require(op.postTransform != .probit, "the transform has no operator")
      let second = op.postTransform == .logistic ? edit.emit(Sigmoid(), scores) : scores
      result = edit.emit(Concat(axis: 1), operands: [edit.emit(Sub(), try edit.floats([1], []), second), second])[0]
    } else {
      // Labels of two classes that are named otherwise, or not at all.
      let isText = !(strings?.isEmpty ?? true)
      (integers, strings) = (isText ? nil : [0, 1], isText ? [Array("0".utf8), Array("1".utf8)] : nil)
      result = try edit.transformed(scores, count: 1, by: op.postTransform)
    }
    if !root.isUnused(result: 0) {
      let chosen = count > 1 ? edit.largestPosition(scores) : try edit.isAbove(scores, 0)
      edit.replace(root.result(0), with: try edit.labels(chosen, integers, strings))
    }
    if !root.isUnused(result: 1) { edit.replace(root.result(1), with: result) }
  }

  private func product(
    _ x: ValueID, _ coefficients: [Float]?, _ intercepts: [Float]?, count: Int, _ edit: inout Edit
  ) throws(NoMatch) -> ValueID {
    let weights = coefficients ?? []
    try require(count > 0 && !weights.isEmpty && weights.count % count == 0, "the coefficients do not fit the targets")
    var gemm = Gemm()
    gemm.transB = true
    let matrix = try edit.floats(weights, [count, weights.count / count])
    guard let intercepts, !intercepts.isEmpty else { return edit.emit(gemm, x, matrix) }
    return edit.emit(gemm, x, matrix, try edit.floats(intercepts, [count]))
  }
}
