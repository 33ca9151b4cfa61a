import GraphIR
import Operators
import Tensors

/// Relations between two elements, and what chooses one of several.
let comparisonDecompositions: [Decomposition] = [
  Decomposition(GreaterOrEqual.self) { (_, context) throws(NotRepresentable) in [try context.orEqual(Greater(), opposite: Less())] },
  Decomposition(LessOrEqual.self) { (_, context) throws(NotRepresentable) in [try context.orEqual(Less(), opposite: Greater())] },
  Decomposition(Greater.self) { (_, context) throws(NotRepresentable) in [try context.relatedByHalves(Greater())] },
  Decomposition(Less.self) { (_, context) throws(NotRepresentable) in [try context.relatedByHalves(Less())] },
  // Two numbers of which none is the larger one.
  Decomposition(Equal.self) { (_, context) throws(NotRepresentable) in
    let (a, b) = (try context.required(0), try context.required(1))
    let element = try context.knownElement(a)
    guard element.isFloatingPoint || element.isInteger else { throw NotRepresentable("compares \(element.rawValue)") }
    let differ = try context.emit(Or(), context.emit(Less(), a, b), context.emit(Greater(), a, b))
    let same = try context.emit(Not(), differ)
    guard element.isFloatingPoint else { return [same] }
    return [try context.emit(And(), same, context.emit(And(), context.isNumber(a), context.isNumber(b)))]
  },
  Decomposition(Max.self) { (op, context) throws(NotRepresentable) in [try context.chosen(op, by: Greater())] },
  Decomposition(Min.self) { (op, context) throws(NotRepresentable) in [try context.chosen(op, by: Less())] },
  Decomposition(Max.self) { (op, context) throws(NotRepresentable) in [try context.spreadOut(op)] },
  Decomposition(Min.self) { (op, context) throws(NotRepresentable) in [try context.spreadOut(op)] },
  Decomposition(Max.self) { (op, context) throws(NotRepresentable) in [try context.spreadOutAtRunTime(op)] },
  Decomposition(Min.self) { (op, context) throws(NotRepresentable) in [try context.spreadOutAtRunTime(op)] },
  Decomposition(Sum.self) { (_, context) throws(NotRepresentable) in [try context.sum()] },
  Decomposition(Mean.self) { (_, context) throws(NotRepresentable) in
    let sum = try context.sum()
    return [try context.emit(Div(), sum, context.number(Double(context.graph[context.node].operands.count), like: sum))]
  },
  Decomposition(Clip.self) { (_, context) throws(NotRepresentable) in
    var x = try context.required(0)
    guard context.operand(1) != nil || context.operand(2) != nil else { return [x] }
    if let low = context.operand(1) { x = try context.emit(Max(), x, low) }
    if let high = context.operand(2) { x = try context.emit(Min(), x, high) }
    return [x]
  },
]

extension StepContext {
  fileprivate mutating func orEqual(_ strict: any Operator, opposite: any Operator) throws(NotRepresentable) -> ValueID {
    let (a, b) = (try required(0), try required(1))
    if try knownElement(a).isFloatingPoint { return try emit(Or(), emit(strict, a, b), emit(Equal(), a, b)) }
    return try emit(Not(), emit(opposite, a, b))
  }

  /// Of 64-bit integers, by their upper halves as floats, and where those are equal by the rest.
  fileprivate mutating func relatedByHalves(_ relation: any Operator) throws(NotRepresentable) -> ValueID {
    let (a, b) = (try required(0), try required(1))
    let element = try knownElement(a)
    guard element == .int64 || element == .uint64 else { throw NotRepresentable("") }
    let half = try number(4_294_967_296, element)
    var parts: [(high: ValueID, low: ValueID)] = []
    for value in [a, b] {
      let high = try emit(Div(), value, half)
      parts.append((high, try emit(Sub(), value, emit(Mul(), high, half))))
    }
    let isAhead = try emit(relation, cast(parts[0].high, to: .float64), cast(parts[1].high, to: .float64))
    let isEqual = try emit(Equal(), cast(parts[0].high, to: .int64), cast(parts[1].high, to: .int64))
    let rest = try emit(relation, cast(parts[0].low, to: .float64), cast(parts[1].low, to: .float64))
    return try emit(Or(), isAhead, emit(And(), isEqual, rest))
  }

  /// Of integers, which have no NaN: one by one, the one that is ahead.
  fileprivate mutating func chosen(_ op: any Operator, by relation: any Operator) throws(NotRepresentable) -> ValueID {
    let operands = graph[node].operands.compactMap { $0 }
    guard var best = operands.first, try knownElement(best).isInteger else { throw NotRepresentable("") }
    for next in operands.dropFirst() { best = try emit(Where(), emit(relation, best, next), best, next) }
    return best
  }

  /// The same on operands of one shape, to which nothing was added.
  fileprivate mutating func spreadOut(_ op: any Operator) throws(NotRepresentable) -> ValueID {
    let operands = graph[node].operands.compactMap { $0 }
    let shape = try fixedShape(graph[node].results[0])
    var whole: [ValueID?] = []
    var changed = false
    for operand in operands {
      let own = try fixedShape(operand)
      changed = changed || own != shape
      whole.append(own == shape ? operand : try emit(Add(), zeros(shape, like: operand), operand))
    }
    guard changed else { throw NotRepresentable("") }
    return try emit(op, whole, results: 1)[0]
  }

  /// The same where the shapes are not known: what is false everywhere has the shape that all broadcast to.
  fileprivate mutating func spreadOutAtRunTime(_ op: any Operator) throws(NotRepresentable) -> ValueID {
    let operands = graph[node].operands.compactMap { $0 }
    guard let first = operands.first, operands.count > 1, try knownElement(first).isFloatingPoint else { throw NotRepresentable("") }
    let shapes = try operands.map { (operand) throws(NotRepresentable) in try knownShape(operand) }
    let shape = (0..<(shapes.map(\.count).max() ?? 0)).map { Dim.symbol("?broadcast\(node.index)_\($0)") }
    guard shapes.contains(where: { $0 != shapes[0] || $0.contains(.unknown) }), !shapes.allSatisfy({ $0 == shape }) else { throw NotRepresentable("") }
    var nothing: ValueID?
    for other in operands.dropFirst() {
      let isLess = try emit(Less(), first, other)
      let never = try emit(And(), isLess, emit(Not(), isLess))
      nothing = try nothing.map { (nothing) throws(NotRepresentable) in try emit(And(), nothing, never) } ?? never
    }
    guard let nothing else { throw NotRepresentable("") }
    let zeros = try cast(nothing, to: knownElement(first))
    var whole: [ValueID?] = []
    for operand in operands {
      let spread = try emit(Add(), operand, zeros)
      graph.setType(spread, to: .tensor(try knownElement(first), shape))
      whole.append(spread)
    }
    return try emit(op, whole, results: 1)[0]
  }

  private mutating func zeros(_ shape: [Int], like value: ValueID) throws(NotRepresentable) -> ValueID {
    let element = try knownElement(value)
    guard let count = shape.elementCount, count <= 1 << 20 else { throw NotRepresentable("the operands are large") }
    do {
      return graph.addConstant("", try Tensor(.float64, shape, elements: [Double](repeating: 0, count: count)).converted(to: element))
    } catch { throw NotRepresentable(error.message) }
  }

  fileprivate mutating func sum() throws(NotRepresentable) -> ValueID {
    let operands = graph[node].operands.compactMap { $0 }
    guard var sum = operands.first else { throw NotRepresentable("has no operands") }
    for next in operands.dropFirst() { sum = try emit(Add(), sum, next) }
    return sum
  }
}
