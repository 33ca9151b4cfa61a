import Diagnostics
import GraphIR
import Operators
import Tensors

/// What newer operator sets say in one operator, written out.
extension GraphGenerator {
  mutating func pattern(_ x: ValueID) throws(ModelError) -> ValueID? {
    switch random.below(10) {
    case 0: return try mish(x)
    case 1: return try rootMeanSquare(x)
    case 2: return try instanceNormalization(x)
    case 3: return try groupNormalization(x)
    case 4: return try heads(x)
    case 5: return try blocks(x)
    case 6: return try einsum(x)
    case 7: return try slices(x)
    case 8: return try gatedResidual(x)
    default: return try repeated(x)
    }
  }

  private mutating func mish(_ x: ValueID) throws(ModelError) -> ValueID {
    if random.below(2) == 0 { return try emit(Mul(), x, emit(Tanh(), emit(Softplus(), x))) }
    return try emit(Max(), x, emit(Mul(), x, number(0.125)))
  }

  private mutating func rootMeanSquare(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let last = shape(x).indices.last, let columns = shape(x)[last].number, columns <= 32 else { return nil }
    let square = try random.below(2) == 0 ? emit(Mul(), x, x) : emit(Pow(), x, number(2))
    let root = try emit(Sqrt(), emit(Add(), emit(ReduceMean(), square, integers([last])), number(1e-2)))
    let y = try random.below(2) == 0 ? emit(Div(), x, root) : emit(Mul(), x, emit(Reciprocal(), root))
    return try random.below(3) > 0 ? emit(Mul(), y, weights([columns])) : y
  }

  private mutating func instanceNormalization(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard shape(x).count == 4, let channels = shape(x)[1].number, channels <= 16 else { return nil }
    let axes = try integers([2, 3])
    let distance = try emit(Sub(), x, emit(ReduceMean(), x, axes))
    let root = try emit(Sqrt(), emit(Add(), emit(ReduceMean(), emit(Mul(), distance, distance), axes), number(1e-1)))
    let y = try emit(Div(), distance, root)
    // Without a shift, the mean over a channel would be nothing but rounding.
    return try emit(Add(), emit(Mul(), y, weights([channels, 1, 1])), number(0.25))
  }

  private mutating func groupNormalization(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    guard shape.count == 4, let channels = shape[1].number, channels % 2 == 0, channels <= 16, let h = shape[2].number, let w = shape[3].number
    else { return nil }
    let ones = try graph.addConstant(name("w"), .init(.float64, [2], elements: [1.0, 1.0]).converted(to: element))
    let zeros = try graph.addConstant(name("w"), .init(.float64, [2], elements: [0.0, 0.0]).converted(to: element))
    var norm = InstanceNormalization()
    norm.epsilon = 1e-1
    let groups = try emit(norm, emit(Reshape(), x, integers([0, 2, -1])), ones, zeros)
    let y = try emit(Reshape(), groups, integers([0, channels, h, w]))
    return try emit(Add(), emit(Mul(), y, weights([channels, 1, 1])), number(0.25))
  }

  /// Two heads, keys and values of the same length, the scale before or after the product.
  private mutating func heads(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard shape(x).count == 3, let columns = shape(x)[2].number, columns <= 16, let length = shape(x)[1].number else { return nil }
    let split = try integers([0, length, 2, 3])
    var parts: [ValueID] = []
    for index in 0..<3 {
      let flat = try emit(MatMul(), x, weights([columns, 6], scale: 0.4))
      parts.append(try emit(Transpose(perm: index == 1 ? [0, 2, 3, 1] : [0, 2, 1, 3]), emit(Reshape(), flat, split)))
    }
    if random.below(2) == 0 { parts[0] = try emit(Mul(), parts[0], number(0.5)) }
    var scores = try emit(MatMul(), parts[0], parts[1])
    if random.below(2) == 0 { scores = try emit(Div(), scores, number(2)) }
    if random.below(2) == 0 { scores = try emit(Add(), scores, weights([1, 1, length, length])) }
    let sum = try emit(MatMul(), emit(Softmax(), scores), parts[2])
    return try emit(Reshape(), emit(Transpose(perm: [0, 2, 1, 3]), sum), integers([0, length, 6]))
  }

