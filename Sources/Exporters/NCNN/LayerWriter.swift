import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// Adds the layers of one node.
final class LayerWriter {
  var network = Network()
  /// The model's inputs, by whose sizes symbols are known.
  var sources: [Blob] = []
  /// Where values lie that have been written.
  var blobs: [ValueID: Blob] = [:]
  private var operands: [(blob: Blob?, fact: Fact)?] = []
  private var constants: [Key: (tensor: Tensor, blob: Blob)] = [:]
  private var nodeName = ""

  private struct Key: Hashable {
    var tensor: TensorIdentity
    var sizes: [Int]
  }

  /// `operands` as they lie in Mats; constants have none until they are asked for.
  func begin(_ name: String, operands: [(blob: Blob?, fact: Fact)?]) {
    nodeName = name
    self.operands = operands
  }

  // MARK: Operands

  /// An operand as it lies.
  func operand(_ index: Int) throws(ModelError) -> Blob {
    guard index < operands.count, let operand = operands[index] else { throw ModelError(.notExpressible, "operand \(index) is missing") }
    if let blob = operand.blob { return blob }
    guard let shape = operand.fact.shape, let layout = MatLayout(shape) else { throw ModelError(.notExpressible, "operand \(index) has no layout") }
    return try self.operand(index, as: layout.sizes)
  }

  /// An operand whose Mat has the given sizes: the same elements, axes of size 1 added or left out.
  func operand(_ index: Int, as sizes: [Dim]) throws(ModelError) -> Blob {
    guard index < operands.count, let operand = operands[index] else { throw ModelError(.notExpressible, "operand \(index) is missing") }
    if let blob = operand.blob { return try reshape(blob, to: sizes) }
    if let tensor = operand.fact.constant { return try constant(tensor, sizes) }
    if let elements = operand.fact.integers, let shape = operand.fact.shape?.compactMap(\.number) {
      return try constant(Tensor.integers(elements).reshaped(to: shape), sizes)
    }
    throw ModelError(.notExpressible, "operand \(index) is a size that is computed when the model runs")
  }

  /// A value that another node has given.
  func value(_ id: ValueID) throws(ModelError) -> Blob {
    guard let blob = blobs[id] else { throw ModelError(.notExpressible, "a value that no layer gives") }
    return blob
  }

  func operand(_ slot: some OperandSlot) throws(ModelError) -> Blob { try operand(slot.rawValue) }

