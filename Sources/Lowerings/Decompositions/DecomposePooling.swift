import GraphIR
import Operators
import Tensors

/// Pools by way of others.
let poolingDecompositions: [Decomposition] = [
  // (k · mean |x|ᵖ)^(1/p), where what lies outside counts as zero.
  Decomposition(LpPool.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard !op.ceilMode, op.p > 0, let count = op.kernelShape?.elementCount else { throw NotRepresentable("windows may reach beyond the padding") }
    let element = try context.knownElement(x)
    var pool = AveragePool()
    (pool.kernelShape, pool.strides, pool.dilations) = (op.kernelShape, op.strides, op.dilations)
    (pool.pads, pool.autoPad, pool.countIncludePad) = (op.pads, op.autoPad, true)
    var power = try context.emit(Abs(), x)
    if op.p == 2 { power = try context.emit(Mul(), x, x) } else if op.p > 2 { power = try context.emit(Pow(), power, context.number(Double(op.p), element)) }
    let sum = try context.emit(Mul(), context.emit(pool, power), context.number(Double(count), element))
    if op.p == 1 { return [sum] }
    return [try op.p == 2 ? context.emit(Sqrt(), sum) : context.emit(Pow(), sum, context.number(1 / Double(op.p), element))]
  }
]
