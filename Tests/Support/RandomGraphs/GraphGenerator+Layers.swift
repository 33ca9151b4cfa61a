import Diagnostics
import GraphIR
import Operators
import Tensors

/// What exporters write for one layer.
extension GraphGenerator {
  mutating func layer(_ x: ValueID) throws(ModelError) -> ValueID? {
    let shape = shape(x)
    switch shape.count {
    case 4 where shape[1].number != nil: return try image(x)
    case 2, 3: return try sequence(x)
    default: return try gate(x)
    }
  }

  private mutating func image(_ x: ValueID) throws(ModelError) -> ValueID? {
    switch random.below(8) {
    case 0...3: return try convolution(x)
    case 4: return try pooled(x)
    case 5: return try squeezeAndExcite(x)
    case 6: return try gate(x)
    default: return try layerNormalization(x)
    }
  }

  private mutating func sequence(_ x: ValueID) throws(ModelError) -> ValueID? {
    switch random.below(6) {
    case 0...2: return try linear(x)
    case 3: return try layerNormalization(x)
    case 4: return try attention(x)
    default: return try gate(x)
    }
  }

  /// Perhaps padded, with a bias of its own or added, and normalised.
  private mutating func convolution(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let channels = shape(x)[1].number, channels <= 16 else { return nil }
    // What is open may turn out to be 1.
    let mayShrink = shape(x).dropFirst(2).allSatisfy { ($0.number ?? 0) >= 3 }
    let isDepthwise = random.below(3) == 0
    let outputs = isDepthwise ? channels : random.pick([4, 6])
    let kernel = random.pick([1, 3])
    var conv = Conv()
    conv.group = isDepthwise ? channels : 1
    if kernel == 3, !mayShrink || random.below(3) > 0 { conv.pads = [1, 1, 1, 1] }
    if random.below(5) == 0 { conv.autoPad = .sameUpper; conv.pads = nil }
    let perGroup = isDepthwise ? 1 : channels
    let weight = try weights([outputs, perGroup, kernel, kernel], scale: 1 / Double(perGroup * kernel))
    let bias = try random.below(2) == 0 ? weights([outputs]) : nil
    var input = x
    if conv.autoPad == .notSet, random.below(5) == 0 { input = try emit(Pad(), x, integers([0, 0, 1, 1, 0, 0, 1, 1])) }
    var y = try emit(conv, input, weight, bias)
    if random.below(3) == 0 { y = try emit(Add(), y, weights([1, outputs, 1, 1])) }
    if random.below(2) == 0 { y = try normalized(y, outputs) }
    if random.below(3) == 0 { y = try emit(Mul(), y, weights([outputs, 1, 1])) }
    return random.below(2) == 0 ? try gate(y) : try emit(Relu(), y)
  }

  private mutating func normalized(_ x: ValueID, _ channels: Int) throws(ModelError) -> ValueID {
    let positive = (0..<channels).map { _ in 0.5 + abs(random.unit()) }
    let variance = graph.addConstant(name("w"), try Tensor(.float64, [channels], elements: positive).converted(to: element))
    return try emit(BatchNormalization(), x, weights([channels]), weights([channels]), weights([channels]), variance)
  }

  private mutating func pooled(_ x: ValueID) throws(ModelError) -> ValueID? {
    var largest = MaxPool()
    largest.kernelShape = [2, 2]
    if !shape(x).dropFirst(2).allSatisfy({ ($0.number ?? 0) >= 2 }) { largest.autoPad = .sameUpper }
    var mean = AveragePool()
    (mean.kernelShape, mean.pads, mean.countIncludePad) = ([2, 2], [1, 0, 0, 1], random.below(2) == 0)
    return try emit(random.pick([largest as any Operator, mean, GlobalAveragePool()]), x)
  }

  private mutating func squeezeAndExcite(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let channels = shape(x)[1].number, channels <= 16 else { return nil }
    let mean = try random.below(2) == 0 ? emit(GlobalAveragePool(), x) : emit(ReduceMean(), x, integers([2, 3]))
    let hidden = try emit(Relu(), emit(Conv(), mean, weights([3, channels, 1, 1], scale: 0.5), weights([3])))
    let scale = try emit(Sigmoid(), emit(Conv(), hidden, weights([channels, 3, 1, 1]), weights([channels])))
    return try emit(Mul(), x, scale)
  }

  /// A matrix product with a bias, perhaps behind a scale and a shift.
  private mutating func linear(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let columns = shape(x).last?.number, columns <= 32 else { return nil }
    let outputs = random.pick([columns, 6, 8])
    var input = x
    if random.below(3) == 0 { input = try emit(Mul(), input, weights([columns])) }
    if random.below(3) == 0 { input = try emit(Add(), input, weights([columns])) }
    if shape(x).count == 2, random.below(3) == 0 {
      var gemm = Gemm()
      gemm.transB = true
      return try emit(gemm, input, weights([outputs, columns], scale: 0.4), weights([outputs]))
    }
    let product = try emit(MatMul(), input, weights([columns, outputs], scale: 0.4))
    let y = try random.below(4) > 0 ? emit(Add(), random.below(2) == 0 ? [product, weights([outputs])] : [weights([outputs]), product])[0] : product
    return random.below(2) == 0 ? try gate(y) : y
  }

