import GraphIR
import Operators
import Tensors

extension StepContext {
  /// The node itself on operands cast to element types that hold every number of their own, its results cast back.
  mutating func widened(_ signature: OperatorElements.Signature) throws(NotRepresentable) -> [ValueID?] {
    let node = graph[node]
    guard node.graphs.isEmpty, node.op.name != "Cast" else { throw NotRepresentable("") }
    // Of no elements at all, the extreme is that of the element type.
    if node.op.name == "ReduceMax" || node.op.name == "ReduceMin", let x = node.operands.first ?? nil, try !knownElement(x).isFloatingPoint {
      guard try fixedShape(x).allSatisfy({ $0 > 0 }) else { throw NotRepresentable("there may be no elements") }
    }
    var operands = node.operands
    var casts: [ValueID: ValueID] = [:]
    for (index, operand) in operands.enumerated() {
      guard let operand, let element = graph[operand].type?.tensorType?.element, !signature.allows(element, operand: index) else { continue }
      guard let wide = Self.wider(element, node.op.name).first(where: { signature.allows($0, operand: index) }) else {
        throw NotRepresentable("\(element.rawValue) operands appear in a later opset")
      }
      if casts[operand] == nil { casts[operand] = try emit(Cast(to: wide), operand) }
      operands[index] = casts[operand]
    }
    guard !casts.isEmpty else { throw NotRepresentable("") }
    // What is padded with is of the type of what is padded.
    if node.op is Pad, operands.count > 2, let value = node.operands[2], let x = operands[0], x != node.operands[0] {
      operands[2] = try recast(value, to: knownElement(x))
    }
    let results = try emit(node.op, operands, results: node.results.count)
    var values: [ValueID?] = []
    for (old, new) in zip(node.results, results) {
      guard isUsed(values.count), let element = graph[old].type?.tensorType?.element else {
        values.append(new)
        continue
      }
      values.append(try cast(new, to: element))
    }
    return values
  }

  /// A constant stays one.
  private mutating func recast(_ value: ValueID, to element: ElementType) throws(NotRepresentable) -> ValueID {
    guard let tensor = constant(value) else { return try cast(value, to: element) }
    do { return constant(try tensor.converted(to: element)) } catch { throw NotRepresentable(error.message) }
  }

  /// Element types that hold every number of another, the narrowest first.
  private static func wider(_ element: ElementType, _ name: String) -> [ElementType] {
    switch element {
    case .bfloat16, .float16: return [.float32, .float64]
    case .float32: return [.float64]
    default: break
    }
    let integers: [ElementType]
    switch element {
    case .int8: integers = [.int16, .int32, .int64]
    case .uint8: integers = [.uint16, .int16, .uint32, .int32, .uint64, .int64]
    case .int16: integers = [.int32, .int64]
    case .uint16: integers = [.uint32, .int32, .uint64, .int64]
    case .int32: integers = [.int64]
    case .uint32: integers = [.uint64, .int64]
    case .bool where selecting.contains(name): integers = [.uint8, .int32, .int64]
    default: integers = []
    }
    guard selecting.contains(name), !integers.isEmpty else { return integers }
    return integers + (element.bitWidth < 32 ? [.float32, .float64] : [.float64])
  }

  /// Operators that only choose, move or compare elements, so that even a type of another kind does not change the result.
  private static let selecting: Set<String> = [
    "Abs", "ArgMax", "ArgMin", "Clip", "Compress", "Concat", "DepthToSpace", "Equal", "Expand", "Flatten", "Gather", "GatherElements",
    "GatherND", "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "Max", "MaxPool", "Min", "NonZero", "Pad", "ReduceMax",
    "ReduceMin", "Relu", "Reshape", "ReverseSequence", "ScatterElements", "ScatterND", "Sign", "Slice", "SpaceToDepth", "Split", "Squeeze",
    "Tile", "TopK", "Transpose", "Trilu", "Unique", "Unsqueeze", "Where",
  ]
}
