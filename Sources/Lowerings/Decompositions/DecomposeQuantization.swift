import GraphIR
import Operators
import Tensors

/// Quantisation with a scale for every slice of an axis, or for every block, by its formula.
let quantizationDecompositions: [Decomposition] = [
  Decomposition(DequantizeLinear.self) { (op, context) throws(NotRepresentable) in
    let (x, scale) = (try context.required(0), try context.required(1))
    let given = try context.knownElement(scale)
    let target = op.outputDtype ?? given
    let wide: ElementType = target == .float64 ? .float64 : .float32
    var numbers = try context.cast(x, to: wide)
    if let zero = context.operand(2) {
      let spread = try context.spread(zero, over: x, axis: op.axis, block: op.blockSize)
      numbers = try context.emit(Sub(), numbers, context.cast(spread, to: wide))
    }
    let factors = try context.spread(scale, over: x, axis: op.axis, block: op.blockSize)
    return [try context.cast(context.emit(Mul(), numbers, context.cast(factors, to: wide)), to: target)]
  },
  Decomposition(QuantizeLinear.self) { (op, context) throws(NotRepresentable) in [try context.quantized(op)] },
]

extension StepContext {
  fileprivate mutating func quantized(_ op: QuantizeLinear) throws(NotRepresentable) -> ValueID {
    let (x, scale) = (try required(0), try required(1))
    let target = try operand(2).map { (zero) throws(NotRepresentable) in try knownElement(zero) } ?? op.outputDtype ?? .uint8
    let given = try knownElement(scale)
    let work = op.precision ?? given
    guard target.isInteger, target.bitWidth >= 8, target.bitWidth <= 16 else { throw NotRepresentable("quantises to \(target.rawValue)") }
    let factors = try spread(scale, over: x, axis: op.axis, block: op.blockSize)
    let quotient = try emit(Div(), cast(x, to: work), cast(factors, to: work))
    var numbers = try emit(Round(), cast(quotient, to: .float32))
    if let zero = operand(2) {
      let spread = try spread(zero, over: x, axis: op.axis, block: op.blockSize)
      numbers = try emit(Add(), numbers, cast(spread, to: .float32))
    }
    let range = Double(1 << target.bitWidth)
    let low = target.isSignedInteger ? -range / 2 : 0
    let clipped = try emit(Clip(), numbers, number(low, .float32), number(low + range - 1, .float32))
    return try cast(clipped, to: target)
  }

  /// Scales or zero points so that they broadcast to what they apply to.
  fileprivate mutating func spread(_ scale: ValueID, over x: ValueID, axis: Int, block: Int) throws(NotRepresentable) -> ValueID {
    let shape = try knownShape(scale)
    if shape.allSatisfy({ $0 == 1 }) && block == 0 { return shape.isEmpty ? scale : try reshape(scale, []) }
    let along = try self.axis(axis, of: x)
    let rank = try knownShape(x).count
    guard block > 0 else {
      guard shape.count == 1 else { throw NotRepresentable("the scales are no vector") }
      return try unsqueeze(scale, at: Array(1..<max(1, rank - along)))
    }
    guard let size = try knownShape(x)[along].number, size <= 1 << 20 else { throw NotRepresentable("the number of blocks is unknown") }
    return try emit(Gather(axis: along), scale, vector((0..<size).map { $0 / block }))
  }
}
