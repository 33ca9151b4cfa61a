import Diagnostics
import GraphIR
import Tensors

/// How often each sequence of a pool occurs in each row of `x` `[C]` or `[N, C]`, weighed: `[…, max(ngram_indexes) + 1]`.
///
/// The pool lists all sequences of one item, then of two, and so on; `ngram_counts` says where each length begins, and
/// `ngram_indexes` the column of each sequence. Up to `max_skip_count` items may lie between neighbours, always equally many.
public struct TfIdfVectorizer: Evaluable {
  public typealias Operand = UnaryOperand
  public enum Mode: String, CaseIterable, Sendable {
    /// How often.
    case frequency = "TF"
    /// Whether at all, times the weight.
    case weight = "IDF"
    /// How often, times the weight.
    case weightedFrequency = "TFIDF"
  }
  public static let name = "TfIdfVectorizer"
  public static let since = 9
  public static let attributes: [AttributeSpec<Self>] = [
    .int("max_gram_length", \.maxGramLength), .int("max_skip_count", \.maxSkipCount), .int("min_gram_length", \.minGramLength),
    .choice("mode", \.mode), .ints("ngram_counts", \.ngramCounts), .ints("ngram_indexes", \.ngramIndexes),
    .ints("pool_int64s", \.poolIntegers), .strings("pool_strings", \.poolStrings), .floats("weights", \.weights),
  ]
  public var maxGramLength = 1
  public var maxSkipCount = 0
  public var minGramLength = 1
  public var mode = Mode.frequency
  public var ngramCounts: [Int]?
  public var ngramIndexes: [Int]?
  public var poolIntegers: [Int]?
  public var poolStrings: [[UInt8]]?
  /// By column.
  public var weights: [Float]?
  public init() {}

  package func width() throws(ModelError) -> Int {
    guard let last = ngramIndexes?.max(), last >= 0, last < 1 << 31, ngramIndexes?.allSatisfy({ $0 >= 0 }) ?? false else {
      throw ModelError(.invalidGraph, "are no columns", at: Place(attribute: "ngram_indexes"))
    }
    return last + 1
  }

  public func infer(_ operands: Operands<UnaryOperand, Fact>) throws(ModelError) -> [Fact] {
    let x = try operands.one(.x)
    try requireRank(x, 0...2, "x")
    let columns = Dim.number(try width())
    return [.tensor(.float32, x.shape.map { $0.count == 2 ? [$0[0], columns] : [columns] })]
  }

  public func evaluate(_ operands: Operands<UnaryOperand, Tensor>) throws(ModelError) -> [Tensor] {
    let x = try operands.one(.x)
    let columns = try width()
    let rows = x.rank == 2 ? x.shape[0] : 1
    let shape = x.rank == 2 ? [rows, columns] : [columns]
    try checkedCount(.float32, shape)
    guard x.rank <= 2 else { throw ModelError(.typeMismatch, "x has rank \(x.rank)") }
    let counts: [Int]
    if let strings = x.strings {
      counts = try occurrences(strings, rows, columns, pool: poolStrings ?? [])
    } else {
      counts = try occurrences(x.integers(), rows, columns, pool: poolIntegers ?? [])
    }
    let factors = weights.flatMap { $0.isEmpty ? nil : $0 }
    if let factors, factors.count < columns {
      throw ModelError(.invalidGraph, "\(factors.count) for \(columns) columns", at: Place(attribute: "weights"))
    }
    let values = counts.enumerated().map { index, count -> Float in
      switch mode {
      case .frequency: Float(count)
      case .weight: count > 0 ? factors?[index % columns] ?? 1 : 0
      case .weightedFrequency: Float(count) * (factors?[index % columns] ?? 1)
      }
    }
    return [try Tensor(.float32, shape, elements: values)]
  }

  /// The column of each sequence of the pool that is looked for.
  package func columns<Item: Hashable>(pool: [Item]) throws(ModelError) -> [[Item]: Int] {
    let (starts, indexes) = (ngramCounts ?? [], ngramIndexes ?? [])
    var (table, id): ([[Item]: Int], Int) = ([:], 0)
    for (order, start) in starts.enumerated() {
      let (length, end) = (order + 1, order + 1 < starts.count ? starts[order + 1] : pool.count)
      guard start >= 0, end >= start, end <= pool.count, (end - start) % length == 0 else {
        throw ModelError(.invalidGraph, "does not divide a pool of \(pool.count)", at: Place(attribute: "ngram_counts"))
      }
      for first in stride(from: start, to: end, by: length) {
        guard id < indexes.count else { throw ModelError(.invalidGraph, "is shorter than the pool", at: Place(attribute: "ngram_indexes")) }
        if length >= minGramLength, length <= maxGramLength { table[Array(pool[first..<first + length])] = indexes[id] }
        id += 1
      }
    }
    return table
  }

  private func occurrences<Item: Hashable>(_ items: [Item], _ rows: Int, _ columns: Int, pool: [Item]) throws(ModelError) -> [Int] {
    guard minGramLength > 0, maxGramLength >= minGramLength, maxSkipCount >= 0 else {
      throw ModelError(.invalidGraph, "sequences of \(minGramLength) to \(maxGramLength) items", at: Place(attribute: "max_gram_length"))
    }
    let table = try self.columns(pool: pool)
    let longest = table.keys.map(\.count).max() ?? 0
    let width = rows == 0 ? 0 : items.count / rows
    var counts = [Int](repeating: 0, count: rows * columns)
    for length in minGramLength..<max(min(longest, width, maxGramLength) + 1, minGramLength) {
      // A single item has no neighbours to skip.
      for skip in 1...(length == 1 ? 1 : min(maxSkipCount, width) + 1) {
        guard (length - 1) * skip < width else { break }
        for row in 0..<rows {
          for first in 0..<width - (length - 1) * skip {
            let start = row * width + first
            if let column = table[(0..<length).map { items[start + $0 * skip] }] { counts[row * columns + column] += 1 }
          }
        }
      }
    }
    return counts
  }
}
