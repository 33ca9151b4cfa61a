import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Says what `ai.onnx.ml` does to features in standard operators. Exact up to rounding.
///
///     %y = ai.onnx.ml::Scaler(%x) {offset, scale}        →   %y = Mul(Sub(%x, offset), scale)
///     %y = ai.onnx.ml::Normalizer(%x) {norm: L2}         →   %n = ReduceL2(%x)   %y = Div(%x, Where(%n == 0, 1, %n))
///     %y = ai.onnx.ml::Imputer(%x)                       →   %y = Where(%x is what is replaced, the value, %x)
///     %y = ai.onnx.ml::Binarizer(%x)                     →   %y = Cast(Greater(%x, threshold))
///     %y = ai.onnx.ml::ArrayFeatureExtractor(%x, %i)     →   %y = Gather(%x, %i) {axis: -1}
///     %y = ai.onnx.ml::OneHotEncoder(%x)                 →   %y = Cast(Equal(Unsqueeze(%x), categories))
///     %y = ai.onnx.ml::FeatureVectorizer(%a, %b)         →   %y = Concat(%a, %b) {axis: 1}
///
/// Categories and replaced values are numbers.
package struct DecomposeFeatures: NodeRule {
  package let roots = RuleRoots.operators([
    Scaler.self, Normalizer.self, Imputer.self, Binarizer.self, ArrayFeatureExtractor.self, OneHotEncoder.self, FeatureVectorizer.self,
  ])

  package init() {}

  package func rewrite(_ root: MatchedNode, _ edit: inout Edit) throws(NoMatch) {
    let x = try root.operand(0)
    let result: ValueID
    switch root.op {
    case let op as Scaler: result = try scaled(x, op, &edit)
    case let op as Normalizer: result = try normalized(x, op, &edit)
    case let op as Imputer: result = try imputed(x, op, &edit)
    case let op as Binarizer:
      let element = try x.elementType()
      try require(element.isFloatingPoint, "integers")
      result = edit.cast(edit.emit(Greater(), x.id, try edit.scalar(op.threshold, element)), to: element)
    case is ArrayFeatureExtractor: result = try extracted(x, try root.operand(1), &edit)
    case let op as OneHotEncoder: result = try encoded(x, op, &edit)
    case let op as FeatureVectorizer: result = try joined(root.operands, op, &edit)
    default: throw NoMatch("another operator")
    }
    edit.replace(root.result, with: result)
  }

  /// Numbers along the axis of features: the second, or the only one.
  private func along(_ numbers: [Float], _ x: MatchedValue, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    if numbers.count == 1 { return try edit.floats(numbers, []) }
    let rank = try x.rank()
    return try edit.floats(numbers, [numbers.count] + [Int](repeating: 1, count: max(rank - 2, 0)))
  }

  private func scaled(_ x: MatchedValue, _ op: Scaler, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let shifted = edit.emit(Sub(), try edit.cast(x, to: .float32), try along(op.offset ?? [0], x, &edit))
    return edit.emit(Mul(), shifted, try along(op.scale ?? [1], x, &edit))
  }

  private func normalized(_ x: MatchedValue, _ op: Normalizer, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let (wide, axes) = (try edit.cast(x, to: .float32), edit.constant([try x.rank() > 1 ? 1 : 0]))
    let norm: ValueID
    switch op.norm {
    case .largest: norm = edit.emit(ReduceMax(), wide, axes)
    case .sum: norm = edit.emit(ReduceL1(), wide, axes)
    case .length: norm = edit.emit(ReduceL2(), wide, axes)
    }
    let isZero = edit.emit(Equal(), norm, try edit.floats([0], []))
    return edit.emit(Div(), wide, edit.emit(Where(), isZero, try edit.floats([1], []), norm))
  }

  private func imputed(_ x: MatchedValue, _ op: Imputer, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let element = try x.elementType()
    let isFloat = element.isFloatingPoint
    let rank = try x.rank()
    let count = isFloat ? op.imputedValueFloats?.count ?? 0 : op.imputedValueInt64s?.count ?? 0
    try require(count == 1 || count > 1 && rank <= 2, "values for features behind one another")
    let values = try edit.computing { () throws(ModelError) in
      let numbers = try isFloat ? Tensor(.float32, [count], elements: op.imputedValueFloats ?? []) : Tensor.integers(op.imputedValueInt64s ?? [])
      return try numbers.converted(to: element).reshaped(to: count == 1 ? [] : [count])
    }
    let isReplaced: ValueID
    if isFloat, op.replacedValueFloat.isNaN {
      isReplaced = edit.emit(IsNaN(), x.id)
    } else {
      let old = try edit.computing { () throws(ModelError) in
        try isFloat ? Tensor.scalar(op.replacedValueFloat).converted(to: element) : Tensor.scalar(op.replacedValueInt64).converted(to: element)
      }
      isReplaced = edit.emit(Equal(), x.id, edit.constant(old))
    }
    return edit.emit(Where(), isReplaced, edit.constant(values), x.id)
  }

  private func extracted(_ x: MatchedValue, _ indices: MatchedValue, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let rank = try x.rank()
    try require(rank > 0, "a scalar has no features")
    let taken = edit.emit(Gather(axis: rank - 1), x.id, edit.emit(Reshape(), indices.id, edit.constant([-1])))
    return rank == 1 ? edit.emit(Reshape(), taken, edit.constant([1, -1])) : taken
  }

  private func encoded(_ x: MatchedValue, _ op: OneHotEncoder, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    guard let categories = op.catsInt64s, !categories.isEmpty, op.catsStrings?.isEmpty ?? true else { throw NoMatch("categories are strings") }
    try require(Set(categories).count == categories.count && op.zeros, "categories are given twice, or must be one of them")
    let wide = edit.emit(Unsqueeze(), try edit.cast(x, to: .int64), edit.constant([try x.rank()]))
    return edit.cast(edit.emit(Equal(), wide, edit.constant(categories)), to: .float32)
  }

  private func joined(_ parts: [MatchedValue?], _ op: FeatureVectorizer, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let sizes = op.inputdimensions ?? []
    try require(sizes.count == parts.count && !parts.isEmpty, "the sizes do not fit the operands")
    var columns: [ValueID] = []
    for (part, size) in zip(parts, sizes) {
      guard let part else { throw NoMatch("an operand is absent") }
      let rows = try edit.rows(part)
      guard edit.fact(rows).shape?.last?.number == size else { throw NoMatch("an operand is cut or padded", part.id) }
      columns.append(rows)
    }
    return edit.emit(Concat(axis: 1), operands: columns)[0]
  }
}