  /// A constant as a layer of its own, once for each tensor and shape.
  func constant(_ tensor: Tensor, _ sizes: [Dim]) throws(ModelError) -> Blob {
    let numbers = sizes.compactMap(\.number)
    guard numbers.count == sizes.count, numbers.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) == tensor.count, tensor.count > 0 else {
      throw ModelError(.notExpressible, "a constant of shape \(tensor.shape) as \(sizes)")
    }
    let key = Key(tensor: tensor.identity, sizes: numbers)
    if let known = constants[key] { return known.blob }
    let blob = layer("MemoryData", [], zip(matKeys(sizes.count), numbers).map { ($0, .int($1)) }, weights: [.plain(tensor)], sizes: sizes)
    constants[key] = (tensor, blob)
    return blob
  }

  // MARK: Layers

  /// A layer with one output of the given sizes.
  func layer(
    _ type: String, _ inputs: [Blob], _ parameters: [(key: Int, value: Parameter)] = [], weights: [Weight] = [], sizes: [Dim]
  ) -> Blob {
    layer(type, inputs, parameters, weights: weights, outputs: [sizes])[0]
  }

  /// A layer with one output that lies as the node's result does.
  func layer(
    _ type: String, _ inputs: [Blob], _ parameters: [(key: Int, value: Parameter)] = [], weights: [Weight] = [], as result: Fact
  ) throws(ModelError) -> Blob {
    layer(type, inputs, parameters, weights: weights, sizes: try sizes(of: result))
  }

  func layer(
    _ type: String, _ inputs: [Blob], _ parameters: [(key: Int, value: Parameter)] = [], weights: [Weight] = [], outputs: [[Dim]]
  ) -> [Blob] {
    let blobs = outputs.map { Blob(index: network.addBlob(nodeName, $0), sizes: $0) }
    network.layers.append(
      Layer(
        type: type, name: network.uniqueName("\(type.lowercased())_\(nodeName)"), inputs: inputs.map(\.index), outputs: blobs.map(\.index),
        parameters: parameters, weights: weights))
    return blobs
  }

  /// The sizes of a value's Mat.
  func sizes(of fact: Fact) throws(ModelError) -> [Dim] {
    guard let shape = fact.shape, let layout = MatLayout(shape) else { throw ModelError(.notExpressible, "a value has no layout") }
    return layout.sizes
  }

  /// The same elements under other sizes.
  func reshape(_ blob: Blob, to sizes: [Dim]) throws(ModelError) -> Blob {
    guard let plan = ReshapePlan(from: blob.sizes, to: sizes, sources: sources) else {
      throw ModelError(.notExpressible, "a reshape from \(blob.sizes) to \(sizes)")
    }
    switch plan {
    case .none: return blob
    case .sizes(let numbers):
      return layer("Reshape", [blob], zip(matKeys(sizes.count), numbers).map { ($0, .int($1)) }, sizes: sizes)
    case .expressions(let texts, let others):
      let blobs = others.map { Blob(index: $0, sizes: []) }
      return layer("Reshape", [blob] + blobs, [(6, .text(texts.reversed().joined(separator: ",")))], sizes: sizes)
    }
  }

  /// The keys of `w`, `h`, `d` and `c`, outermost first.
  func matKeys(_ count: Int) -> [Int] { [[], [0], [1, 0], [2, 1, 0], [2, 11, 1, 0]][min(count, 4)] }

  // MARK: Small steps

  /// An element-wise layer of two blobs that are broadcast, axis by axis.
  func binary(_ code: BinaryCode, _ a: Blob, _ b: Blob) -> Blob {
    let sizes = zip(a.sizes, b.sizes).map { $0 == 1 ? $1 : $0 }
    return layer("BinaryOp", [a, b], [(0, .int(code.rawValue))], sizes: sizes)
  }

  func binary(_ code: BinaryCode, _ a: Blob, _ number: Float) -> Blob {
    layer("BinaryOp", [a], [(0, .int(code.rawValue)), (1, .int(1)), (2, .float(number))], sizes: a.sizes)
  }

  func unary(_ code: UnaryCode, _ x: Blob) -> Blob { layer("UnaryOp", [x], [(0, .int(code.rawValue))], sizes: x.sizes) }

  /// The operation over axes of the Mat, which stay with size 1.
  func reduce(_ code: ReductionCode, _ x: Blob, _ axes: [Int]) -> Blob {
    var sizes = x.sizes
    for axis in axes { sizes[axis] = 1 }
    return layer("Reduction", [x], [(0, .int(code.rawValue)), (1, .int(0)), (3, .ints(axes)), (4, .int(1)), (5, .int(1))], sizes: sizes)
  }
}

/// What `BinaryOp` computes. The reversed forms compute with the second operand first.
enum BinaryCode: Int {
  case add, sub, mul, div, max, min, pow, reversedSub, reversedDiv, reversedPow
}

/// What `UnaryOp` computes.
enum UnaryCode: Int {
  case abs, neg, floor, ceil, square, sqrt, rsqrt, exp, log, sin, cos, tan, asin, acos, atan, reciprocal, tanh, log10, round, trunc
}

/// What `Reduction` computes.
enum ReductionCode: Int {
  case sum, sumOfMagnitudes, sumOfSquares, mean, max, min, prod, l1, l2, logSum, logSumExp
}
