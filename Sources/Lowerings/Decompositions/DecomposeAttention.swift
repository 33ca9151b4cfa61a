import GraphIR
import Operators
import Tensors

/// Attention and what goes with it in transformers.
let attentionDecompositions: [Decomposition] = [
  Decomposition(Attention.self) { (op, context) throws(NotRepresentable) in try context.attention(op) },
  Decomposition(RotaryEmbedding.self) { (op, context) throws(NotRepresentable) in [try context.rotated(op)] },
  Decomposition(RMSNormalization.self) { (op, context) throws(NotRepresentable) in
    let (x, scale) = (try context.required(0), try context.required(1))
    let rank = try context.knownShape(x).count
    let (element, target) = (try context.knownElement(x), try context.knownElement(scale))
    let wide = try context.cast(x, to: context.stash(op.stashType, for: element))
    let square = try context.mean(context.emit(Mul(), wide, wide), axes: Array(context.axis(op.axis, of: x)..<rank))
    let root = try context.emit(Sqrt(), context.emit(Add(), square, context.number(Double(op.epsilon), like: square)))
    let normal = try context.cast(context.emit(Div(), wide, root), to: element)
    return [try context.emit(Mul(), context.cast(normal, to: target), scale)]
  },
]

extension StepContext {
  /// `[batch, length, heads·size]` as `[batch, heads, length, size]`.
  private mutating func headed(_ x: ValueID, _ heads: Int?) throws(NotRepresentable) -> ValueID {
    if try knownShape(x).count == 4 { return x }
    guard let heads, heads > 0 else { throw NotRepresentable("the number of heads is missing") }
    return try transpose(reshape(x, [0, 0, heads, -1]), [0, 2, 1, 3])
  }

  /// Keys or values, once for each of the query heads that share them.
  private mutating func repeated(_ x: ValueID, heads: Int) throws(NotRepresentable) -> ValueID {
    let shape = try knownShape(x)
    guard let own = shape[1].number, own > 0, heads % own == 0 else { throw NotRepresentable("the number of heads is unknown") }
    if own == heads { return x }
    let spread = try emit(Expand(), unsqueeze(x, at: [2]), vector([1, 1, heads / own, 1, 1]))
    let target = try concat([vector([0, heads]), size(x, axis: 2), size(x, axis: 3)])
    return try emit(Reshape(), spread, target)
  }

  fileprivate mutating func attention(_ op: Attention) throws(NotRepresentable) -> [ValueID?] {
    let isFlat = try knownShape(required(0)).count == 3
    let q = try headed(required(0), op.qHeads)
    var (k, v) = (try headed(required(1), op.kvHeads), try headed(required(2), op.kvHeads))
    if let past = operand(4) { k = try concat([past, k], axis: 2) }
    if let past = operand(5) { v = try concat([past, v], axis: 2) }
    let shape = try knownShape(q)
    guard let heads = shape[1].number else { throw NotRepresentable("the number of heads is unknown") }
    let products = try scores(op, q, repeated(k, heads: heads), size: shape[3])
    var capped = products
    if op.softcap > 0 {
      let cap = try number(Double(op.softcap), like: products)
      capped = try emit(Mul(), emit(Tanh(), emit(Div(), products, cap)), cap)
    }
    let bias = try bias(op, q, k)
    var biased = capped
    if let bias { biased = try emit(Add(), capped, bias) }
    let probabilities = try probabilities(op, biased, bias)
    var result = try emit(MatMul(), probabilities, repeated(v, heads: heads))
    if isFlat { result = try reshape(transpose(result, [0, 2, 1, 3]), [0, 0, -1]) }
    guard (0...3).contains(op.scoreMode) else { throw NotRepresentable("shows scores of an unknown kind") }
    return [result, isUsed(1) ? k : nil, isUsed(2) ? v : nil, isUsed(3) ? [products, capped, biased, probabilities][op.scoreMode] : nil]
  }

  private mutating func scores(_ op: Attention, _ q: ValueID, _ k: ValueID, size: Dim) throws(NotRepresentable) -> ValueID {
    let whole: Double
    if let scale = op.scale {
      whole = Double(scale)
    } else if let size = size.number {
      whole = 1 / Double(max(size, 1)).squareRoot()
    } else {
      throw NotRepresentable("the size of a head is unknown")
    }
    guard whole > 0 else { throw NotRepresentable("the scale is not positive") }
    let root = try number(whole.squareRoot(), like: q)
    return try emit(MatMul(), emit(Mul(), q, root), transpose(emit(Mul(), k, root), [0, 1, 3, 2]))
  }

