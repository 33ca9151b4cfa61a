import GraphIR
import Operators
import Tensors

/// Normalisations by means and variances, and softmax along an axis that is not the last one.
let normalizationDecompositions: [Decomposition] = [
  Decomposition(LayerNormalization.self) { (op, context) throws(NotRepresentable) in try context.layerNormalization(op) },
  Decomposition(GroupNormalization.self) { (op, context) throws(NotRepresentable) in [try context.groupNormalization(op)] },
  Decomposition(BatchNormalization.self) { (op, context) throws(NotRepresentable) in try context.batchNormalization(op) },
  Decomposition(Softmax.self) { (op, context) throws(NotRepresentable) in
    try context.alongLastAxis(op.axis, coerced: op.coerced) { axis in
      var last = Softmax()
      last.axis = axis
      return last
    }
  },
  Decomposition(LogSoftmax.self) { (op, context) throws(NotRepresentable) in
    try context.alongLastAxis(op.axis, coerced: op.coerced) { axis in
      var last = LogSoftmax()
      last.axis = axis
      return last
    }
  },
]

extension StepContext {
  /// Shifted to mean 0 along axes and scaled to variance 1, with the mean and 1/deviation.
  mutating func standardize(
    _ x: ValueID, axes: [Int], epsilon: Float
  ) throws(NotRepresentable) -> (y: ValueID, mean: ValueID, inverse: ValueID) {
    let mean = try mean(x, axes: axes)
    let centred = try emit(Sub(), x, mean)
    let variance = try self.mean(emit(Mul(), centred, centred), axes: axes)
    let inverse = try emit(Reciprocal(), emit(Sqrt(), emit(Add(), variance, number(Double(epsilon), like: variance))))
    return (try emit(Mul(), centred, inverse), mean, inverse)
  }

  /// The element type in which ONNX's number of one asks to compute.
  func stash(_ code: Int, for element: ElementType) -> ElementType {
    guard let stash = ElementType(onnxCode: Int64(code)), stash.isFloatingPoint else { return element }
    return stash.bitWidth > element.bitWidth ? stash : element
  }

  fileprivate mutating func layerNormalization(_ op: LayerNormalization) throws(NotRepresentable) -> [ValueID?] {
    let (x, scale) = (try required(0), try required(1))
    let rank = try knownShape(x).count
    let element = try knownElement(x)
    let axes = Array(try axis(op.axis, of: x)..<rank)
    let (y, mean, inverse) = try standardize(cast(x, to: stash(op.stashType, for: element)), axes: axes, epsilon: op.epsilon)
    var result = try emit(Mul(), cast(y, to: element), scale)
    if let bias = operand(2) { result = try emit(Add(), result, bias) }
    guard isUsed(1) || isUsed(2) else { return [result] }
    let kept = ElementType(onnxCode: Int64(op.stashType)) ?? .float32
    return [result, try cast(mean, to: kept), try cast(inverse, to: kept)]
  }

  fileprivate mutating func groupNormalization(_ op: GroupNormalization) throws(NotRepresentable) -> ValueID {
    let (x, scale, bias) = (try required(0), try required(1), try required(2))
    let rank = try knownShape(x).count
    let element = try knownElement(x)
    let wide = try cast(x, to: stash(op.stashType, for: element))
    let groups = try reshape(wide, [0, op.numGroups, -1])
    let (y, _, _) = try standardize(groups, axes: [2], epsilon: op.epsilon)
    let back = try cast(emit(Reshape(), y, shapeVector(of: x)), to: element)
    let spread = Array(1..<max(1, rank - 1))
    return try emit(Add(), emit(Mul(), back, unsqueeze(scale, at: spread)), unsqueeze(bias, at: spread))
  }

  /// In training: normalised by the batch, and the running figures moved towards the batch's.
  fileprivate mutating func batchNormalization(_ op: BatchNormalization) throws(NotRepresentable) -> [ValueID?] {
    let (x, scale, bias) = (try required(0), try required(1), try required(2))
    guard op.trainingMode else { throw NotRepresentable("") }
    let rank = try knownShape(x).count
    guard rank > 1 else { throw NotRepresentable("is in training mode on a vector") }
    let axes = (0..<rank).filter { $0 != 1 }
    let spread = Array(1..<rank - 1)
    let element = try knownElement(x)
    let mean = try mean(x, axes: axes)
    let centred = try emit(Sub(), x, mean)
    let variance = try self.mean(emit(Mul(), centred, centred), axes: axes)
    let deviation = try emit(Sqrt(), emit(Add(), variance, number(Double(op.epsilon), element)))
    let scaled = try emit(Mul(), emit(Div(), centred, deviation), unsqueeze(scale, at: spread))
    var results: [ValueID?] = [try emit(Add(), scaled, unsqueeze(bias, at: spread))]
    for (index, batch) in [(1, mean), (2, variance)] where isUsed(index) {
      while results.count < index { results.append(nil) }
      let old = try required(index + 2)
      let kind = try knownElement(old)
      let flat = try cast(emit(Reshape(), batch, vector([-1])), to: kind)
      let kept = try emit(Mul(), old, number(Double(op.momentum), kind))
      results.append(try emit(Add(), kept, emit(Mul(), flat, number(1 - Double(op.momentum), kind))))
    }
    return results
  }

  /// The shape of a value as a vector, a constant when it is known.
  mutating func shapeVector(of value: ValueID) throws(NotRepresentable) -> ValueID {
    if let sizes = try? fixedShape(value) { return try vector(sizes) }
    return try emit(ShapeOf(), value)
  }

  /// A normalisation along the last axis in place of one along another.
  mutating func alongLastAxis(
    _ axis: Int, coerced: Bool, _ make: (Int) -> any Operator
  ) throws(NotRepresentable) -> [ValueID?] {
    let x = try required(0)
    let rank = try knownShape(x).count
    guard !coerced else { throw NotRepresentable("") }
    let along = try self.axis(axis, of: x)
    guard along != rank - 1 else { throw NotRepresentable("") }
    var permutation = Array(0..<rank)
    permutation.swapAt(along, rank - 1)
    return [try transpose(emit(make(rank - 1), transpose(x, permutation)), permutation)]
  }
}
