import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// A moving window as ncnn's layers are told of it: by axis, the outermost first.
struct WindowShape {
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var before: [Int]
  var after: [Int]
  /// Padding that the layer works out, as the sizes are not known: by the rule of TensorFlow, or with the larger part in front.
  private(set) var rule: Rule?

  enum Rule { case sameUpper, sameLower }

  /// `nil` for padding by rule over sizes that are not known, and for padding that is cut off.
  init?(kernel: [Int]?, strides: [Int]?, dilations: [Int]?, pads: [Int]?, autoPad: AutoPad, input: [Dim]) {
    guard let kernel, kernel.count == input.count else { return nil }
    let axes = kernel.count
    self.kernel = kernel
    self.strides = strides ?? [Int](repeating: 1, count: axes)
    self.dilations = dilations ?? [Int](repeating: 1, count: axes)
    (before, after) = ([Int](repeating: 0, count: axes), [Int](repeating: 0, count: axes))
    guard self.strides.count == axes, self.dilations.count == axes else { return nil }
    if autoPad == .notSet, let pads {
      guard pads.count == 2 * axes, pads.allSatisfy({ $0 >= 0 }) else { return nil }
      (before, after) = (Array(pads.prefix(axes)), Array(pads.suffix(axes)))
    }
    guard autoPad == .sameUpper || autoPad == .sameLower else { return }
    let reaches = (0..<axes).map { (kernel[$0] - 1) * self.dilations[$0] + 1 }
    let isOpen = (0..<axes).contains { self.strides[$0] > 1 && input[$0].number == nil }
    if isOpen, (0..<axes).allSatisfy({ reaches[$0] >= self.strides[$0] }) {
      rule = autoPad == .sameUpper ? .sameUpper : .sameLower
      return
    }
    for axis in 0..<axes {
      let reach = reaches[axis]
      let total: Int
      if self.strides[axis] == 1 {
        total = reach - 1
      } else {
        guard let size = input[axis].number else { return nil }
        total = max(0, ((size + self.strides[axis] - 1) / self.strides[axis] - 1) * self.strides[axis] + reach - size)
      }
      before[axis] = autoPad == .sameUpper ? total / 2 : total - total / 2
      after[axis] = total - before[axis]
    }
  }

  /// Values for `w`, `h` and `d` under their keys.
  static func keyed(_ values: [Int], _ keys: [Int]) -> [(key: Int, value: Parameter)] {
    zip(keys, values.reversed()).map { ($0, .int($1)) }
  }

  /// As convolutions have it. Deconvolutions share the keys.
  var convolutionParameters: [(key: Int, value: Parameter)] {
    let code = rule.map { $0 == .sameUpper ? -233 : -234 }
    let (begins, ends) = (before.map { code ?? $0 }, after.map { code ?? $0 })
    return Self.keyed(kernel, [1, 11, 21]) + Self.keyed(dilations, [2, 12, 22]) + Self.keyed(strides, [3, 13, 23])
      + Self.keyed(begins, [4, 14, 24]) + Self.keyed(ends, [15, 16, 17])
  }

  /// How pools are told of padding: rounding up, as given, or by rule.
  func padMode(roundsUp: Bool) -> Int { rule.map { $0 == .sameUpper ? 2 : 3 } ?? (roundsUp ? 0 : 1) }

  var poolParameters: [(key: Int, value: Parameter)] {
    Self.keyed(kernel, [1, 11, 21]) + Self.keyed(strides, [2, 12, 22]) + Self.keyed(before, [3, 13, 23]) + Self.keyed(after, [14, 15, 16])
  }
}

extension SubjectNode {
  /// Operand 0 and the result as one image each, for what treats every channel alike: the samples of a batch are channels too.
  private var stacked: (input: [Dim], result: [Dim])? {
    guard let shape = operand(0)?.shape, let result = result(0).shape, shape.count >= 3, result.count == shape.count else { return nil }
    return ([shape[0] * shape[1]] + shape.dropFirst(2), [result[0] * result[1]] + result.dropFirst(2))
  }

  /// Why a layer that treats every channel alike does not go over operand 0.
  func channelwiseLimits() -> Rejection? {
    guard let shape = operand(0)?.shape else { return Rejection(.dynamicShape, "a window over a tensor of unknown rank") }
    guard (3...5).contains(shape.count) else { return Rejection(.rank, "a window over \(shape.count - 2) axes; ncnn has 1 to 3") }
    guard let stacked, let own = layout(ofOperand: 0)?.sizes, let goal = layout(ofResult: 0)?.sizes else { return nil }
    return reshapeLimits(own, stacked.input) ?? reshapeLimits(stacked.result, goal)
  }

  /// A layer that treats every channel alike, over every sample's channels.
  func channelwise(_ type: String, _ parameters: [(key: Int, value: Parameter)], _ out: LayerWriter) throws(ModelError) -> Blob {
    guard let stacked else { throw ModelError(.notExpressible, "no image") }
    let x = try out.reshape(try out.operand(0), to: stacked.input)
    return try out.reshape(out.layer(type, [x], parameters, sizes: stacked.result), to: out.sizes(of: result(0)))
  }

  /// Why ncnn's windows do not go over operand 0, whatever the window.
  func windowLimits() -> Rejection? {
    guard let shape = operand(0)?.shape else { return Rejection(.dynamicShape, "a window over a tensor of unknown rank") }
    guard (3...5).contains(shape.count) else { return Rejection(.rank, "a window over \(shape.count - 2) axes; ncnn has 1 to 3") }
    guard shape[0] == 1 else {
      return Rejection(.dynamicShape, "a batch of \(shape[0]): ncnn runs one sample at a time", remedy: "fix the batch to 1 with --shape")
    }
    return nil
  }

  static func paddingUnknown() -> Rejection {
    Rejection(.dynamicShape, "padding that is cut off, or depends on a size that is not known", remedy: "fix the size with --shape")
  }

  /// The sizes of the axes that a window goes over.
  var spatialSizes: [Dim] { Array(operand(0)?.shape?.dropFirst(2) ?? []) }
}

extension String {
  /// The layer's name for a number of spatial axes.
  func dimensioned(_ axes: Int) -> String { axes == 2 ? self : "\(self)\(axes)D" }
}
