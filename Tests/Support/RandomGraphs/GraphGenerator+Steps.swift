import Diagnostics
import GraphIR
import Operators
import Tensors

/// One operator at a time.
extension GraphGenerator {
  mutating func step() throws(ModelError) {
    let x = choose()
    guard elementCount(x) <= 4096 else { return }
    let result: ValueID?
    switch random.below(24) {
    case 0...3: result = try activation(x)
    case 4...6: result = try arithmetic(x)
    case 7, 8: result = try sum(x)
    case 9: result = try transposed(x)
    case 10: result = try reshaped(x)
    case 11: result = try reduced(x)
    case 12: result = try sliced(x)
    case 13: result = try splitAndJoined(x)
    case 14: result = try expanded(x)
    case 15: result = try identity(x)
    case 16: result = try chosen(x)
    case 17, 18: result = try pattern(x)
    default: result = try layer(x)
    }
    if let result, elementCount(result) <= 16_384 { pool.append(result) }
  }

  mutating func activation(_ x: ValueID) throws(ModelError) -> ValueID? {
    var leaky = LeakyRelu()
    leaky.alpha = 0.1
    var hard = HardSigmoid()
    (hard.alpha, hard.beta) = random.below(2) == 0 ? (1 / 6, 0.5) : (0.2, 0.5)
    switch random.below(8) {
    case 0: return try emit(Clip(), x, number(-0.5), random.below(2) == 0 ? nil : number(0.75))
    case 1: return try emit(Mul(), x, emit(Sigmoid(), x))
    case 2: return try emit(Max(), x, number(random.unit()))
    case 3: return try emit(Min(), number(random.unit()), x)
    default:
      return try emit(random.pick([Relu() as any Operator, Relu(), Sigmoid(), Tanh(), Erf(), Softplus(), Abs(), Neg(), leaky, hard, Gelu()]), x)
    }
  }

  /// With a constant: a number, one per channel, or one per column.
  mutating func arithmetic(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    var constant = try random.below(2) == 0 ? number(random.pick([0, 1, 0.5, 2, -1.5]), rank: random.below(2)) : weights([])
    if random.below(2) == 0, shape.count == 4, let channels = shape[1].number { constant = try weights([1, channels, 1, 1]) }
    if random.below(2) == 0, let columns = shape.last?.number { constant = try weights([columns]) }
    if shape.isEmpty { constant = try weights([]) }
    switch random.below(6) {
    case 0, 1: return try emit(Add(), random.below(2) == 0 ? [x, constant] : [constant, x])[0]
    case 2, 3: return try emit(Mul(), random.below(2) == 0 ? [x, constant] : [constant, x])[0]
    case 4: return try emit(Sub(), random.below(2) == 0 ? [x, constant] : [constant, x])[0]
    default: return try emit(Div(), x, number(random.pick([1, 2, 4, -0.8])))
    }
  }

  mutating func sum(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let other = partner(of: x) else { return nil }
    switch random.below(4) {
    case 0: return try emit(Tanh(), emit(Mul(), x, other))
    case 1: return try emit(Sub(), x, other)
    case 2: return try emit(Max(), x, other)
    default: return try emit(Add(), x, other)
    }
  }

  mutating func transposed(_ x: ValueID) throws(ModelError) -> ValueID? {
    let rank = shape(x).count
    guard rank >= 2 else { return nil }
    var perm = Array(0..<rank)
    for index in perm.indices { perm.swapAt(index, random.below(rank)) }
    let y = try emit(Transpose(perm: perm), x)
    guard random.below(2) == 0 else { return y }
    // What undoes it comes a few steps later, with operators in between that do not mind.
    var middle = try activation(y) ?? y
    if random.below(2) == 0 { middle = try emit(Add(), middle, weights([])) }
    return try emit(Transpose(perm: perm.indices.map { perm.firstIndex(of: $0) ?? 0 }), middle)
  }

  mutating func reshaped(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    switch random.below(5) {
    case 0:
      let axis = try integers([random.below(shape.count + 1)])
      let y = try emit(Unsqueeze(), x, axis)
      return random.below(2) == 0 ? y : try emit(Squeeze(), emit(Relu(), y), axis)
    case 1 where shape.contains(1):
      return try emit(Squeeze(), x, integers([shape.firstIndex(of: 1) ?? 0]))
    case 2 where shape.count >= 2:
      var flatten = Flatten()
      flatten.axis = 1
      return shape.dropFirst().allSatisfy { $0.number != nil } ? try emit(flatten, x) : nil
    default: return try reshapedByItsOwnShape(x)
    }
  }

  /// Joins the last two axes by arithmetic on the shape, as exporters write it.
  private mutating func reshapedByItsOwnShape(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    guard shape.count >= 2 else { return nil }
    let sizes = try emit(ShapeOf(), x)
    var parts: [ValueID?] = []
    for axis in 0..<shape.count - 2 {
      let size = try emit(Gather(axis: 0), sizes, scalar(axis))
      parts.append(try emit(Unsqueeze(), size, integers([0])))
    }
    parts.append(try integers([-1]))
    var concat = Concat()
    concat.axis = 0
    return try emit(Reshape(), x, emit(concat, parts)[0])
  }

  mutating func reduced(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    guard shape.count >= 2 else { return nil }
    var axes = [random.below(shape.count)]
    if random.below(2) == 0, shape.count == 4 { axes = [2, 3] }
    var mean = ReduceMean(), largest = ReduceMax()
    mean.keepdims = random.below(2) == 0
    largest.keepdims = mean.keepdims
    return try emit(random.below(2) == 0 ? mean as any Operator : largest, x, integers(axes))
  }

  mutating func sliced(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    guard let axis = shape.indices.last(where: { (shape[$0].number ?? 0) >= 2 }), let size = shape[axis].number else { return nil }
    if random.below(3) == 0 {
      let start = random.below(size)
      let y = try emit(Slice(), x, integers([start]), integers([start + 1]), integers([axis]))
      return try emit(Squeeze(), y, integers([axis]))
    }
    let start = random.below(size - 1)
    let end = random.below(2) == 0 ? Int.max : start + 1 + random.below(size - start)
    return try emit(Slice(), x, integers([start]), integers([end]), integers([axis]))
  }

  mutating func splitAndJoined(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    guard let axis = shape.indices.last(where: { $0 > 0 && (shape[$0].number ?? 0) >= 2 }), let size = shape[axis].number else { return nil }
    let first = 1 + random.below(size - 1)
    var split = Split()
    split.axis = axis
    var parts = try emit(split, [x, integers([first, size - first])], results: 2)
    if random.below(2) == 0 { parts[0] = try emit(Relu(), parts[0]) }
    if random.below(3) == 0 { parts.reverse() }
    var concat = Concat()
    concat.axis = axis
    return try emit(concat, parts)[0]
  }

  mutating func expanded(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let other = partner(of: x), shape(other) != shape(x), shape(other).count == shape(x).count else { return nil }
    let wide = try emit(Expand(), other, emit(ShapeOf(), x))
    return try emit(Add(), x, wide)
  }

  mutating func identity(_ x: ValueID) throws(ModelError) -> ValueID? {
    switch random.below(3) {
    case 0: return try emit(Identity(), x)
    case 1: return try emit(Dropout(), x)
    default: return try emit(Cast(to: element), emit(Cast(to: .float64), x))
    }
  }
}
