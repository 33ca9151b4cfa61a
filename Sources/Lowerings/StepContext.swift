import Diagnostics
import GraphIR
import Operators
import Tensors

/// What a step may see and make around the node that it changes.
package struct StepContext {
  package internal(set) var graph: Graph
  package internal(set) var node: NodeID
  /// The constants behind the graph's captures, where they are constants.
  let captured: [Tensor?]
  /// The version of the operator set that the node has at the outset when lifting, and is to have when lowering.
  package let version: Int
  /// Operands that lowering gave up.
  var released: [ValueID] = []
  /// Nodes that lowering added, in their newest form.
  private(set) var added: [NodeID] = []
  /// Nodes that lowering removed.
  private(set) var removed: Set<NodeID> = []
  /// Nodes that the decomposition at hand has made.
  var made: [NodeID] = []

  init(graph: consuming Graph, captured: [Tensor?], version: Int) {
    self.graph = graph
    self.captured = captured
    self.version = version
    node = NodeID(0)
  }
}

// Reading constants.
extension StepContext {
  /// The tensor behind a value, when it is constant; also one of the graph around.
  package func constant(_ value: ValueID) -> Tensor? {
    switch graph[value].origin {
    case .constant(let tensor): return tensor
    case .capture(let index): return index < captured.count ? captured[index] : nil
    case .result(let producer, _):
      let op = graph[producer].op
      if let known = op as? any ConstantProducing { return known.tensor }
      guard let foreign = op as? ForeignOperator, foreign.isStandard("Constant"), foreign.namedAttributes.count == 1,
        case .tensor(let tensor) = foreign.namedAttributes[0].value
      else { return nil }
      return tensor
    case .input: return nil
    }
  }

  /// The elements of a constant operand of integers, which becomes an attribute.
  func integers(_ value: ValueID, what: String) throws(NotRepresentable) -> [Int] {
    guard let tensor = constant(value) else { throw NotRepresentable("\(what) is computed") }
    do { return try tensor.integers() } catch { throw NotRepresentable("\(what): \(error.message)") }
  }

  /// The only element of a constant operand of floats, which becomes an attribute.
  func float(_ value: ValueID, what: String) throws(NotRepresentable) -> Float {
    guard let tensor = constant(value) else { throw NotRepresentable("\(what) is computed") }
    guard tensor.count == 1, let number = tensor.soleFloat else { throw NotRepresentable("\(what) is not one float") }
    return number
  }

  /// True when a value is absent, or a constant boolean that is false.
  func isFalse(_ value: ValueID?) -> Bool {
    guard let value else { return true }
    guard let tensor = constant(value), tensor.count == 1 else { return false }
    return (try? tensor.integers()) == [0]
  }
}

// Making and giving up.
extension StepContext {
  package mutating func constant(_ tensor: Tensor) -> ValueID { graph.addConstant("", tensor) }

  mutating func constant(integers: [Int64]) throws(NotRepresentable) -> ValueID {
    try constant { () throws(ModelError) in try Tensor(.int64, [integers.count], elements: integers) }
  }

  mutating func constant(scalar: Int) throws(NotRepresentable) -> ValueID {
    try constant { () throws(ModelError) in try Tensor.scalar(scalar) }
  }

  mutating func constant(floats: [Float]) throws(NotRepresentable) -> ValueID {
    try constant { () throws(ModelError) in try Tensor(.float32, [floats.count], elements: floats) }
  }

  /// A scalar of a floating-point type that holds `number` exactly.
  mutating func constant(_ number: Float, as element: ElementType) throws(NotRepresentable) -> ValueID {
    switch element {
    case .float32: return try constant { () throws(ModelError) in try Tensor(.float32, [], elements: [number]) }
    case .float64: return try constant { () throws(ModelError) in try Tensor(.float64, [], elements: [Double(number)]) }
    case .float16 where Float(Float16(number)) == number || number.isNaN:
      return try constant { () throws(ModelError) in try Tensor(.float16, [], elements: [Float16(number).bitPattern]) }
    default: throw NotRepresentable("\(number) is not exact as \(element.rawValue)")
    }
  }

  private mutating func constant(_ make: () throws(ModelError) -> Tensor) throws(NotRepresentable) -> ValueID {
    do { return graph.addConstant("", try make()) } catch { throw NotRepresentable(error.message) }
  }

  /// Notes that the node no longer uses a value, which goes when nothing else does.
  mutating func release(_ value: ValueID) { released.append(value) }

