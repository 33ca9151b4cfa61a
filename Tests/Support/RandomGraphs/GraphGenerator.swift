import Diagnostics
import GraphIR
import Operators
import Tensors

/// Makes graphs that are valid by construction: operators and layers that people use, open sizes, shared constants, several
/// outputs. A seed always gives the same graph.
///
/// What a value holds stays within a few units, and no function jumps, so that rewrites which only round differently stay
/// within the tolerance.
public struct GraphGenerator {
  var random: RandomNumbers
  var graph = Graph(name: "main")
  private var inference = TypeInference()
  let element: ElementType
  /// Floating-point values that may be used further.
  var pool: [ValueID] = []
  /// Constants that several nodes share, by shape.
  private var shared: [Shape: ValueID] = [:]
  private var count = 0

  /// Of one element type, or of either precision.
  public init(seed: UInt64, element: ElementType? = nil) {
    random = RandomNumbers(seed: seed)
    let usual: ElementType = random.below(3) == 0 ? .float64 : .float32
    self.element = element ?? usual
  }

  /// A graph of about `nodes` nodes.
  public mutating func generate(nodes: Int) throws(ModelError) -> Graph {
    addInputs()
    var attempts = 0
    while graph.nodeCount < nodes, attempts < 4 * nodes {
      attempts += 1
      try step()
    }
    chooseOutputs()
    return graph
  }

  private mutating func addInputs() {
    let kinds: [[Dim]] = [
      [.symbol("N"), 8], [.symbol("N"), .symbol("T"), 8], [.symbol("N"), 6, 8], [2, 3, 8], [.symbol("N"), 4, 6, 6],
      [.symbol("N"), 4, .symbol("H"), .symbol("W")], [1, 4, 6, .symbol("W")],
    ]
    for index in 0...random.below(2) {
      let shape = kinds[random.below(kinds.count)]
      pool.append(graph.addInput("x\(index)", .tensor(element, shape)))
    }
  }

  /// Values that nothing uses, up to three of them, and now and then one that is used.
  private mutating func chooseOutputs() {
    let inputs = Set(graph.inputs)
    var outputs = pool.reversed().filter { graph[$0].uses.isEmpty && !inputs.contains($0) }.prefix(3)
    if random.below(4) == 0, let other = pool.last(where: { !graph[$0].uses.isEmpty && !inputs.contains($0) }) { outputs.append(other) }
    if outputs.isEmpty { outputs = pool.suffix(1) }
    graph.setOutputs(Array(outputs))
  }

  mutating func name(_ base: String) -> String {
    count += 1
    return "\(base)\(count)"
  }

  /// A new node with its types inferred; its results.
  @discardableResult
  mutating func emit(_ op: any Operator, _ operands: [ValueID?], results: Int = 1) throws(ModelError) -> [ValueID] {
    let named = (0..<results).map { _ in (name: name("v"), type: ValueType?.none) }
    let id = graph.addNode(op, operands, results: named)
    try inference.update(id, in: &graph)
    return graph[id].results
  }

  mutating func emit(_ op: any Operator, _ operands: ValueID?...) throws(ModelError) -> ValueID { try emit(op, operands)[0] }

  func shape(_ value: ValueID) -> [Dim] { graph[value].type?.tensorType?.shape ?? [] }

  /// The sizes, with open ones taken as four.
  func elementCount(_ value: ValueID) -> Int { shape(value).reduce(1) { $0 * ($1.number ?? 4) } }

  /// A constant of numbers within ±1, or a shared one of the shape.
  mutating func weights(_ shape: Shape, scale: Double = 1) throws(ModelError) -> ValueID {
    if random.below(4) == 0, let known = shared[shape] { return known }
    let numbers = (0..<shape.reduce(1, *)).map { _ in random.unit() * scale }
    let constant = graph.addConstant(name("w"), try Tensor(.float64, shape, elements: numbers).converted(to: element))
    shared[shape] = constant
    return constant
  }

  mutating func number(_ value: Double, rank: Int = 0) throws(ModelError) -> ValueID {
    let tensor = try Tensor(.float64, Shape(repeating: 1, count: rank), elements: [value]).converted(to: element)
    return graph.addConstant(name("k"), tensor)
  }

  mutating func integers(_ values: [Int]) throws(ModelError) -> ValueID {
    graph.addConstant(name("i"), try Tensor.integers(values))
  }

  mutating func scalar(_ value: Int) throws(ModelError) -> ValueID { graph.addConstant(name("i"), try Tensor.scalar(value)) }

  /// A value to go on from: recent ones more often, and those that nothing uses yet.
  mutating func choose() -> ValueID {
    let unused = pool.filter { graph[$0].uses.isEmpty }
    if random.below(2) == 0, !unused.isEmpty { return random.pick(unused) }
    let window = random.below(3) == 0 ? pool.count : min(pool.count, 4)
    return pool[pool.count - 1 - random.below(window)]
  }

  /// Another value that may be added to one: of the same shape, or broadcasting to it.
  mutating func partner(of value: ValueID) -> ValueID? {
    let mine = shape(value)
    let fitting = pool.filter { other in
      let theirs = shape(other)
      return theirs.count <= mine.count && zip(mine.suffix(theirs.count), theirs).allSatisfy { $0 == $1 || $1 == 1 }
    }
    return fitting.isEmpty ? nil : fitting[random.below(fitting.count)]
  }
}

/// splitmix64.
struct RandomNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678_9abc_def1 }

  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }
  /// Within ±1.
  mutating func unit() -> Double { Double(Int64(next() % 20_001)) / 10_000 - 1 }
  mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }
}
