import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// What `SDPA` adds to the scores `[queries, keys]`, for all heads or for each: ncnn broadcasts neither rows nor columns.
///
/// Nothing is infinite there, since the layer divides the mask by the scale and gives no numbers for a query without keys: what hides a key is
/// a number so low that nothing is left of its score. A query that has none to look at gets the mean of the values, which becomes zeros,
/// as ONNX has them, by a factor.
struct AttentionMask {
  var addend: Blob
  /// 1 for queries that look at a key and 0 for others, beside the result; `nil` where all do.
  var visible: Blob?

  static let hidden: Float = -1e30
  /// What lower finite numbers become: still higher than what is hidden.
  private static let lowest: Float = -1e29

  private struct Sizes {
    var heads: Dim
    var rows: Dim
    var queries: Dim
    var keys: Dim
  }

  /// Of a mask that fits: heads or 1, and queries or 1.
  private static func sizes(_ op: Attention, _ node: SubjectNode) -> Sizes? {
    guard let q = op.headSizes(node, 0), let k = op.headSizes(node, 1) else { return nil }
    guard let shape = node.operand(3)?.shape else { return Sizes(heads: 1, rows: 1, queries: q[1], keys: k[1]) }
    guard shape.count >= 2, shape.count <= 4, shape[shape.count - 1] == k[1] else { return nil }
    let (rows, heads) = (shape[shape.count - 2], shape.count > 2 ? shape[shape.count - 3] : 1)
    guard rows == 1 || rows == q[1], heads == 1 || heads == q[0] && node.operand(0)?.shape?.count == 4, shape.count < 4 || shape[0] == 1 else { return nil }
    return Sizes(heads: heads, rows: rows, queries: q[1], keys: k[1])
  }

  static func limits(_ op: Attention, _ node: SubjectNode) -> Rejection? {
    guard let sizes = sizes(op, node) else { return Rejection(.operand, "a mask that has not a column for each key, or of several batches") }
    if op.isCausal, sizes.queries.number == nil || sizes.keys.number == nil {
      return Rejection(.dynamicShape, "causal attention over lengths that are not known")
    }
    let comparisons = (sizes.queries.number ?? 1).multipliedReportingOverflow(by: sizes.keys.number ?? 1)
    if op.isCausal, comparisons.overflow || comparisons.partialValue > 1 << 24 { return Rejection(.size, "causal attention over many positions") }
    return nil
  }

  /// `nil` where every query looks at every key. `query` lies as the layer reads it.
  init?(_ op: Attention, _ node: SubjectNode, _ query: Blob, _ out: LayerWriter) throws(ModelError) {
    guard node.operand(3) != nil || op.isCausal else { return nil }
    guard let sizes = Self.sizes(op, node) else { throw ModelError(.notExpressible, "a mask of other sizes") }
    let nothing = try Tensor(.float32, [1, 1], elements: [Float(0)])
    if let known = node.operand(3) == nil ? nothing : node.operand(3)?.constant {
      try self.init(known, sizes, isCausal: op.isCausal, query, out)
    } else {
      try self.init(computed: node, sizes, isCausal: op.isCausal, query, out)
    }
  }

  // MARK: Known masks

  private init(_ tensor: Tensor, _ sizes: Sizes, isCausal: Bool, _ query: Blob, _ out: LayerWriter) throws(ModelError) {
    let given = try tensor.element == .bool ? tensor.integers().map { $0 == 0 ? -Float.infinity : 0 } : tensor.floats()
    guard isCausal, let rows = sizes.queries.number, let keys = sizes.keys.number else {
      let keys = sizes.keys.number ?? max(tensor.shape.last ?? 1, 1)
      try self.init(given, heads: sizes.heads.number ?? 1, rows: sizes.rows.number ?? 1, keys: keys, sizes, query, out)
      return
    }
    let heads = sizes.heads.number ?? 1
    var all: [Float] = []
    all.reserveCapacity(heads * rows * keys)
    for head in 0..<heads {
      for row in 0..<rows {
        let start = (head * (sizes.rows.number ?? 1) + (sizes.rows == 1 ? 0 : row)) * keys
        for key in 0..<keys { all.append(key > row ? -.infinity : given.count == 1 ? given[0] : given[start + key]) }
      }
    }
    try self.init(all, heads: heads, rows: rows, keys: keys, sizes, query, out)
  }

