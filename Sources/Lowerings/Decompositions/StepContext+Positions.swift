import GraphIR
import Operators
import Tensors

// Positions as integers, computed where sizes are not known.
extension StepContext {
  /// A value's elements as a vector.
  mutating func flat(_ value: ValueID) throws(NotRepresentable) -> ValueID { try reshape(value, [-1]) }

  /// For every axis, how many elements lie between two neighbours along it: scalars, or vectors of one element.
  mutating func strides(of value: ValueID, axes: Range<Int>) throws(NotRepresentable) -> [ValueID] {
    var strides: [ValueID] = []
    var stride = try vector([1])
    for axis in axes.reversed() {
      strides.append(stride)
      stride = try product(stride, size(value, axis: axis))
    }
    return strides.reversed()
  }

  /// `a · b` of vectors of one element, a constant where both are.
  mutating func product(_ a: ValueID, _ b: ValueID) throws(NotRepresentable) -> ValueID {
    if let x = try? constant(a)?.integers(), let y = try? constant(b)?.integers(), x.count == 1, y.count == 1 {
      let (result, overflow) = x[0].multipliedReportingOverflow(by: y[0])
      guard !overflow else { throw NotRepresentable("the sizes overflow") }
      return try vector([result])
    }
    return try emit(Mul(), a, b)
  }

  /// The coordinates along one axis of `rank`, shaped so that they broadcast to all others.
  mutating func coordinates(_ value: ValueID, axis: Int, rank: Int, at place: Int? = nil) throws(NotRepresentable) -> ValueID {
    let place = place ?? axis
    return try unsqueeze(positions(value, axis: axis), at: (0..<rank).filter { $0 != place })
  }

  /// Indices of which negative ones count from the end of an axis of `size`.
  mutating func nonNegative(_ indices: ValueID, size: ValueID) throws(NotRepresentable) -> ValueID {
    let wide = try cast(indices, to: .int64)
    let isNegative = try cast(compared(Less(), wide, constant(scalar: 0)), to: .int64)
    return try emit(Add(), wide, emit(Mul(), isNegative, size))
  }

  /// A relation between positions, which fit into floats, where old sets relate floats alone.
  mutating func compared(_ relation: any Operator, _ a: ValueID, _ b: ValueID) throws(NotRepresentable) -> ValueID {
    guard version < 9 else { return try emit(relation, a, b) }
    return try emit(relation, cast(a, to: .float64), cast(b, to: .float64))
  }

  /// The shape of the node's first result as a vector: known, or that of an operand whose sizes are the same.
  mutating func resultShape() throws(NotRepresentable) -> ValueID {
    let result = graph[node].results[0]
    if let sizes = try? fixedShape(result) { return try vector(sizes) }
    let shape = try knownShape(result)
    guard !shape.contains(.unknown) else { throw NotRepresentable("the result's sizes are unknown") }
    for case let operand? in graph[node].operands where self.shape(of: operand) == shape { return try emit(ShapeOf(), operand) }
    throw NotRepresentable("the result's sizes are unknown")
  }

  /// The operand spread to a shape.
  mutating func expanded(_ value: ValueID, to shape: ValueID) throws(NotRepresentable) -> ValueID {
    if let sizes = try? fixedShape(value), let wanted = try? constant(shape)?.integers(), sizes == wanted { return value }
    return try emit(Expand(), value, shape)
  }

  /// The only element of a constant operand of integers.
  func integer(_ value: ValueID, what: String) throws(NotRepresentable) -> Int {
    let numbers = try integers(value, what: what)
    guard numbers.count == 1 else { throw NotRepresentable("\(what) is not one number") }
    return numbers[0]
  }

  /// A sum over axes, which go.
  mutating func sum(_ value: ValueID, axes: [Int], keepdims: Bool = false) throws(NotRepresentable) -> ValueID {
    guard !axes.isEmpty else { return value }
    var op = ReduceSum()
    op.keepdims = keepdims
    return try emit(op, value, vector(axes))
  }

  /// A value without some of its axes, which have the size 1.
  mutating func squeeze(_ value: ValueID, at axes: [Int]) throws(NotRepresentable) -> ValueID {
    axes.isEmpty ? value : try emit(Squeeze(), value, vector(axes))
  }

  /// A constant tensor of numbers in an element type.
  mutating func numbers(_ numbers: [Double], _ shape: [Int], _ element: ElementType) throws(NotRepresentable) -> ValueID {
    do { return graph.addConstant("", try Tensor(.float64, shape, elements: numbers).converted(to: element)) } catch {
      throw NotRepresentable(error.message)
    }
  }
}
