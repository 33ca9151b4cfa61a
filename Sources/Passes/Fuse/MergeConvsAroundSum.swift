import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes one pointwise convolution of two with a residual sum in between. Exact up to rounding.
///
///     %c = Conv(%g: f32[N,G,H,W], V: f32[A,G,1,1], b)
///     %s = Add(%a, %c)                                  %s = Concat(%a, %g) {axis: 1}
///     %y = Conv(%s, W: f32[M,A,1,1], d)             →   %y = Conv(%s, [W, W·V], W·b + d)
///
/// where nothing else uses the sum, and it has more channels than the result: then there are fewer products too.
package struct MergeConvsAroundSum: RewriteRule {
  package static let rounds = true
  package init() {}

  /// How many products the new weight may take.
  private static let productLimit = 1 << 27

  package func rewrite(_ outer: Matched<Conv>, _ edit: inout Edit) throws(NoMatch) {
    let sum = try outer[.x].soleProducer(Add.self)
    let (first, second) = try (sum[.a], sum[.b])
    let isFirst = (try? first.soleProducer(Conv.self)) != nil && (try? second.soleProducer(Conv.self)) == nil
    let inner = try (isFirst ? first : second).soleProducer(Conv.self)
    let other = isFirst ? second : first
    let (innerWeight, innerBias) = try pointwise(inner)
    let (weight, bias) = try pointwise(outer)
    try other.requireSameShape(as: inner.result)
    try require(inner.op.strides?.allSatisfy { $0 == 1 } ?? true, "the first convolution leaves positions out")
    let (results, middle, sources) = (weight.shape[0], weight.shape[1], innerWeight.shape[1])
    try require(innerWeight.shape[0] == middle && innerWeight.rank == weight.rank, "the weights do not fit")
    try require(results < middle, "there would be more products")
    try require(results * middle <= Self.productLimit / max(sources, 1), "the weights are large")
    let kernel = Array(weight.shape.dropFirst(2))
    let merged = try edit.computing { () throws(ModelError) in
      let left = try weight.reshaped(to: [results, middle]).cast(to: .float64)
      let product = try deferred(MatMul(), left, innerWeight.reshaped(to: [middle, sources]).cast(to: .float64))
      var concat = Concat()
      concat.axis = 1
      return try deferred(concat, left, product).cast(to: weight.element).reshaped(to: [results, middle + sources] + kernel)
    }
    var concat = Concat()
    concat.axis = 1
    var operands: [ValueID?] = [edit.emit(concat, operands: [other.id, try inner[.x].id])[0], edit.constant(merged)]
    if let innerBias {
      let shifted = try edit.computing { () throws(ModelError) in
        let left = try weight.reshaped(to: [results, middle]).cast(to: .float64)
        let moved = try deferred(MatMul(), left, innerBias.reshaped(to: [middle, 1]).cast(to: .float64)).reshaped(to: [results])
        return try (bias.map { (bias) throws(ModelError) in try moved + bias.cast(to: .float64) } ?? moved).cast(to: weight.element)
      }
      operands.append(edit.constant(shifted))
    } else if let bias = outer.ifPresent(.bias) {
      operands.append(bias.id)
    }
    try edit.replace(outer.result, withSameShape: edit.emit(outer.op, operands: operands)[0])
  }

  /// Weight and bias of a convolution that mixes channels alone.
  private func pointwise(_ conv: Matched<Conv>) throws(NoMatch) -> (weight: Tensor, bias: Tensor?) {
    let (weight, bias) = try conv.foldableWeights()
    try require(weight.shape.dropFirst(2).allSatisfy { $0 == 1 } && conv.op.group == 1, "a convolution reaches beyond one position")
    try require(conv.op.pads?.allSatisfy { $0 == 0 } ?? true, "a convolution is padded")
    return (weight, bias)
  }
}
