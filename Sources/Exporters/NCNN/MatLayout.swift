import GraphIR
import Operators

/// How a tensor lies in one of ncnn's Mats, which have one to four axes, outermost first here, and no batch.
///
/// A pure function of the shape, so that whoever reads or writes a value agrees: axis 0 is left out where it is 1 and others
/// follow; beyond four axes, so are others of size 1, the outermost first. A Mat without axes has one element.
package struct MatLayout: Equatable, Sendable {
  /// Axes of the tensor that the Mat has, in order. The others have size 1.
  package var axes: [Int]
  /// Of the Mat.
  package var sizes: [Dim]

  /// `nil` for a tensor that takes more than four axes.
  package init?(_ shape: [Dim]) {
    axes = Array(shape.indices)
    if shape.count >= 2, shape[0] == 1 { axes.removeFirst() }
    while axes.count > 4 {
      guard let index = axes.firstIndex(where: { shape[$0] == 1 }) else { return nil }
      axes.remove(at: index)
    }
    sizes = axes.isEmpty ? [1] : axes.map { shape[$0] }
  }

  /// The Mat's axis that is the tensor's `axis`; `nil` where it was left out.
  func position(of axis: Int) -> Int? { axes.firstIndex(of: axis) }
}

extension [Dim] {
  /// The sizes that an operand with these has along `axes` of a result of rank `rank` to which it is broadcast.
  func aligned(to axes: [Int], ofRank rank: Int) -> [Dim] {
    let sizes = axes.map { axis -> Dim in
      let own = axis - (rank - count)
      return own >= 0 ? self[own] : 1
    }
    return sizes.isEmpty ? [1] : sizes
  }
}

/// The letters by which ncnn calls a Mat's axes, outermost first.
func matLetters(_ count: Int) -> [Character] { Array(["", "w", "hw", "chw", "cdhw"][min(count, 4)]) }
