import GraphIR
import Operators
import Tensors

/// The largest of 64-bit integers, where only floats are sorted: how many come before each decides its place.
let rankingDecompositions: [Decomposition] = [
  Decomposition(TopK.self) { (op, context) throws(NotRepresentable) in
    let x = try context.required(0)
    guard try context.knownElement(x).isInteger else { throw NotRepresentable("") }
    return try context.ranked(op, x)
  }
]

extension StepContext {
  private static let rankedLimit = 1 << 10

  fileprivate mutating func ranked(_ op: TopK, _ x: ValueID) throws(NotRepresentable) -> [ValueID?] {
    let rank = try knownShape(x).count
    let along = try axis(op.axis, of: x)
    guard let size = try knownShape(x)[along].number, size > 0, size <= Self.rankedLimit else { throw NotRepresentable("sorts many integers") }
    let order = (0..<rank).filter { $0 != along } + [along]
    let back = order.indices.map { order.firstIndex(of: $0) ?? $0 }
    let moved = try transpose(x, order)
    // Each element beside all others: those ahead of it, and equal ones that come earlier.
    let (own, other) = (try unsqueeze(moved, at: [rank]), try unsqueeze(moved, at: [rank - 1]))
    let isAhead = try emit(op.largest ? Less() : Greater(), own, other)
    let earlier = (0..<size * size).map { $0 % size < $0 / size ? 1.0 : 0 }
    let isTie = try emit(And(), emit(Equal(), own, other), numbers(earlier, [size, size], .bool))
    let place = try sum(cast(emit(Or(), isAhead, isTie), to: .int64), axes: [rank])
    let places = try vector(Array(0..<size))
    let isThere = try cast(emit(Equal(), unsqueeze(place, at: [rank]), places), to: .int64)
    let sorted = try sum(emit(Mul(), isThere, unsqueeze(places, at: [1])), axes: [rank - 1])
    let chosen = try emit(Slice(), sorted, vector([0]), reshape(required(1), [1]), vector([rank - 1]))
    var gather = GatherElements()
    gather.axis = rank - 1
    return [try transpose(emit(gather, moved, chosen), back), try transpose(chosen, back)]
  }
}
