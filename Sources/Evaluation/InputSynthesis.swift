import Diagnostics
import GraphIR
import Operators
import Tensors

/// Makes inputs to run a graph on when the user gives none: seeded, within ranges that models of that element type expect.
public struct InputSynthesis: Sendable {
  /// Sizes for symbols, by name.
  public var symbols: [String: Int]
  public var seed: UInt64
  /// Exclusive upper bound of integers.
  public var integerBound: Int
  /// Bounds of numbers, by the name of the input; integers take both bounds.
  public var ranges: [String: ClosedRange<Double>] = [:]

  public init(symbols: [String: Int] = [:], seed: UInt64 = 1, integerBound: Int = 8) {
    self.symbols = symbols
    self.seed = seed
    self.integerBound = integerBound
  }

  /// One tensor per input of the graph. Throws `unsupported` for inputs that are not tensors or have sizes without a number.
  public func inputs(of graph: Graph) throws(ModelError) -> [Tensor] {
    var result: [Tensor] = []
    for (index, value) in graph.inputs.enumerated() {
      guard case .tensor(let type)? = graph[value].type, let shape = type.shape else {
        throw ModelError(.unsupported, "no input can be made up for it", at: graph.place(of: value))
      }
      var sizes: Shape = []
      for dim in shape {
        guard let size = dim.evaluated(with: symbols), size >= 0 else {
          throw ModelError(.unsupported, "size \(dim) is not given", at: graph.place(of: value))
        }
        sizes.append(size)
      }
      var random = SplitMix(seed: seed &+ UInt64(index) &* 0x9e37)
      do throws(ModelError) {
        result.append(try tensor(type.element, sizes, ranges[graph[value].name], &random))
      } catch {
        throw error.located(graph.place(of: value))
      }
    }
    return result
  }

  private func tensor(
    _ element: ElementType, _ shape: Shape, _ range: ClosedRange<Double>?, _ random: inout SplitMix
  ) throws(ModelError) -> Tensor {
    guard let count = shape.elementCount, count <= 1 << 28 else {
      throw ModelError(.limitExceeded, "\(shape) is too large to make up")
    }
    if element == .string { return try Tensor(strings: (0..<count).map { Array("text \($0)".utf8) }, shape: shape) }
    if element == .bool { return try Tensor(.bool, shape, elements: (0..<count).map { _ in UInt8(random.next() & 1) }) }
    if let range, element == .float32 {
      let (low, span) = (range.lowerBound, range.upperBound - range.lowerBound)
      return try Tensor(.float32, shape, filling: Float.self) { to in
        for index in 0..<count { to[index] = Float(low + random.unit() * span) }
      }
    }
    if let range, element.isInteger || element.isFloatingPoint {
      let (low, span) = (range.lowerBound, range.upperBound - range.lowerBound)
      let values = (0..<count).map { _ in
        element.isInteger ? min(range.upperBound, (low + random.unit() * (span + 1)).rounded(.down)) : low + random.unit() * span
      }
      return try Tensor(.float64, shape, elements: values).converted(to: element)
    }
    if element.isInteger {
      let bound = UInt64(max(integerBound, 1))
      let values = (0..<count).map { _ in Double(random.next() % bound) }
      return try Tensor(.float64, shape, elements: values).converted(to: element)
    }
    let tensor = try Tensor(.float32, shape, filling: Float.self) { to in
      for index in 0..<count { to[index] = Float(random.unit() * 2 - 1) }
    }
    return element == .float32 ? tensor : try tensor.converted(to: element)
  }

  /// The names of the symbols in the graph's inputs, each with whether it is only ever the outermost axis.
  public static func symbols(of graph: Graph) -> [(name: String, isOutermost: Bool)] {
    var found: [String: Bool] = [:]
    var order: [String] = []
    for value in graph.inputs {
      for (axis, dim) in (graph[value].type?.tensorType?.shape ?? []).enumerated() {
        for name in dim.symbols.sorted() {
          if found[name] == nil { order.append(name) }
          found[name] = (found[name] ?? true) && axis == 0
        }
      }
    }
    return order.map { ($0, found[$0] ?? false) }
  }
}
