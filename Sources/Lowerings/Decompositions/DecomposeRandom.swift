import GraphIR
import Operators
import Tensors

/// Dropout in training: elements are kept by chance, and scaled so that their mean stays.
let randomDecompositions: [Decomposition] = [
  Decomposition(Dropout.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    let element = try context.knownElement(x)
    let ratio = try context.operand(1).map { (ratio) throws(NotRepresentable) in try context.cast(context.scalar(ratio), to: .float32) }
    var random = RandomUniformLike()
    (random.dtype, random.seed) = (.float32, op.seed.map(Float.init))
    let drawn = try context.emit(random, x)
    // As the dropout itself would have drawn.
    if let node = context.graph.producer(of: drawn) { context.graph.rename(node: node, to: context.graph.drawsName(of: context.node)) }
    var dropped: ValueID
    if let ratio { dropped = ratio } else { dropped = try context.number(0.5, .float32) }
    // Where it is computed whether it trains, nothing is dropped if not.
    if let training = context.operand(2) { dropped = try context.emit(Mul(), dropped, context.cast(context.scalar(training), to: .float32)) }
    let isDropped = try context.emit(Less(), drawn, dropped)
    let isKept = try context.emit(Not(), isDropped)
    let scale = try context.emit(Sub(), context.number(1, .float32), dropped)
    let work: ElementType = element == .float64 ? .float64 : .float32
    let scaled = try context.emit(Div(), context.cast(x, to: work), context.cast(scale, to: work))
    let kept = try context.emit(Mul(), scaled, context.cast(isKept, to: work))
    return [try context.cast(kept, to: element), isKept]
  }
]