  private mutating func blocks(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    guard shape.count == 4, let c = shape[1].number, let h = shape[2].number, let w = shape[3].number else { return nil }
    if c % 4 == 0, random.below(2) == 0 {
      let isColumnFirst = random.below(2) == 0
      let sizes = isColumnFirst ? [0, c / 4, 2, 2, h, w] : [0, 2, 2, c / 4, h, w]
      let moved = try emit(Transpose(perm: isColumnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]), emit(Reshape(), x, integers(sizes)))
      return try emit(Reshape(), moved, integers([0, c / 4, h * 2, w * 2]))
    }
    guard h % 2 == 0, w % 2 == 0, c <= 6 else { return nil }
    let moved = try emit(Transpose(perm: [0, 3, 5, 1, 2, 4]), emit(Reshape(), x, integers([0, c, h / 2, 2, w / 2, 2])))
    return try emit(Reshape(), moved, integers([0, 4 * c, h / 2, w / 2]))
  }

  private mutating func einsum(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let columns = shape(x).last?.number, columns <= 16 else { return nil }
    var op = Einsum()
    let rank = shape(x).count
    guard rank == 2 || rank == 3 else { return nil }
    switch random.below(3) {
    case 0:
      op.equation = rank == 2 ? "ij->ji" : "bij->jbi"
      return try emit(op, x)
    case 1 where rank == 3:
      op.equation = "bij->bi"
      return try emit(op, x)
    default:
      op.equation = rank == 2 ? "ij,kj->ik" : "bij,bij->bi"
      guard rank == 2 else { return nil }
      return try emit(op, x, weights([6, columns], scale: 0.4))
    }
  }

  /// An axis cut into slices that cover it, put together in another order.
  private mutating func slices(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    guard let axis = shape.indices.last(where: { $0 > 0 && (shape[$0].number ?? 0) >= 3 }), let size = shape[axis].number else { return nil }
    let cut = 1 + random.below(size - 1)
    let first = try emit(Slice(), x, integers([0]), integers([cut]), integers([axis]))
    let second = try emit(Slice(), x, integers([cut]), integers([Int.max]), integers([axis]))
    var concat = Concat()
    concat.axis = axis
    return try emit(concat, [emit(Neg(), second), first])[0]
  }

  private mutating func gatedResidual(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard shape(x).count == 4, let channels = shape(x)[1].number, channels <= 16 else { return nil }
    var hard = HardSigmoid()
    hard.alpha = 0.25
    let conv = try emit(Conv(), emit(GlobalAveragePool(), x), weights([channels, channels, 1, 1], scale: 0.3), weights([channels]))
    let gated = try emit(Mul(), x, emit(hard, conv))
    return try emit(Add(), random.below(2) == 0 ? [x, gated] : [gated, x])[0]
  }

  /// A loop of few iterations whose number is known, whose body does something that every iteration does alike.
  private mutating func repeated(_ x: ValueID) throws(ModelError) -> ValueID? {
    var body = Graph(name: name("body"))
    let type = graph[x].type
    _ = body.addInput(name("turn"), .tensor(.int64, []))
    let go = body.addInput(name("go"), .tensor(.bool, []))
    let carried = body.addInput(name("a"), type)
    let weight = body.addCapture(name("w"), type)
    let again = body.addNode(Identity(), [go], results: [(name("go"), .tensor(.bool, []))])
    let alike = body.addNode(Tanh(), [weight], results: [(name("b"), type)])
    let next = body.addNode(Mul(), [carried, body[alike].results[0]], results: [(name("b"), type)])
    body.setOutputs(body[again].results + body[next].results)
    var loop = Loop()
    loop.body = body
    return try emit(loop, scalar(random.below(4)), nil, x, x)
  }
}
