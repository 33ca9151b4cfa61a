import GraphIR
import Tensors

extension Network {
  /// Attention between projections as one layer, `MultiHeadAttention`, which computes all of them.
  ///
  ///     Gemm → Reshape [n, heads, size] → Permute ─┐
  ///     Gemm → Reshape [n, heads, size] → Permute ─┼─ SDPA → Permute → Reshape [n, heads · size] → Gemm
  ///     Gemm → Reshape [n, heads, size] → Permute ─┘
  ///
  /// Nothing else reads what is between. Keys and values have as many heads as queries, of the same size, and the last product is as wide as
  /// the operand of the queries.
  mutating func fuseProjectedAttention() {
    let reading = LayerUses(self)
    for index in layers.indices where layers[index].type == "SDPA" {
      guard let fused = projected(index, reading) else { continue }
      // The layers that it stands for are read by nobody any more.
      layers[fused.place] = fused.layer
    }
  }

  private struct Projection {
    var input: Int
    var inner: Int
    var weights: [Weight]
  }

  private func projected(_ index: Int, _ uses: LayerUses) -> (place: Int, layer: Layer)? {
    let layer = layers[index]
    let hasMask = layer[5] == .int(1)
    guard layer.inputs.count == (hasMask ? 4 : 3), case .float(let scale)? = layer[6], let order = permuteCode([1, 0, 2]),
      sizes[layer.inputs[0]].count == 3, let heads = sizes[layer.inputs[0]][0].number, let size = sizes[layer.inputs[0]][2].number
    else { return nil }
    var parts: [Projection] = []
    for input in layer.inputs.prefix(3) {
      guard let part = projection(input, heads, size, order, uses) else { return nil }
      parts.append(part)
    }
    guard let turned = uses.soleReader(of: layer.outputs[0]), layers[turned].type == "Permute", layers[turned][0] == .int(order),
      let flat = uses.soleReader(of: layers[turned].outputs[0]), layers[flat].type == "Reshape",
      sizes[layers[flat].outputs[0]] == [sizes[layer.outputs[0]][1], .number(heads * size)],
      let last = uses.soleReader(of: layers[flat].outputs[0]), let (weights, width, inner) = layers[last].projection,
      inner == heads * size, width == parts[0].inner
    else { return nil }
    var inputs = parts.map(\.input)
    if inputs[1] == inputs[2] { inputs.removeLast() }
    if inputs.count == 2, inputs[0] == inputs[1] { inputs.removeLast() }
    if hasMask { inputs.append(layer.inputs[3]) }
    var fused = Layer(type: "MultiHeadAttention", name: layers[last].name, inputs: inputs, outputs: layers[last].outputs)
    fused.parameters = [
      (0, .int(heads * size)), (1, .int(heads)), (2, .int(heads * size * width)), (3, .int(parts[1].inner)), (4, .int(parts[2].inner)),
      (5, .int(hasMask ? 1 : 0)), (6, .float(scale)),
    ]
    fused.weights = parts.flatMap(\.weights) + weights
    return (last, fused)
  }

  /// The product that gives heads of `size`, from what and how wide that is.
  private func projection(_ blob: Int, _ heads: Int, _ size: Int, _ order: Int, _ uses: LayerUses) -> Projection? {
    guard uses.isReadOnce(blob), sizes[blob].count == 3, sizes[blob][0] == .number(heads), sizes[blob][2] == .number(size),
      let permute = uses.producer(of: blob), layers[permute].type == "Permute", layers[permute][0] == .int(order),
      let cut = layers[permute].inputs.first, uses.isReadOnce(cut), let reshape = uses.producer(of: cut), layers[reshape].type == "Reshape",
      let rows = layers[reshape].inputs.first, layers[reshape].inputs.count == 1, uses.isReadOnce(rows),
      sizes[rows] == [sizes[blob][1], .number(heads * size)],
      let product = uses.producer(of: rows), let (weights, width, inner) = layers[product].projection, width == heads * size
    else { return nil }
    return Projection(input: layers[product].inputs[0], inner: inner, weights: weights)
  }

  /// A product takes the constant row that is added to it as its own.
  mutating func fuseBiases() {
    let uses = LayerUses(self)
    for index in layers.indices where layers[index].type == "BinaryOp" && layers[index].inputs.count == 2 && layers[index][0] == .int(0) {
      for (place, other) in [(0, 1), (1, 0)] {
        let (blob, addend) = (layers[index].inputs[place], layers[index].inputs[other])
        guard uses.isReadOnce(blob), let product = uses.producer(of: blob), let constant = uses.producer(of: addend),
          layers[constant].type == "MemoryData", case .plain(let tensor)? = layers[constant].weights.first,
          let fused = layers[product].withBias(tensor), sizes[layers[index].outputs[0]] == sizes[blob]
        else { continue }
        layers[index] = fused.named(layers[index].name, outputs: layers[index].outputs)
        break
      }
    }
  }
}

/// Who gives and who reads each blob.
struct LayerUses {
  private var producers: [Int: Int] = [:]
  private var readers: [Int: [Int]] = [:]
  private var given: Set<Int> = []

  init(_ network: Network) {
    for (index, layer) in network.layers.enumerated() {
      for output in layer.outputs { producers[output] = index }
      for input in layer.inputs { readers[input, default: []].append(index) }
    }
    given = Set(network.outputs.map(\.blob))
  }

  func producer(of blob: Int) -> Int? { producers[blob] }
  func isReadOnce(_ blob: Int) -> Bool { readers[blob]?.count == 1 && !given.contains(blob) }
  func soleReader(of blob: Int) -> Int? { isReadOnce(blob) ? readers[blob]?.first : nil }
}

extension Layer {
  subscript(key: Int) -> Parameter? { parameters.first { $0.key == key }?.value }

  fileprivate func named(_ name: String, outputs: [Int]) -> Layer {
    var copy = self
    (copy.name, copy.outputs) = (name, outputs)
    return copy
  }

  /// A product with constant rows: weights and bias as `MultiHeadAttention` stores them, its width, and that of its operand.
  fileprivate var projection: (weights: [Weight], width: Int, inner: Int)? {
    guard type == "Gemm", inputs.count == 1, self[3] == .int(1), self[5] == .int(1), self[0] == nil, self[18] == nil,
      case .int(let width)? = self[8], case .int(let inner)? = self[9], let rows = weights.first
    else { return nil }
    if self[10] == .int(-1) {
      guard let zeros = try? Tensor(.float32, [width], elements: [Float](repeating: 0, count: width)) else { return nil }
      return ([rows, .plain(zeros)], width, inner)
    }
    guard self[10] == .int(4), weights.count == 2, case .tagged(let bias) = weights[1] else { return nil }
    return ([rows, .plain(bias)], width, inner)
  }

  /// The product with one number more for each column; `nil` for another layer, or where there is one already.
  fileprivate func withBias(_ tensor: Tensor) -> Layer? {
    var copy = self
    switch type {
    case "Gemm":
      guard self[10] == .int(-1), self[3] == .int(1), self[5] == .int(1), self[8] == .int(tensor.count) else { return nil }
      copy.parameters = parameters.map { $0.key == 10 ? (10, .int(4)) : $0 }
      copy.weights.append(.tagged(tensor))
    case "InnerProduct":
      guard self[1] == .int(0), self[0] == .int(tensor.count), let first = weights.first else { return nil }
      copy.parameters = parameters.map { $0.key == 1 ? (1, .int(1)) : $0 }
      copy.weights = [first, .plain(tensor)] + weights.dropFirst()
    default: return nil
    }
    return copy
  }
}
