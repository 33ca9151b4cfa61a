import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readAttention() throws(ModelError) -> ValueID? {
    switch type {
    case "SDPA":
      let count = try int(5) == 0 ? 3 : 4
      guard inputs.count == count, try int(7) == 0, try int(18) == 0 else { throw ModelError(.unsupported, "attention with a cache, or of integers") }
      var heads: [ValueID] = []
      for index in 0..<3 {
        guard try rank(input(index)) == 3 else { throw ModelError(.malformed, "attention over a Mat that has not three axes") }
        heads.append(try input(index))
      }
      return try attention(heads, mask: count == 4 ? input(3) : nil, scale: float(6, 0))
    case "MultiHeadAttention": return try projectedAttention()
    default: return nil
    }
  }

  /// Over heads as channels. A `scale` of 0 follows from the size of the heads.
  private func attention(_ heads: [ValueID], mask: ValueID?, scale: Float) throws(ModelError) -> ValueID {
    var operands: [ValueID] = []
    for value in heads { operands.append(try unsqueezed(value)) }
    if let mask { operands.append(mask) }
    var op = Attention()
    if scale != 0 { op.scale = scale }
    return try squeezed(one(op, operands))
  }

  /// Products that give queries, keys and values, attention, and a product behind it. Keys are read where queries are, and values where keys
  /// are, unless they have inputs of their own.
  private func projectedAttention() throws(ModelError) -> ValueID {
    let (width, heads, count) = (try size(0), try size(1), try size(2))
    let hasMask = try int(5) != 0
    let own = inputs.count - (hasMask ? 1 : 0)
    guard width % heads == 0, count % width == 0, (1...3).contains(own), try int(7) == 0, try int(18) == 0 else {
      throw ModelError(.unsupported, "attention of \(width) in \(heads) heads, with a cache, or of integers")
    }
    let inner = [count / width, try size(3, width), try size(4, width)]
    var parts: [ValueID] = []
    for (index, place) in [0, min(1, own - 1), own - 1].enumerated() {
      let rows = try projected(input(place), width, inner[index])
      let cut = try one(Reshape(), [rows, network.integers([-1, heads, width / heads])])
      parts.append(try one(Transpose(perm: [1, 0, 2]), [cut]))
    }
    let mask = hasMask ? try input(own) : nil
    let result = try attention(parts, mask: mask, scale: float(6, 1 / Float(width / heads).squareRoot()))
    let flat = try one(Reshape(), [one(Transpose(perm: [1, 0, 2]), [result]), network.integers([-1, width])])
    return try projected(flat, inner[0], width)
  }

  private func projected(_ x: ValueID, _ columns: Int, _ inner: Int) throws(ModelError) -> ValueID {
    guard try rank(x) == 2 else { throw ModelError(.malformed, "a projection of a Mat that has not two axes") }
    let weight = network.constant(try network.weights.tagged([columns, inner]))
    let bias = network.constant(try network.weights.plain([columns]))
    var op = Gemm()
    op.transB = true
    return try one(op, [x, weight, bias])
  }
}
