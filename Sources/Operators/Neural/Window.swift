import Diagnostics
import GraphIR
import Tensors

/// How a sliding window treats the borders, in ONNX's terms.
public enum AutoPad: String, CaseIterable, Sendable {
  case notSet = "NOTSET"
  case sameUpper = "SAME_UPPER"
  case sameLower = "SAME_LOWER"
  case valid = "VALID"
}

/// The attributes that convolutions and pools share, one entry per spatial axis.
struct Window {
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  /// Begins, then ends.
  var pads: [Int]
  var autoPad: AutoPad
  var ceilMode = false

  /// Attributes completed with their defaults. Throws `invalidGraph` for counts or values that make no sense.
  init(kernel: [Int], strides: [Int]?, dilations: [Int]?, pads: [Int]?, autoPad: AutoPad, ceilMode: Bool = false) throws(ModelError) {
    let axes = kernel.count
    self.kernel = kernel
    self.strides = strides ?? [Int](repeating: 1, count: axes)
    self.dilations = dilations ?? [Int](repeating: 1, count: axes)
    self.pads = autoPad == .notSet ? pads ?? [Int](repeating: 0, count: 2 * axes) : [Int](repeating: 0, count: 2 * axes)
    self.autoPad = autoPad
    self.ceilMode = ceilMode
    let limit = 1 << 30
    for (name, values, count, low) in [
      ("kernel_shape", kernel, axes, 1), ("strides", self.strides, axes, 1), ("dilations", self.dilations, axes, 1),
      ("pads", self.pads, 2 * axes, -limit),
    ] {
      guard values.count == count, values.allSatisfy({ $0 >= low && $0 < limit }) else {
        throw ModelError(.invalidGraph, "\(values) for \(axes) spatial axes", at: Place(attribute: name))
      }
    }
  }

  /// How far the window reaches on an axis, dilation included.
  func extent(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  /// The size of a spatial axis of the result.
  func outputSize(_ input: Dim, axis: Int) throws(ModelError) -> Dim {
    if input == .unknown { return .unknown }
    let stride = Dim.number(strides[axis])
    switch autoPad {
    case .sameUpper, .sameLower: return input.ceilDivided(by: stride)
    case .notSet, .valid: break
    }
    // Numbers first: sums of expressions are what inference spends its time on.
    let padding = Dim.number(pads[axis]) + .number(pads[axis + kernel.count])
    if let size = input.number, size >= 1 << 60 { throw ModelError(.limitExceeded, "a spatial axis of size \(size)") }
    let room = input + (padding - .number(extent(axis)))
    if let number = room.number, number < 0 {
      throw ModelError(.typeMismatch, "a window of \(extent(axis)) does not fit into \(input + padding) of spatial axis \(axis)")
    }
    guard ceilMode else { return room.floorDivided(by: stride) + 1 }
    let size = room.ceilDivided(by: stride) + 1
    // A window that would start in the padding at the end is left out.
    guard let count = size.number, let whole = input.number else { return size }
    return (count - 1) * strides[axis] >= whole + pads[axis] ? .number(count - 1) : size
  }

  /// Sizes of the result's spatial axes.
  func outputSizes(_ input: [Dim]) throws(ModelError) -> [Dim] {
    guard input.count == kernel.count else {
      throw ModelError(.typeMismatch, "a window over \(kernel.count) axes for \(input.count) spatial axes")
    }
    var sizes: [Dim] = []
    for (axis, dim) in input.enumerated() { sizes.append(try outputSize(dim, axis: axis)) }
    return sizes
  }

  /// Output sizes and the padding before each axis, for concrete sizes.
  func placed(on input: Shape) throws(ModelError) -> (output: Shape, before: [Int]) {
    let output = try outputSizes(input.map(Dim.number)).compactMap(\.number)
    guard output.count == input.count, input.allSatisfy({ $0 < 1 << 31 }) else {
      throw ModelError(.limitExceeded, "spatial axes of \(input)")
    }
    let before = input.indices.map { axis -> Int in
      switch autoPad {
      case .notSet: return pads[axis]
      case .valid: return 0
      case .sameUpper, .sameLower:
        let total = max(0, (output[axis] - 1) * strides[axis] + extent(axis) - input[axis])
        return autoPad == .sameUpper ? total / 2 : total - total / 2
      }
    }
    return (output, before)
  }
}
