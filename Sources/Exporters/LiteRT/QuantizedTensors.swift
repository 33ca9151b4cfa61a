import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// Which nodes the format computes with integers: those between DequantizeLinear and QuantizeLinear that it has integer kernels for.
///
/// Such a node reads what was dequantised (as a QuantizeLinear that only moves the zero point does, too) and writes what is quantised after
/// it, and the nodes around it go.
struct QuantizedTensors {
  private let graph: Graph
  private var integer: Set<NodeID> = []
  private var absorbed: Set<NodeID> = []
  /// By the real result, the quantised one that is written instead.
  private var results: [ValueID: ValueID] = [:]
  /// How stored integers are meant.
  private var types: [ValueID: QuantizedType] = [:]

  init(_ graph: Graph, _ fusion: ActivationFusion) {
    self.graph = graph
    spreadTypes()
    for id in graph.nodeIDs where !fusion.isFused(id) { consider(id, fusion) }
    for id in graph.nodeIDs where isShift(id) { integer.insert(id) }
    for id in graph.nodeIDs where graph[id].op is DequantizeLinear {
      let value = graph[graph[id].results[0]]
      if !value.isOutput, value.uses.allSatisfy({ integer.contains($0.node) }) { absorbed.insert(id) }
    }
  }

  /// What is only moved keeps its meaning, so it spreads over concatenations, slices and their like, in both directions.
  private mutating func spreadTypes() {
    var links: [ValueID: [ValueID]] = [:]
    for id in graph.nodeIDs {
      var values = graph[id].results
      switch graph[id].op {
      case is Concat: values += graph[id].operands.compactMap(\.self)
      case is Slice, is Reshape, is Flatten, is Transpose, is Squeeze, is Unsqueeze, is Identity, is Split, is Pad, is Gather, is Expand, is Tile:
        values += graph[id].operands.prefix(1).compactMap(\.self)
      default: continue
      }
      for value in values { links[value, default: []] += values }
    }
    var pending: [ValueID] = []
    for value in graph.valueIDs where graph.constant(value) == nil {
      guard let type = graph.quantizedType(ofStored: value) else { continue }
      types[value] = type
      pending.append(value)
    }
    while let value = pending.popLast() {
      guard let type = types[value], type.isPerTensor else { continue }
      for other in links[value] ?? [] where types[other] == nil && graph[other].type?.tensorType?.element == type.element {
        types[other] = type
        pending.append(other)
      }
    }
  }

  private mutating func consider(_ id: NodeID, _ fusion: ActivationFusion) {
    guard let kind = IntegerKernel(graph, id), graph[id].results.count == 1 else { return }
    let result = fusion.result(graph[id].results[0])
    guard !graph[result].isOutput, graph[result].uses.count == 1, let use = graph[result].uses.first, use.operand == 0,
      graph[use.node].op is QuantizeLinear, let target = graph.quantizedType(statedBy: use.node), target.isPerTensor,
      target.element == .int8 || target.element == .int16
    else { return }
    var types: [QuantizedType] = []
    for index in kind.activations {
      guard index < graph[id].operands.count, let operand = graph[id].operands[index], let type = graph.dequantized(operand)?.type,
        type.isPerTensor, type.element == target.element
      else { return }
      types.append(type)
    }
    if let index = kind.weights {
      guard let operand = graph[id].operands[index], let (stored, type) = graph.dequantized(operand), graph.constant(stored) != nil,
        type.element == .int8, type.isSymmetric, type.blockSize == 0
      else { return }
    }
    if let index = kind.bias, index < graph[id].operands.count, let value = graph[id].operands[index], KnownBias(value, graph) == nil { return }
    guard kind.accepts(types, target) else { return }
    integer.insert(id)
    absorbed.insert(use.node)
    results[result] = graph[use.node].results[0]
  }

  /// Whether a QuantizeLinear makes signed bytes of unsigned ones or the reverse, of what was dequantised by the same scale: the format's
  /// kernel does so without real numbers in between.
  private func isShift(_ id: NodeID) -> Bool {
    guard graph[id].op is QuantizeLinear, let operand = graph[id].operands[0], let (stored, from) = graph.dequantized(operand),
      graph.constant(stored) == nil, let to = graph.quantizedType(statedBy: id), from.isPerTensor, to.isPerTensor, from.scales == to.scales
    else { return false }
    let difference = to.zeroPoints[0] - from.zeroPoints[0]
    return from.element == .uint8 && to.element == .int8 && difference == -128 || from.element == .int8 && to.element == .uint8 && difference == 128
  }

  /// True for what the nodes around it say themselves.
  func isAbsorbed(_ id: NodeID) -> Bool { absorbed.contains(id) }
  func isInteger(_ id: NodeID) -> Bool { integer.contains(id) }
  func storedType(of value: ValueID) -> QuantizedType? { types[value] ?? graph.quantizedType(ofStored: value) }

  /// What a node reads in the place of an operand.
  func operand(_ value: ValueID, of id: NodeID) -> (stored: ValueID, type: QuantizedType?) {
    if graph[id].op is DequantizeLinear { return (value, graph.quantizedType(statedBy: id)) }
    guard integer.contains(id), let (stored, type) = graph.dequantized(value) else { return (value, nil) }
    return (stored, type)
  }

