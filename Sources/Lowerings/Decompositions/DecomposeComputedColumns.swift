import GraphIR
import Operators
import Tensors

/// Columns put back into images whose size, or whose blocks' size, is computed.
let computedColumnDecompositions: [Decomposition] = [
  Decomposition(Col2Im.self) { (op, context) throws(NotRepresentable) in [try context.columnsPutBackAtPositions(op)] }
]

/// One axis of an image. Values are vectors of one 64-bit integer, but for `places`.
private struct ColumnAxis {
  var image: ValueID
  var block: ValueID
  /// How many blocks lie along the axis.
  var count: ValueID
  /// Where each tap of each block lies, `[block · count]`.
  var places: ValueID
}

extension StepContext {
  /// Along one axis after the other, a product with a matrix that holds a one where a tap of a block lies at a place.
  fileprivate mutating func columnsPutBackAtPositions(_ op: Col2Im) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let element = try knownElement(x)
    guard element.isFloatingPoint || element.bitWidth <= 32 else { throw NotRepresentable("adds up \(element.rawValue)") }
    let work: ElementType = element == .float64 || element.isInteger ? .float64 : .float32
    let axes = try columnAxes(op)
    let taps = try axes.map(\.block).reduced(&self)
    let channels = try emit(Div(), size(x, axis: 1), taps)
    let images = try product(size(x, axis: 0), channels)
    let order = axes.indices.flatMap { [1 + $0, 1 + axes.count + $0] }
    let apart = try emit(Reshape(), cast(x, to: work), concat([images] + axes.map(\.block) + axes.map(\.count)))
    var result = try transpose(apart, [0] + order)
    // What lies before an axis, its taps and blocks, and the image's axes behind it.
    var after = try vector([1])
    for index in axes.indices.reversed() {
      let axis = axes[index]
      let before = try ([images] + axes[..<index].flatMap { [$0.block, $0.count] }).reduced(&self)
      let shaped = try emit(Reshape(), result, concat([before, product(axis.block, axis.count), after]))
      result = try emit(MatMul(), cast(isAt(axis.places, of: axis.image), to: work), shaped)
      after = try product(axis.image, after)
    }
    result = try emit(Reshape(), result, concat([size(x, axis: 0), channels] + axes.map(\.image)))
    return element.isInteger ? try cast(cast(result, to: .int64), to: element) : try cast(result, to: element)
  }

  private mutating func columnAxes(_ op: Col2Im) throws(NotRepresentable) -> [ColumnAxis] {
    let (image, block) = (try required(1), try required(2))
    let lists = [try knownShape(image), try knownShape(block)]
    guard let rank = lists.lazy.compactMap({ $0.first?.number }).first, (1...6).contains(rank) else {
      throw NotRepresentable("how many axes the image has is unknown")
    }
    let ones = [Int](repeating: 1, count: rank)
    let (strides, dilations, pads) = (op.strides ?? ones, op.dilations ?? ones, op.pads ?? ones.flatMap { _ in [0, 0] })
    guard strides.count == rank, dilations.count == rank, pads.count == 2 * rank, (strides + dilations).allSatisfy({ $0 > 0 }) else {
      throw NotRepresentable("the attributes do not fit the axes")
    }
    var axes: [ColumnAxis] = []
    for axis in 0..<rank {
      let (image, block) = (try entry(image, axis), try entry(block, axis))
      let reach = try emit(Mul(), emit(Sub(), block, vector([1])), vector([dilations[axis]]))
      let room = try emit(Sub(), emit(Add(), image, vector([pads[axis] + pads[axis + rank] - 1])), reach)
      let count = try emit(Add(), emit(Div(), room, vector([strides[axis]])), vector([1]))
      let starts = try emit(Sub(), emit(Mul(), counted(count), vector([strides[axis]])), vector([pads[axis]]))
      let taps = try emit(Mul(), counted(block), vector([dilations[axis]]))
      let places = try flat(emit(Add(), unsqueeze(taps, at: [1]), starts))
      axes.append(ColumnAxis(image: image, block: block, count: count, places: places))
    }
    return axes
  }

  private mutating func entry(_ value: ValueID, _ place: Int) throws(NotRepresentable) -> ValueID {
    if let known = try? constant(value)?.integers(), known.indices.contains(place) { return try vector([known[place]]) }
    return try emit(Gather(axis: 0), cast(value, to: .int64), vector([place]))
  }

  private mutating func counted(_ count: ValueID) throws(NotRepresentable) -> ValueID {
    try emit(RangeOf(), constant(scalar: 0), scalar(count), constant(scalar: 1))
  }

  /// `[size, places]`: true where a place is that of the row.
  private mutating func isAt(_ places: ValueID, of size: ValueID) throws(NotRepresentable) -> ValueID {
    try emit(Equal(), unsqueeze(counted(size), at: [1]), unsqueeze(places, at: [0]))
  }
}

extension [ValueID] {
  /// The product of vectors of one element.
  fileprivate func reduced(_ context: inout StepContext) throws(NotRepresentable) -> ValueID {
    var result = try context.vector([1])
    for value in self { result = try context.product(result, value) }
    return result
  }
}