  /// Activations written out in more elementary operators.
  mutating func gate(_ x: ValueID) throws(ModelError) -> ValueID {
    switch random.below(5) {
    case 0:
      let error = try emit(Erf(), random.below(2) == 0 ? emit(Div(), x, number(2.0.squareRoot())) : emit(Mul(), number(0.5.squareRoot()), x))
      let sum = try emit(Add(), error, number(1))
      if random.below(2) == 0 { return try emit(Mul(), emit(Mul(), x, sum), number(0.5)) }
      return try emit(Mul(), x, emit(Mul(), number(0.5), sum))
    case 1:
      let cube = try random.below(2) == 0 ? emit(Pow(), x, number(3)) : emit(Mul(), x, emit(Mul(), x, x))
      let inner = try emit(Add(), x, emit(Mul(), cube, number(0.044715)))
      let tanh = try emit(Tanh(), emit(Mul(), inner, number((2 / Double.pi).squareRoot())))
      return try emit(Mul(), emit(Mul(), x, number(0.5)), emit(Add(), tanh, number(1)))
    case 2:
      let clipped = try emit(Clip(), emit(Add(), x, number(3)), number(0), number(6))
      if random.below(2) == 0 { return try emit(Div(), emit(Mul(), x, clipped), number(6)) }
      return try emit(Mul(), x, emit(Mul(), clipped, number(1.0 / 6)))
    case 3: return try emit(Min(), emit(Relu(), x), number(6))
    default:
      guard let last = shape(x).indices.last else { return x }
      let power = try emit(Exp(), emit(Tanh(), x))
      return try emit(Div(), power, emit(ReduceSum(), power, integers([last])))
    }
  }

  private mutating func layerNormalization(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard let columns = shape(x).last?.number, columns >= 3, columns <= 32 else { return nil }
    let axes = try integers([random.below(2) == 0 ? -1 : shape(x).count - 1])
    let distance = try emit(Sub(), x, emit(ReduceMean(), x, axes))
    let square = try random.below(2) == 0 ? emit(Pow(), distance, number(2)) : emit(Mul(), distance, distance)
    let root = try emit(Sqrt(), emit(Add(), emit(ReduceMean(), square, axes), number(1e-2)))
    let y = try random.below(3) > 0 ? emit(Div(), distance, root) : emit(Mul(), distance, emit(Reciprocal(), root))
    // Without a shift, the mean over a row would be nothing but rounding.
    guard random.below(3) > 0 else { return try emit(Add(), y, number(0.25)) }
    return try emit(Add(), emit(Mul(), y, weights([columns])), weights([columns]))
  }

  /// One head, the scale before or after the product.
  private mutating func attention(_ x: ValueID) throws(ModelError) -> ValueID? {
    guard shape(x).count == 3, let columns = shape(x).last?.number, columns <= 16 else { return nil }
    let query = try emit(Add(), emit(MatMul(), x, weights([columns, 4], scale: 0.4)), weights([4]))
    let key = try emit(Transpose(perm: [0, 2, 1]), emit(MatMul(), x, weights([columns, 4], scale: 0.4)))
    let scores = try emit(Div(), emit(MatMul(), query, key), number(2))
    let value = try emit(MatMul(), x, weights([columns, columns], scale: 0.4))
    return try emit(Add(), x, emit(MatMul(), emit(Softmax(), scores), value))
  }

  /// A branch taken by a condition that is known, or that depends on data.
  mutating func chosen(_ x: ValueID) throws(ModelError) -> ValueID? {
    let condition: ValueID
    if random.below(2) == 0 {
      condition = graph.addConstant(name("c"), try Tensor(.bool, [], elements: [UInt8(random.below(2))]))
    } else {
      var sum = ReduceMax()
      sum.keepdims = false
      condition = try emit(Greater(), emit(sum, x), number(0.3))
    }
    var choice = If()
    choice.thenBranch = try branch(like: x)
    choice.elseBranch = try branch(like: x)
    return try emit(choice, condition, x)
  }

  private mutating func branch(like x: ValueID) throws(ModelError) -> Graph {
    var inner = Graph(name: name("branch"))
    let type = graph[x].type
    var last = inner.addCapture(name("a"), type)
    for _ in 0...random.below(3) {
      let op = random.pick([Relu() as any Operator, Identity(), Tanh(), Neg(), Relu()])
      let node = inner.addNode(op, [last], results: [(name("b"), type)])
      last = inner[node].results[0]
    }
    let two = inner.addConstant(name("k"), try Tensor(.float64, [], elements: [random.pick([1.0, 2.0])]).converted(to: element))
    let node = inner.addNode(Mul(), [last, two], results: [(name("b"), type)])
    inner.setOutputs(inner[node].results)
    return inner
  }
}