  func result(_ value: ValueID) -> ValueID { results[value] ?? value }

  /// The bias of a node that computes with integers, as those it has to be: in units of the product of the other scales, of 64 bits
  /// where the node computes with 16. Kernels take both for granted.
  func bias(_ value: ValueID, of id: NodeID) -> (tensor: Tensor, type: QuantizedType)? {
    guard integer.contains(id), let kind = IntegerKernel(graph, id), let weights = kind.weights,
      let x = graph[id].operands[kind.activations[0]].flatMap({ graph.dequantized($0)?.type }),
      let w = graph[id].operands[weights].flatMap({ graph.dequantized($0)?.type }), let bias = KnownBias(value, graph)
    else { return nil }
    let scales = w.scales.map { $0 * x.scales[0] }
    let element: ElementType = x.element == .int16 ? .int64 : .int32
    let bound = element == .int64 ? 0x1p39 : 0x1p31 - 1
    let integers = bias.integers(in: scales).map { $0.isNaN ? 0 : Int64(max(min($0, bound), -bound)) }
    guard let stored = try? Tensor(.int64, [integers.count], elements: integers).converted(to: element) else { return nil }
    return (stored, QuantizedType(element: element, scales: scales, zeroPoints: scales.map { _ in 0 }, axis: 0))
  }
}

/// A bias that is a constant, or integers that stand for one.
private struct KnownBias {
  private let numbers: [Double]
  /// The numbers' units, where they are whole.
  private let scales: [Float]

  init?(_ value: ValueID, _ graph: Graph) {
    if let tensor = graph.constant(value), let numbers = try? tensor.doubles() {
      (self.numbers, scales) = (numbers, [])
      return
    }
    guard let (stored, type) = graph.dequantized(value), let tensor = graph.constant(stored), let integers = try? tensor.integers(),
      type.blockSize == 0, [1, integers.count].contains(type.scales.count)
    else { return nil }
    scales = type.scales
    numbers = integers.indices.map { Double(integers[$0] - type.zeroPoints[type.zeroPoints.count == 1 ? 0 : $0]) }
  }

  /// Rounded to whole numbers of other units; in units that are the same but for rounding, they stay as they are.
  func integers(in units: [Float]) -> [Double] {
    numbers.indices.map { index in
      let unit = Double(units[units.count == 1 ? 0 : min(index, units.count - 1)])
      guard !scales.isEmpty else { return (numbers[index] / unit).rounded() }
      let ratio = Double(scales[scales.count == 1 ? 0 : index]) / unit
      return abs(ratio - 1) < 1e-6 ? numbers[index] : (numbers[index] * ratio).rounded()
    }
  }
}

/// What a node's integer form asks of its operands.
struct IntegerKernel {
  /// Operands that vary.
  var activations = [0]
  /// The operand that holds weights.
  var weights: Int?
  /// The operand that is added, where the kernel wants it in certain units.
  var bias: Int?
  private var rule = Rule.any

  private enum Rule {
    case any
    /// Operands and result must mean the same by their integers.
    case sameEverywhere
    /// The result's scale and zero point are the format's.
    case fixed(scale: Float, zero: Int)
  }

  init?(_ graph: Graph, _ id: NodeID) {
    switch graph[id].op {
    case let kernel as LiteRTKernel:
      switch kernel.code {
      case .conv2D, .depthwiseConv2D: (weights, bias) = (1, 2)
      case .transposeConv: (activations, weights, bias) = ([2], 1, 3)
      case .averagePool2D, .maxPool2D, .resizeBilinear, .resizeNearestNeighbor, .depthToSpace, .spaceToDepth: rule = .sameEverywhere
      default: return nil
      }
    case is Gemm:
      guard graph.addsVector(id) else { return nil }
      (weights, bias) = (1, 2)
    case is MatMul:
      guard graph.isDequantizedMatrix(id) else { return nil }
      weights = 1
    case is Add, is Sub, is Mul: activations = [0, 1]
    case is ReduceMean, is LeakyRelu, is HardSwish: break
    case is Concat:
      activations = Array(graph[id].operands.indices)
      rule = .sameEverywhere
    case is Reshape, is Flatten, is Transpose, is Squeeze, is Unsqueeze, is Slice, is Relu: rule = .sameEverywhere
    case is Sigmoid, is Softmax: rule = .fixed(scale: 1 / 256, zero: -128)
    case is Tanh: rule = .fixed(scale: 1 / 128, zero: 0)
    default: return nil
    }
  }

  func accepts(_ operands: [QuantizedType], _ result: QuantizedType) -> Bool {
    switch rule {
    case .any: true
    case .sameEverywhere: operands.allSatisfy { $0 == result || ($0.scales == result.scales && $0.zeroPoints == result.zeroPoints) }
    case .fixed(let scale, let zero): result.element == .int8 && abs(result.scales[0] - scale) < scale * 1e-4 && result.zeroPoints == [zero]
    }
  }
}

extension Graph {
  /// Whether the second operand of a product is a dequantised constant matrix.
  func isDequantizedMatrix(_ id: NodeID) -> Bool {
    guard let b = self[id].operands[1], let stored = dequantized(b)?.stored else { return false }
    return self[stored].type?.tensorType?.rank == 2 && constant(stored) != nil
  }
}
