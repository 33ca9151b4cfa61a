import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Rewriting
import Tensors

/// A resize of the spatial axes becomes RESIZE_BILINEAR or RESIZE_NEAREST_NEIGHBOR. Exact.
///
/// Where the size is not known, it is computed: the operand's size times a whole factor.
struct ResizeChannelsLast: RewriteRule {
  func rewrite(_ resize: Matched<Resize>, _ edit: inout Edit) throws(NoMatch) {
    let x = try resize[.x]
    let shape = try x.shape()
    let target = try resize.result.shape()
    try require(shape.count == 4, "a resize of another rank than 4")
    try require(target.count == 4 && target[0] == shape[0] && target[1] == shape[1], "a resize of batch or channels")
    try require(!resize.op.antialias, "a resize that smooths")
    try requireExactScales(resize, from: Array(shape[2...]), to: Array(target[2...]))
    let factors = try factors(resize, from: Array(shape[2...]), to: Array(target[2...]))
    let (corners, centers) = try convention(resize.op, factors, target)
    let input = edit.channelsLast(x.id, rank: 4)
    let size = try size(of: input, target: Array(target[2...]), factors, &edit)
    var kernel = LiteRTKernel()
    let isLinear = resize.op.mode == .linear
    kernel.code = isLinear ? .resizeBilinear : .resizeNearestNeighbor
    kernel.version = centers || corners && !isLinear ? 3 : 1
    var options = KernelOptions(isLinear ? Schema.ResizeBilinearOptions.code : Schema.ResizeNearestNeighborOptions.code)
    options.object.set(isLinear ? Schema.ResizeBilinearOptions.alignCorners : Schema.ResizeNearestNeighborOptions.alignCorners, corners)
    options.object.set(isLinear ? Schema.ResizeBilinearOptions.halfPixelCenters : Schema.ResizeNearestNeighborOptions.halfPixelCenters, centers)
    kernel.options = options
    kernel.facts = [Fact(TensorType(try x.elementType(), target).channelsLast)]
    edit.replace(resize.result, with: edit.channelsFirst(edit.emit(kernel, input, size), rank: 4))
  }

  /// The format goes by the sizes, ONNX by the scales, from which those may have been rounded.
  private func requireExactScales(_ resize: Matched<Resize>, from: [Dim], to: [Dim]) throws(NoMatch) {
    guard let scales = resize.ifPresent(.scales), try scales.shape() != [0] else { return }
    guard let numbers = try? scales.constant().floats() else { throw NoMatch("scales that are computed") }
    guard numbers.count >= 2 else { return }
    for (scale, (a, b)) in zip(numbers.suffix(2), zip(from, to)) {
      guard let a = a.number, let b = b.number, a > 0 else {
        try require(scale == scale.rounded(), "a size that is rounded")
        continue
      }
      try require(abs(Float(b) / Float(a) - scale) <= 1e-6 * scale, "a size that is rounded")
    }
  }

  /// How much larger each spatial axis becomes, where that is a whole number.
  private func factors(_ resize: Matched<Resize>, from: [Dim], to: [Dim]) throws(NoMatch) -> [Int]? {
    if let scales = resize.ifPresent(.scales), let numbers = try? scales.constant().floats(), numbers.count >= 2 {
      let last = numbers.suffix(2)
      guard last.allSatisfy({ $0 >= 1 && $0 == $0.rounded() && $0 < 1024 }) else { return nil }
      return last.map { Int($0) }
    }
    let numbers = zip(from, to).compactMap { a, b -> Int? in
      guard let a = a.number, let b = b.number, a > 0, b % a == 0 else { return nil }
      return b / a
    }
    return numbers.count == 2 ? numbers : nil
  }

  /// Which of the format's conventions says where elements come from: corner to corner, or centre to centre.
  private func convention(_ op: Resize, _ factors: [Int]?, _ target: [Dim]) throws(NoMatch) -> (corners: Bool, centers: Bool) {
    try require(op.mode != .cubic, "cubic interpolation")
    let isLinear = op.mode == .linear
    switch op.coordinateTransformationMode {
    case .alignCorners:
      try require(isLinear || op.nearestMode == .roundPreferCeil, "nearest corners rounded down")
      return (true, false)
    case .halfPixel, .pytorchHalfPixel:
      if op.coordinateTransformationMode == .pytorchHalfPixel {
        try require(target[2...].allSatisfy { ($0.number ?? 2) > 1 }, "a size of 1 sampled at its corner")
      }
      // Whole factors upwards never meet the middle between two elements.
      let isSafe = op.nearestMode == .roundPreferCeil || (op.nearestMode == .roundPreferFloor && factors != nil)
      try require(isLinear || isSafe, "a nearest element chosen differently")
      return (false, true)
    case .asymmetric:
      let isSafe = op.nearestMode == .floor || (op.nearestMode == .roundPreferFloor && factors?.allSatisfy { $0 <= 2 } ?? false)
      try require(isLinear || isSafe, "a nearest element chosen differently")
      return (false, false)
    default: throw NoMatch("coordinates that the format does not know")
    }
  }

  private func size(of input: ValueID, target: [Dim], _ factors: [Int]?, _ edit: inout Edit) throws(NoMatch) -> ValueID {
    let numbers = target.compactMap(\.number)
    if numbers.count == 2 {
      return edit.constant(try edit.computing { () throws(ModelError) in try Tensor(.int32, [2], elements: numbers.map(Int32.init)) })
    }
    guard let factors else { throw NoMatch("a size that is not known and no whole multiple") }
    var part = ShapeOf()
    (part.start, part.end) = (1, 3)
    let sizes = edit.emit(Cast(to: .int32), edit.emit(part, input))
    let multiples = try edit.computing { () throws(ModelError) in try Tensor(.int32, [2], elements: factors.map(Int32.init)) }
    return edit.emit(Mul(), sizes, edit.constant(multiples))
  }
}

extension Cast {
  init(to element: ElementType) {
    self.init()
    to = element
  }
}