  /// Removes released constants, and `Constant` nodes, that nothing uses any more.
  mutating func removeReleased() {
    for value in released where graph.value(value).map({ $0.uses.isEmpty && !$0.isOutput }) ?? false {
      if graph[value].constant != nil {
        graph.removeConstant(value)
      } else if let producer = graph.producer(of: value), graph[producer].results.count == 1,
        graph[producer].op is any ConstantProducing || graph[producer].op.name == "Constant"
      {
        remove(producer)
      }
    }
    released.removeAll(keepingCapacity: true)
  }

  mutating func remove(_ node: NodeID) {
    graph.remove(node)
    removed.insert(node)
  }

  /// A value with further axes of size 1, made by a node before this one.
  mutating func unsqueeze(_ value: ValueID, axes: [Int]) throws(NotRepresentable) -> ValueID {
    guard let type = OperatorRegistry.type(named: "Unsqueeze") else { throw NotRepresentable("Unsqueeze is not known") }
    let node = graph[node]
    let derivation = Provenance.Derivation(sources: node.name.isEmpty ? [] : [node.name], rules: ["LiftBroadcastAxis"])
    let axes = try constant(integers: axes.map(Int64.init))
    let added = graph.addNode(
      type.init(), [value, axes], results: [("", nil)], origin: .derived(derivation), position: node.position)
    return graph[added].results[0]
  }

  /// A matrix of a value's elements, its rows being the axes before `axis`, made by a node before this one. For lowering.
  mutating func flattened(_ value: ValueID, axis: Int) -> ValueID {
    var flatten = Flatten()
    flatten.axis = axis
    return add(flatten, [value], rule: "LowerCoercedAxis")
  }

  /// Gives whoever uses the node's first result that result in the shape of `value`. For lowering.
  mutating func restoreShape(of value: ValueID) {
    let result = graph[node].results[0]
    let old = graph[result]
    let shape = add(ShapeOf(), [value], rule: "LowerCoercedAxis")
    let reshaped = add(Reshape(), [], rule: "LowerCoercedAxis")
    graph.rename(reshaped, to: old.name)
    graph.setType(reshaped, to: old.type)
    graph.setDeclared(reshaped, old.isTypeDeclared)
    graph.setDeclaredType(reshaped, to: old.declaredType)
    graph.setCarried(reshaped, to: old.carried)
    graph.replaceAllUses(of: result, with: reshaped)
    graph.rename(result, to: "")
    graph.setType(result, to: nil)
    graph.setDeclared(result, false)
    graph.setDeclaredType(result, to: nil)
    graph.setCarried(result, to: nil)
    if let producer = graph.producer(of: reshaped) { graph.setOperands(producer, to: [result, shape]) }
  }

  /// The nodes that steps have added since the last time.
  mutating func takeAdded() -> [NodeID] {
    defer { added.removeAll(keepingCapacity: true) }
    return added
  }

  private mutating func add(_ op: any Operator, _ operands: [ValueID?], rule: String) -> ValueID {
    let node = graph[node]
    let derivation = Provenance.Derivation(sources: node.name.isEmpty ? [] : [node.name], rules: [rule])
    let id = graph.addNode(op, operands, results: [("", nil)], origin: .derived(derivation), position: node.position)
    added.append(id)
    return graph[id].results[0]
  }

  /// What `unsqueeze` was given, when `value` is still its result.
  func beforeUnsqueeze(_ value: ValueID) -> ValueID? {
    guard let producer = graph.producer(of: value), graph[producer].op.name == "Unsqueeze" else { return nil }
    return graph[producer].operands.first ?? nil
  }

  /// The axes that the Unsqueeze behind a value adds, in either of its forms.
  func unsqueezedAxes(_ value: ValueID) -> [Int]? {
    guard let producer = graph.producer(of: value) else { return nil }
    if graph[producer].operands.count > 1, let axes = graph[producer].operands[1] { return try? constant(axes)?.integers() }
    guard let foreign = graph[producer].op as? ForeignOperator,
      case .ints(let axes)? = foreign.namedAttributes.first(where: { $0.name == "axes" })?.value
    else { return nil }
    return axes.map(Int.init)
  }
}

extension Tensor {
  /// The only element as a float, when the tensor holds floats and that is exact.
  var soleFloat: Float? {
    switch element {
    case .float32: return (try? elements(as: Float.self))?.first
    case .float16: return (try? elements(as: UInt16.self))?.first.map { Float(Float16(bitPattern: $0)) }
    case .float64:
      guard let wide = (try? elements(as: Double.self))?.first, wide.isNaN || Double(Float(wide)) == wide else { return nil }
      return Float(wide)
    default: return nil
    }
  }
}

extension ForeignOperator {
  /// True for the named operator of the standard set.
  func isStandard(_ name: String) -> Bool { self.name == name && isStandardDomain(domain) }
}

/// ONNX's own set is named by nothing or by `ai.onnx`.
func isStandardDomain(_ domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }
