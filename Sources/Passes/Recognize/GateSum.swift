import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// What goes into gates of a recurrent cell: products `[batch, width]` of values with constant matrices, and a constant.
struct GateSum {
  /// For each value the matrix `[its own width, width]` that it is multiplied by.
  private(set) var products: [(value: MatchedValue, matrix: Tensor)] = []
  /// `[width]`, where there is one.
  private(set) var bias: Tensor?
  let width: Int

  private static let depthLimit = 8

  /// Takes sums, products, slices and splits along the columns apart, none of them a graph output.
  init(_ value: MatchedValue, depth: Int = depthLimit, _ edit: inout Edit) throws(NoMatch) {
    if value.isConstant {
      let tensor = try value.constant()
      width = max(tensor.shape.last ?? 1, 1)
      bias = try Self.vector(tensor, width, &edit)
      return
    }
    guard depth > 0, let width = try value.shape().last?.number, width > 0 else { throw NoMatch("the width is not known", value.id) }
    self.width = width
    try require(try value.rank() == 2 && !value.isOutput, "what goes into a gate is an output, or no matrix")
    let node = try value.anyProducer()
    switch node.op {
    case is Add:
      for index in 0..<2 { try add(GateSum(node.operand(index), depth: depth - 1, &edit), &edit) }
    case is MatMul: try multiply(node.operand(0), node.operand(1).constant(), &edit)
    case let gemm as Gemm:
      try require(!gemm.transA && gemm.alpha == 1 && gemm.beta == 1, "the product is scaled or transposed")
      let matrix = try node.operand(1).constant()
      try multiply(node.operand(0), gemm.transB ? edit.computing { () throws(ModelError) in try matrix.turned() } : matrix, &edit)
      if let bias = node.operandIfPresent(2) { try add(GateSum(bias, depth: depth - 1, &edit), &edit) }
    case is Split, is Slice:
      let part = try LastAxisPart(value)
      try take(GateSum(part.whole, depth: depth - 1, &edit), part.range, &edit)
    default: throw NoMatch("a gate is no sum of products with constants", value.id)
    }
  }

  /// The matrix of a value.
  func matrix(of value: MatchedValue) throws(NoMatch) -> Tensor {
    guard let product = products.first(where: { $0.value == value }) else { throw NoMatch("a gate does not depend on both values", value.id) }
    return product.matrix
  }

  /// The sum but for one value's product.
  func without(_ value: MatchedValue) throws(NoMatch) -> GateSum {
    var rest = self
    rest.products.removeAll { $0.value == value }
    return rest
  }

  private static func vector(_ tensor: Tensor, _ width: Int, _ edit: inout Edit) throws(NoMatch) -> Tensor {
    try require(tensor.isFoldable && (tensor.count == width || tensor.count == 1), "the bias differs from row to row")
    return try edit.computing { () throws(ModelError) in
      let flat = try tensor.reshaped(to: [tensor.count])
      return tensor.count == width ? flat : try deferred(Expand(), flat, .integers([width]))
    }
  }

  private mutating func add(_ other: GateSum, _ edit: inout Edit) throws(NoMatch) {
    try require(other.width == width || other.products.isEmpty && other.width == 1, "the parts of a gate differ in width")
    for (value, matrix) in other.products { try add(value, matrix, &edit) }
    guard let more = other.bias else { return }
    let mine = bias
    bias = try edit.computing { () throws(ModelError) in
      let wide = more.count == width ? more : try deferred(Expand(), more, .integers([width]))
      return try mine.map { (mine) throws(ModelError) in try mine + wide } ?? wide
    }
  }

  private mutating func add(_ value: MatchedValue, _ matrix: Tensor, _ edit: inout Edit) throws(NoMatch) {
    guard let index = products.firstIndex(where: { $0.value == value }) else {
      products.append((value, matrix))
      return
    }
    let known = products[index].matrix
    products[index].matrix = try edit.computing { () throws(ModelError) in try known + matrix }
  }

  /// Values that were put side by side are multiplied by their rows of the matrix.
  private mutating func multiply(_ value: MatchedValue, _ matrix: Tensor, _ edit: inout Edit) throws(NoMatch) {
    try require(matrix.rank == 2 && matrix.shape[1] == width && matrix.isFoldable, "the weights are no matrix of floats")
    guard let concat = try? value.producerAllowingOtherUses(Concat.self), concat.op.axis == 1 || concat.op.axis == -1 else {
      return try add(value, matrix, &edit)
    }
    var row = 0
    for case let part? in concat.all(from: .inputs) {
      guard let count = try part.shape().last?.number else { throw NoMatch("the width is not known", part.id) }
      let rows = row..<row + count
      try add(part, edit.computing { () throws(ModelError) in try matrix.cut(axis: 0, rows) }, &edit)
      row += count
    }
  }

  private mutating func take(_ whole: GateSum, _ columns: Range<Int>, _ edit: inout Edit) throws(NoMatch) {
    try require(columns.upperBound <= whole.width, "the columns do not exist")
    for (value, matrix) in whole.products {
      products.append((value, try edit.computing { () throws(ModelError) in try matrix.cut(axis: 1, columns) }))
    }
    bias = try whole.bias.map { (bias) throws(NoMatch) in try edit.computing { () throws(ModelError) in try bias.cut(axis: 0, columns) } }
  }
}

extension Tensor {
  fileprivate func cut(axis: Int, _ range: Range<Int>) throws(ModelError) -> Tensor {
    try deferred(Slice(), self, .integers([range.lowerBound]), .integers([range.upperBound]), .integers([axis]))
  }

  /// The matrix transposed.
  fileprivate func turned() throws(ModelError) -> Tensor { try deferred(Transpose(perm: [1, 0]), self) }

  /// The tensors one after the other along their first axis.
  private static func stacked(_ parts: [Tensor]) throws(ModelError) -> Tensor {
    guard var all = parts.first else { throw ModelError(.internalInvariant, "nothing to stack") }
    var concat = Concat()
    concat.axis = 0
    for part in parts.dropFirst() { all = try deferred(concat, all, part) }
    return all
  }

  /// The gates' matrices, each `[width, hidden]`, as a recurrent operator has them: `[1, gates · hidden, width]`.
  static func gateWeights(_ matrices: [Tensor]) throws(ModelError) -> Tensor {
    let whole = try stacked(matrices.map { (matrix) throws(ModelError) in try matrix.turned() })
    return try whole.reshaped(to: [1] + whole.shape)
  }

  /// The gates' biases, zero where there is none, of the inputs and then of the states: `[1, 2 · gates · hidden]`.
  static func gateBiases(_ biases: [Tensor?], hidden: Int, _ element: ElementType) throws(ModelError) -> Tensor {
    let nothing = try splat(0, element, count: hidden)
    let whole = try stacked(biases.map { $0 ?? nothing })
    return try whole.reshaped(to: [1] + whole.shape)
  }
}
