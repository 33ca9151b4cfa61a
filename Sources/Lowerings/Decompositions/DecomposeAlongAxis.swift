import GraphIR
import Operators
import Tensors

/// What looks at all elements along an axis.
let axisDecompositions: [Decomposition] = [
  // The last axis: 1 at the place of the first largest element. Another one is made the last before.
  Decomposition(Hardmax.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let shape = try context.knownShape(x)
    guard !op.coerced, try context.axis(op.axis, of: x) == shape.count - 1, let size = shape.last?.number else {
      return try context.alongLastAxis(op.axis, coerced: op.coerced) { axis in
        var last = Hardmax()
        last.axis = axis
        return last
      }
    }
    var place = ArgMax()
    (place.axis, place.keepdims) = (shape.count - 1, false)
    let values = try context.cast(context.vector([0, 1]), to: context.knownElement(x))
    return [try context.emit(OneHot(), context.emit(place, x), context.constant(scalar: size), values)]
  },
  Decomposition(CumProd.self) { (op, context) throws(NotRepresentable) in [try context.products(op)] },
]

extension StepContext {
  /// The products of 1, 2, 4, … neighbours, each from two of the step before (Hillis and Steele, "Data parallel algorithms", 1986).
  fileprivate mutating func products(_ op: CumProd) throws(NotRepresentable) -> ValueID {
    var y = try required(0)
    let along = try knownShape(y).count == 1 ? 0 : axis(integer(required(1), what: "axis"), of: y)
    guard let size = try knownShape(y)[along].number, size <= 1 << 24 else { throw NotRepresentable("an axis of unknown size") }
    if op.exclusive { y = try shifted(y, axis: along, size: size, by: 1, reverse: op.reverse) }
    var reach = 1
    while reach < size {
      y = try emit(Mul(), y, shifted(y, axis: along, size: size, by: reach, reverse: op.reverse))
      reach *= 2
    }
    return y
  }

  /// The elements moved on along an axis, ones in their place.
  private mutating func shifted(_ x: ValueID, axis: Int, size: Int, by places: Int, reverse: Bool) throws(NotRepresentable) -> ValueID {
    let places = min(places, size)
    let kept = try reverse ? slice(x, axis: axis, from: places, to: size) : slice(x, axis: axis, from: 0, to: size - places)
    let rank = try knownShape(x).count
    var pads = [Int](repeating: 0, count: 2 * rank)
    pads[reverse ? axis + rank : axis] = places
    return try emit(Pad(), kept, vector(pads), number(1, like: x))
  }
}
