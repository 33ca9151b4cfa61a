import Diagnostics
import GraphIR
import Operators
import Tensors

/// Resizing some axes by their list, or to sizes, in terms of scales or sizes of all axes.
let resizeDecompositions: [Decomposition] = [
  Decomposition(Resize.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard let listed = op.axes, op.keepAspectRatioPolicy == .stretch, context.operand(1) == nil || op.coordinateTransformationMode != .cropAndResize else {
      throw NotRepresentable("")
    }
    let shape = try context.knownShape(x)
    var axes: [Int] = []
    for axis in listed { axes.append(try context.axis(axis, of: x)) }
    var whole = op
    whole.axes = nil
    if let operand = context.operand(2), let tensor = context.constant(operand), tensor.count == axes.count,
      let scales = try? tensor.elements(as: Float.self) {
      var all = [Float](repeating: 1, count: shape.count)
      for (axis, scale) in zip(axes, scales) { all[axis] = scale }
      return try context.emit(whole, [x, nil, context.constant(floats: all)], results: 1)
    }
    guard let operand = context.operand(3) else { throw NotRepresentable("scales are computed") }
    let sizes = try context.integers(operand, what: "sizes")
    guard sizes.count == axes.count else { throw NotRepresentable("sizes and axes differ in number") }
    var parts: [ValueID] = []
    for axis in shape.indices {
      if let at = axes.firstIndex(of: axis) {
        parts.append(try context.vector([sizes[at]]))
      } else {
        parts.append(try context.size(x, axis: axis))
      }
    }
    return try context.emit(whole, [x, nil, nil, context.concat(parts)], results: 1)
  },
  // Scales in place of sizes, where they say the same.
  Decomposition(Resize.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard op.axes == nil, context.operand(3) != nil, op.coordinateTransformationMode == .asymmetric else { throw NotRepresentable("") }
    let (from, to) = (try context.fixedShape(x), try context.fixedShape(context.graph[context.node].results[0]))
    guard from.allSatisfy({ $0 > 0 }), zip(from, to).allSatisfy({ $1 % $0 == 0 }) else { throw NotRepresentable("sizes are no multiples") }
    return try context.emit(op, [x, nil, context.constant(floats: zip(from, to).map { Float($1 / $0) })], results: 1)
  },
  // Along one axis after the other: as positions for the nearest, as a product with the weights otherwise.
  Decomposition(Resize.self) { (op, context) throws(NotRepresentable) in [try context.resizedByAxes(op)] },
]

extension StepContext {
  fileprivate mutating func resizedByAxes(_ op: Resize) throws(NotRepresentable) -> ValueID {
    var x = try required(0)
    let element = try knownElement(x)
    guard op.keepAspectRatioPolicy == .stretch, op.coordinateTransformationMode != .cropAndResize, element.isFloatingPoint || op.mode == .nearest else {
      throw NotRepresentable("resizes by more than scales")
    }
    let (from, to) = (try knownShape(x), try knownShape(graph[node].results[0]))
    guard from.count == to.count else { throw NotRepresentable("the rank changes") }
    let listed = op.axes.map { $0.map { $0 < 0 ? $0 + from.count : $0 } } ?? Array(from.indices)
    let scales = try operand(2).flatMap(constant).map { (scales) throws(NotRepresentable) in try floats(scales) }
    // Sizes alone do not say by how much: a scale of 0.6 makes two of four, as 0.5 does.
    guard operand(2) == nil || scales != nil || operand(3) != nil else { throw NotRepresentable("scales are computed") }
    let work: ElementType = element == .float64 ? .float64 : .float32
    let isNearest = op.mode == .nearest
    if !isNearest { x = try cast(x, to: work) }
    for axis in from.indices {
      let scale = scales.flatMap { scales in listed.firstIndex(of: axis).flatMap { scales.indices.contains($0) ? scales[$0] : nil } }
      if from[axis] == to[axis], scale ?? 1 == 1 { continue }
      guard let size = from[axis].number, let target = to[axis].number, size > 0, target > 0, size <= 1 << 13, target <= 1 << 13 else {
        throw NotRepresentable("the sizes of axis \(axis) are not fixed")
      }
      let weights = try weights(op, from: size, to: target, scale: scale)
      x = try isNearest ? emit(Gather(axis: axis), x, vector(chosen(weights, size))) : weighed(x, weights, size, target, axis, work)
    }
    return try isNearest ? emit(Identity(), x) : cast(x, to: element)
  }

  private func floats(_ tensor: Tensor) throws(NotRepresentable) -> [Float] {
    do { return try tensor.elements(as: Float.self) } catch { throw NotRepresentable(error.message) }
  }

  /// What each element of one axis takes from each of the operand's, `[to, from]`: the axis of a unit matrix, resized.
  private func weights(_ op: Resize, from size: Int, to target: Int, scale: Float?) throws(NotRepresentable) -> [Double] {
    guard size * target <= 1 << 22, size * size <= 1 << 22 else { throw NotRepresentable("the axis is long") }
    var unit = [Double](repeating: 0, count: size * size)
    for index in 0..<size { unit[index * size + index] = 1 }
    var single = op
    single.axes = [0]
    do {
      let x = try Tensor(.float64, [size, size], elements: unit)
      let scales = try scale.map { (scale) throws(ModelError) in try Tensor(.float32, [1], elements: [scale]) }
      let sizes = scale == nil ? try Tensor.integers([target]) : nil
      guard let result = try single.evaluate(Operands([x, nil, scales, sizes])).first, result.shape == [target, size] else {
        throw NotRepresentable("the size of an axis does not follow from its scale")
      }
      return try result.elements(as: Double.self)
    } catch let error as NotRepresentable {
      throw error
    } catch { throw NotRepresentable("the weights cannot be computed") }
  }

  private func chosen(_ weights: [Double], _ size: Int) -> [Int] {
    stride(from: 0, to: weights.count, by: size).map { row in (0..<size).first { weights[row + $0] != 0 } ?? 0 }
  }

  private mutating func weighed(
    _ x: ValueID, _ weights: [Double], _ size: Int, _ target: Int, _ axis: Int, _ work: ElementType
  ) throws(NotRepresentable) -> ValueID {
    let rank = try knownShape(x).count
    guard axis < rank - 1 else { return try emit(MatMul(), x, numbers(transposed(weights, size), [size, target], work)) }
    return try multiplied(x, by: numbers(weights, [target, size], work), axis: axis)
  }

  /// A matrix `[to, from]` times a value's axis of size `from`.
  mutating func multiplied(_ x: ValueID, by matrix: ValueID, axis: Int) throws(NotRepresentable) -> ValueID {
    let rank = try knownShape(x).count
    guard axis < rank - 1 else { return try emit(MatMul(), x, transpose(matrix, [1, 0])) }
    guard axis < rank - 2 else { return try emit(MatMul(), matrix, x) }
    var order = Array(0..<rank)
    order.swapAt(axis, rank - 2)
    return try transpose(emit(MatMul(), matrix, transpose(x, order)), order)
  }

  private func transposed(_ weights: [Double], _ size: Int) -> [Double] {
    let rows = weights.count / size
    return (0..<weights.count).map { weights[$0 % rows * size + $0 / rows] }
  }
}