  private init(_ values: [Float], heads: Int, rows: Int, keys: Int, _ sizes: Sizes, _ query: Blob, _ out: LayerWriter) throws(ModelError) {
    let outer = heads == 1 ? [rows] : [heads, rows]
    let finite = values.map { $0 == -.infinity ? Self.hidden : max($0, Self.lowest) }
    let blob = try out.constant(Tensor(.float32, outer + [keys], elements: finite), (outer + [keys]).map(Dim.number))
    addend = try Self.withRows(blob, sizes.queries, query, out)
    let marks = stride(from: 0, to: values.count, by: max(keys, 1)).map { values[$0..<min($0 + keys, values.count)].contains { $0 > -.infinity } ? Float(1) : 0 }
    if marks.contains(0) { visible = try out.constant(Tensor(.float32, [heads, rows, 1], elements: marks), [.number(heads), .number(rows), 1]) }
  }

  // MARK: Masks that are computed

  private init(computed node: SubjectNode, _ sizes: Sizes, isCausal: Bool, _ query: Blob, _ out: LayerWriter) throws(ModelError) {
    let own = sizes.heads == 1 ? [sizes.rows, sizes.keys] : [sizes.heads, sizes.rows, sizes.keys]
    let mask = try out.operand(3, as: own)
    let last = own.count - 1
    // 1 for each key that is to be seen; `nil` where all are as far as the mask goes.
    var shown: Blob?
    var lowered = mask
    if node.operand(3)?.element == .bool {
      shown = mask
      lowered = out.binary(.mul, out.complement(mask), Self.hidden)
    } else if let value = node.graph[node.id].operands[3] {
      lowered = out.binary(.max, mask, Self.lowest)
      if !node.graph.isSurelyFinite(value) {
        // Scaled down, the lowest of finite numbers is far from what is infinite.
        let isHidden = out.layer("Threshold", [out.binary(.mul, mask, 1 / Self.hidden)], [(0, .float(1e9))], sizes: mask.sizes)
        lowered = out.binary(.add, lowered, out.binary(.mul, isHidden, Self.hidden))
        shown = out.complement(isHidden)
      }
    }
    var blob = try Self.withRows(lowered, sizes.queries, query, out)
    if isCausal, let rows = sizes.queries.number, let keys = sizes.keys.number {
      let marks = (0..<rows * keys).map { Float($0 % keys > $0 / keys ? 0 : 1) }
      let shape = (sizes.heads == 1 ? [] : [1]) + [rows, keys]
      let triangle = try out.constant(Tensor(.float32, shape, elements: marks), shape.map(Dim.number))
      blob = out.binary(.add, blob, out.binary(.mul, out.complement(triangle), Self.hidden))
      shown = shown.map { out.binary(.mul, $0, triangle) }
    }
    addend = blob
    if let shown {
      let row = out.reduce(.max, shown, [last])
      visible = try out.reshape(row, to: sizes.heads == 1 ? [1] + row.sizes : row.sizes)
    }
  }

  /// A row for each query where there is one for all.
  private static func withRows(_ mask: Blob, _ queries: Dim, _ query: Blob, _ out: LayerWriter) throws(ModelError) -> Blob {
    let rows = mask.sizes.count - 2
    guard mask.sizes[rows] != queries else { return mask }
    if queries.number != nil {
      var sizes = mask.sizes
      sizes[rows] = queries
      return try out.expanded(mask, to: sizes)
    }
    let cut = out.layer("Crop", [query], [(9, .ints([0, 0])), (10, .ints([1, 1])), (11, .ints([0, 2]))], sizes: [1, queries, 1])
    return out.binary(.add, try out.reshape(out.zeros(like: cut), to: [Dim](repeating: 1, count: rows) + [queries, 1]), mask)
  }
}
