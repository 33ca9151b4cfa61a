import Diagnostics
import GraphIR
import Tensors

/// The boxes that remain when, for each image and class, the best are taken one after the other and those that overlap
/// one taken before by more than a threshold are left out. `boxes` `[N, B, 4]`, `scores` `[N, classes, B]`; the result
/// `[selected, 3]` names image, class and box.
public struct NonMaxSuppression: Evaluable {
  public enum Operand: Int, OperandSlot {
    case boxes, scores, limit, overlap, score
    public var arity: Arity { rawValue < 2 ? .one : .optional }
  }
  public static let name = "NonMaxSuppression"
  public static let since = 11
  public static let attributes: [AttributeSpec<Self>] = [.bool("center_point_box", \.centerPointBox)]
  /// Whether boxes are given by centre and size (x, y, w, h), not by two corners (y1, x1, y2, x2).
  public var centerPointBox = false
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    try requireRank(operands.one(.boxes), 3...3, "boxes")
    try requireRank(operands.one(.scores), 3...3, "scores")
    return [.tensor(.int64, [.unknown, 3])]
  }

  private struct Box {
    var top, left, bottom, right: Float
    var area: Float { (bottom - top) * (right - left) }

    /// Intersection over union.
    func overlap(with other: Box) -> Float {
      let height = min(bottom, other.bottom) - max(top, other.top)
      let width = min(right, other.right) - max(left, other.left)
      guard height > 0, width > 0, area > 0, other.area > 0 else { return 0 }
      let common = height * width
      return common / (area + other.area - common)
    }
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let (boxes, scores) = try (operands.one(.boxes), operands.one(.scores))
    guard boxes.rank == 3, scores.rank == 3, boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2] else {
      throw ModelError(.typeMismatch, "boxes of \(boxes.shape) with scores of \(scores.shape)")
    }
    let limit = try operands[.limit]?.integers().first ?? 0
    let threshold = try operands[.overlap]?.floats().first ?? 0
    let least = try operands[.score]?.floats().first
    let (classes, count) = (scores.shape[1], scores.shape[2])
    let (numbers, values) = (try boxes.floats(), try scores.floats())
    var selected: [Int] = []
    for image in 0..<scores.shape[0] where limit > 0 {
      let all = (0..<count).map { box(numbers, (image * count + $0) * 4) }
      for label in 0..<classes {
        let start = (image * classes + label) * count
        let candidates = (0..<count).filter { index in least.map { values[start + index] > $0 } ?? true }
        let order = candidates.sorted { (values[start + $0], $1) > (values[start + $1], $0) }
        var kept: [Int] = []
        for candidate in order {
          if kept.count >= limit { break }
          if kept.allSatisfy({ all[$0].overlap(with: all[candidate]) <= threshold }) { kept.append(candidate) }
        }
        for index in kept { selected += [image, label, index] }
      }
    }
    return [try .integers(selected).reshaped(to: [selected.count / 3, 3])]
  }

  private func box(_ x: [Float], _ at: Int) -> Box {
    if centerPointBox {
      let (w, h) = (x[at + 2] / 2, x[at + 3] / 2)
      return Box(top: x[at + 1] - h, left: x[at] - w, bottom: x[at + 1] + h, right: x[at] + w)
    }
    return Box(top: min(x[at], x[at + 2]), left: min(x[at + 1], x[at + 3]), bottom: max(x[at], x[at + 2]), right: max(x[at + 1], x[at + 3]))
  }
}
