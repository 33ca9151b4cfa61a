import Diagnostics
import GraphIR
import Tensors

/// How `Reshape` is told the sizes of its result.
enum ReshapePlan: Equatable {
  /// Nothing to do.
  case none
  /// Numbers, -1 for the one that follows from the others, outermost first.
  case sizes([Int])
  /// Expressions in the operand's sizes and in those of further blobs, outermost first.
  case expressions([String], others: [Int])

  /// `sources` are blobs by whose sizes symbols are known, beside the operand. `nil` when there is no way to say it.
  init?(from old: [Dim], to new: [Dim], sources: [Blob] = []) {
    if old == new, !old.contains(.unknown) {
      self = .none
      return
    }
    if let named = Self.byPosition(old, new) {
      self = named
      return
    }
    let open = new.filter { $0.number == nil }
    if open.count <= 1 {
      self = .sizes(new.map { $0.number ?? -1 })
      return
    }
    var references = References(old, sources)
    var (texts, rest) = ([String](), 0)
    for size in new {
      if let text = references.text(of: size) {
        texts.append(text)
      } else {
        texts.append("-1")
        rest += 1
      }
    }
    guard rest <= 1 else { return nil }
    self = .expressions(texts, others: references.used)
  }

  /// Axes of size 1 come or go, the others stay: known even where their sizes are not.
  private static func byPosition(_ old: [Dim], _ new: [Dim]) -> ReshapePlan? {
    let kept = old.indices.filter { old[$0] != 1 }
    let wanted = new.indices.filter { new[$0] != 1 }
    guard kept.count == wanted.count, zip(kept, wanted).allSatisfy({ old[$0] == new[$1] }) else { return nil }
    if old.count == new.count, kept == wanted { return ReshapePlan.none }
    let letters = matLetters(old.count)
    if wanted.filter({ new[$0].number == nil }).count <= 1 { return .sizes(new.map { $0.number ?? -1 }) }
    var texts = [String](repeating: "1", count: new.count)
    for (from, to) in zip(kept, wanted) { texts[to] = new[to].number.map(String.init) ?? "0\(letters[from])" }
    return .expressions(texts, others: [])
  }

  /// Sizes as `0w`, `1h`, …: the blob's place among the operands, and its axis.
  private struct References {
    private var known: [(size: Dim, blob: Int?, letter: Character)] = []
    private(set) var used: [Int] = []

    init(_ old: [Dim], _ sources: [Blob]) {
      for (size, letter) in zip(old, matLetters(old.count)) where size.number == nil { known.append((size, nil, letter)) }
      for blob in sources {
        for (size, letter) in zip(blob.sizes, matLetters(blob.sizes.count)) where size.number == nil { known.append((size, blob.index, letter)) }
      }
    }

    mutating func text(of size: Dim) -> String? {
      if let number = size.number { return String(number) }
      guard size != .unknown else { return nil }
      if let found = known.first(where: { $0.size == size }) { return reference(found.blob, found.letter) }
      for found in known {
        // A multiple, a part or a neighbour of a known size.
        if let factor = size.floorDivided(by: found.size).number, factor > 1, found.size * .number(factor) == size {
          return "*(\(reference(found.blob, found.letter)),\(factor))"
        }
        if let more = (size - found.size).number { return "+(\(reference(found.blob, found.letter)),\(more))" }
      }
      return nil
    }

    private mutating func reference(_ blob: Int?, _ letter: Character) -> String {
      guard let blob else { return "0\(letter)" }
      if !used.contains(blob) { used.append(blob) }
      return "\((used.firstIndex(of: blob) ?? 0) + 1)\(letter)"
    }
  }
}