  /// What is added to the scores: 0 where a query may look, negative infinity where not, or what the mask says.
  private mutating func bias(_ op: Attention, _ q: ValueID, _ k: ValueID) throws(NotRepresentable) -> ValueID? {
    var bias: ValueID?
    if let mask = operand(3) {
      guard let width = try knownShape(mask).last else { throw NotRepresentable("the mask is a scalar") }
      let keys = try knownShape(k)[2]
      var numbers = mask
      if try knownElement(mask) == .bool { numbers = try emit(Where(), mask, number(0, like: q), number(-.infinity, like: q)) }
      if width != keys {
        // Keys behind the mask's end are hidden.
        guard let some = width.number, let all = keys.number, some < all else { throw NotRepresentable("the mask covers some keys only") }
        let rank = try knownShape(mask).count
        let pads = [Int](repeating: 0, count: 2 * rank - 1) + [all - some]
        numbers = try emit(Pad(), numbers, vector(pads), number(-.infinity, like: numbers))
      }
      bias = numbers
    }
    guard let limits = try hidden(op, q, k) else { return bias }
    let limit = try emit(Where(), limits, number(-.infinity, like: q), number(0, like: q))
    guard let other = bias else { return limit }
    return try emit(Add(), other, limit)
  }

  /// True where a query may not look: later keys, those outside its window, and padding. `[queries, keys]`, or that for every batch.
  private mutating func hidden(_ op: Attention, _ q: ValueID, _ k: ValueID) throws(NotRepresentable) -> ValueID? {
    var own = try unsqueeze(positions(q, axis: 2), at: [1])
    let keys = try unsqueeze(positions(k, axis: 2), at: [0])
    let valid = try operand(6).map { (counts) throws(NotRepresentable) in try unsqueeze(cast(counts, to: .int64), at: [1, 2, 3]) }
    if let past = operand(4) {
      own = try emit(Add(), own, size(past, axis: 2))
    } else if let valid {
      own = try emit(Add(), own, emit(Sub(), valid, size(q, axis: 2)))
    }
    var conditions: [ValueID] = []
    if op.isCausal { conditions.append(try compared(Greater(), keys, own)) }
    if op.leftWindow >= 0 { conditions.append(try compared(Greater(), emit(Sub(), own, keys), constant(scalar: op.leftWindow))) }
    if op.rightWindow >= 0 { conditions.append(try compared(Greater(), emit(Sub(), keys, own), constant(scalar: op.rightWindow))) }
    if let valid { conditions.append(try emit(Not(), compared(Less(), keys, valid))) }
    guard var all = conditions.first else { return nil }
    for next in conditions.dropFirst() { all = try emit(Or(), all, next) }
    return all
  }

  /// Along the keys; zero for queries that may look at none.
  private mutating func probabilities(_ op: Attention, _ scores: ValueID, _ bias: ValueID?) throws(NotRepresentable) -> ValueID {
    let element = try knownElement(scores)
    let precision = op.softmaxPrecision ?? element
    let raw = try cast(emit(Softmax(), cast(scores, to: precision)), to: element)
    guard let bias else { return raw }
    let largest = try emit(ReduceMax(), bias, vector([-1]))
    let isEmpty = try emit(Less(), largest, number(-greatestFinite(element), element))
    return try emit(Where(), isEmpty, number(0, element), raw)
  }

  fileprivate mutating func rotated(_ op: RotaryEmbedding) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let isFlat = try knownShape(x).count == 3
    let all = isFlat ? try headed(x, op.heads) : x
    guard let size = try knownShape(all)[3].number else { throw NotRepresentable("the size of a head is unknown") }
    let turned = op.rotatedSize == 0 ? size : op.rotatedSize
    guard turned > 0, turned <= size, turned % 2 == 0 else { throw NotRepresentable("turns \(turned) elements of \(size)") }
    let part = turned == size ? all : try slice(all, axis: 3, from: 0, to: turned)
    let (c, s) = (try angles(1), try angles(2))
    let (a, b) = try halves(part, turned, op.interleaved)
    let real = try emit(Sub(), emit(Mul(), c, a), emit(Mul(), s, b))
    let imaginary = try emit(Add(), emit(Mul(), s, a), emit(Mul(), c, b))
    var result: ValueID
    if op.interleaved {
      let pairs = try concat([unsqueeze(real, at: [4]), unsqueeze(imaginary, at: [4])], axis: 4)
      let target = try concat([vector([0, 0]), self.size(part, axis: 2), vector([turned])])
      result = try emit(Reshape(), pairs, target)
    } else {
      result = try concat([real, imaginary], axis: 3)
    }
    if turned < size { result = try concat([result, slice(all, axis: 3, from: turned, to: size)], axis: 3) }
    return isFlat ? try reshape(transpose(result, [0, 2, 1, 3]), [0, 0, -1]) : result
  }

  /// A cache as `[batch, 1, length, size/2]`.
  private mutating func angles(_ index: Int) throws(NotRepresentable) -> ValueID {
    let cache = try required(index)
    guard let places = operand(3) else { return try unsqueeze(cache, at: [1]) }
    return try unsqueeze(emit(Gather(axis: 0), cache, places), at: [1])
  }

  /// The first and the second element of every pair.
  private mutating func halves(_ x: ValueID, _ size: Int, _ interleaved: Bool) throws(NotRepresentable) -> (ValueID, ValueID) {
    if !interleaved { return (try slice(x, axis: 3, from: 0, to: size / 2), try slice(x, axis: 3, from: size / 2, to: size)) }
    let even = try emit(Gather(axis: 3), x, vector(Array(stride(from: 0, to: size, by: 2))))
    return (even, try emit(Gather(axis: 3), x, vector(Array(stride(from: 1, to: size, by: 2)))))
  }
}
