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
]
