import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

/// How a window's padding is said in the format: by one of its two rules, or by a step of its own before the window.
struct WindowPadding {
  var scheme: Schema.Padding
  /// Befores and afters of the spatial axes that have to be added first.
  var explicit: (before: [Int], after: [Int])?

  init(
    autoPad: AutoPad, pads: [Int]?, spatial: [Dim], kernel: [Int], strides: [Int], dilations: [Int], output: [Dim], isRounded: Bool
  ) throws(NoMatch) {
    let axes = kernel.indices
    switch autoPad {
    case .sameUpper:
      scheme = .same
      return
    case .valid:
      scheme = .valid
      return
    case .sameLower:
      try require(zip(kernel, strides).allSatisfy { $0 % 2 == 1 && $1 == 1 }, "padding that begins with the larger half")
      scheme = .same
      return
    case .notSet: break
    }
    let pads = pads ?? [Int](repeating: 0, count: 2 * kernel.count)
    try require(pads.count == 2 * kernel.count && pads.allSatisfy { $0 >= 0 }, "negative pads")
    let before = Array(pads.prefix(kernel.count))
    var after = Array(pads.suffix(kernel.count))
    let extents = axes.map { (kernel[$0] - 1) * dilations[$0] + 1 }
    if isRounded {
      // Windows that reach over the end are filled up.
      for axis in axes {
        guard let size = spatial[axis].number, let count = output[axis].number else { throw NoMatch("rounding up a size that is not known") }
        after[axis] = max(after[axis], (count - 1) * strides[axis] + extents[axis] - size - before[axis])
      }
    }
    let isNone = before.allSatisfy { $0 == 0 } && after.allSatisfy { $0 == 0 }
    let isSame = !isNone && axes.allSatisfy { axis in
      Self.isSame(before[axis], after[axis], size: spatial[axis].number, extent: extents[axis], stride: strides[axis])
    }
    scheme = isSame ? .same : .valid
    if !isNone, !isSame { explicit = (before, after) }
  }

  /// Whether the format's rule gives the same windows: as many, beginning at the same place. Sizes that are not known must not matter.
  private static func isSame(_ before: Int, _ after: Int, size: Int?, extent: Int, stride: Int) -> Bool {
    guard let size else { return stride == 1 && before == (extent - 1) / 2 && before + after == extent - 1 }
    let count = (size + stride - 1) / stride
    let total = max(0, (count - 1) * stride + extent - size)
    return before == total / 2 && (size + before + after - extent) / stride + 1 == count
  }

  /// `x`, channels last, with what the rule does not add.
  func padded(_ x: ValueID, _ element: ElementType, with value: Tensor?, _ edit: inout Edit) -> ValueID {
    guard let explicit else { return x }
    let pads = edit.constant([0] + explicit.before + [0, 0] + explicit.after + [0])
    return edit.emit(Pad(), x, pads, value.map { edit.constant($0) })
  }
}
