import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// MediaPipe's operators that look closer at a part of an image: where it lies, its pixels, and back. Second versions, of which
/// github.com/google-ai-edge/mediapipe, mediapipe/util/tflite/operations, has the arithmetic.
extension Mappings {
  static let landmarks: [String: Mapping] = [
    "Landmarks2TransformMatrix": transformMatrix, "TransformLandmarks": transformLandmarks, "TransformTensorBilinear": transformTensor,
  ]

  /// Landmarks `[1, L, 2 or 3]` → the matrix `[1, 4, 4]` from places of a crop to places of the image: `T = shift · turn · scale · centre`.
  ///
  /// The crop is turned so that left and right landmark lie level (or at the angle asked for) and just holds the subset of landmarks:
  /// rotated, its corners are their least and greatest coordinates. Sine and cosine of the angle come from the direction itself.
  private static let transformMatrix: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let options = try CropOptions(call, reader)
    let points = try reader.real(call, 0)
    let shape = (assembly.shape(of: points) ?? []).map(\.number)
    guard shape.count == 3, shape[0] == 1, let count = shape[1], [2, 3].contains(shape[2]), options.landmarks.allSatisfy((0..<count).contains)
    else { throw ModelError(.unsupported, "landmarks of shape \(assembly.shape(of: points) ?? [])") }
    let planar = try sliced(points, 2, 0, 2, assembly)
    let turn = try turn(of: planar, options, assembly)
    let subset = try assembly.emit(MatMul(), assembly.emit(Gather(axis: 1), planar, assembly.integers(options.subset)), turn)
    let axes = try assembly.integers([1])
    let (high, low) = try (assembly.emit(ReduceMax(), subset, axes), assembly.emit(ReduceMin(), subset, axes))
    let middle = try assembly.emit(Mul(), assembly.emit(Add(), high, low), assembly.scalar(0.5, like: low))
    let centre = try assembly.emit(MatMul(), middle, assembly.emit(Transpose(perm: [0, 2, 1]), turn))
    let scales = try assembly.numbers([1, 1, 2], [options.scale.x / options.width, options.scale.y / options.height])
    let linear = try assembly.emit(Mul(), turn, assembly.emit(Mul(), assembly.emit(Sub(), high, low), scales))
    let corner = try assembly.numbers([1, 2, 1], [-options.width / 2, -options.height / 2])
    let shift = try assembly.emit(Add(), assembly.emit(MatMul(), linear, corner), assembly.emit(Reshape(), centre, assembly.integers([1, 2, 1])))
    let upper = try assembly.emit(Concat(axis: 2), linear, assembly.numbers([1, 2, 1], [0, 0]), shift)
    let lower = try assembly.numbers([1, 2, 4], [0, 0, 1, 0, 0, 0, 0, 1])
    try reader.defineReal(reader.output(call), assembly.emit(Concat(axis: 1), upper, lower))
  }

  /// `[1, 2, 2]` by which rows of coordinates are turned by `r = target - atan2(dy, dx)`: `[[cos r, sin r], [-sin r, cos r]]`, for the
  /// direction `(u, v)` from left to right `cos r = u cos t + v sin t` and `sin r = u sin t - v cos t`. Without a direction, it is `(1, 0)`.
  private static func turn(of points: ValueID, _ options: CropOptions, _ assembly: Assembly) throws(ModelError) -> ValueID {
    let ends = try [options.right, options.left].map { (index) throws(ModelError) in
      try assembly.emit(Gather(axis: 1), points, assembly.integers([index]))
    }
    let way = try assembly.emit(Sub(), ends[0], ends[1])
    let length = try assembly.emit(ReduceL2(), way, assembly.integers([2]))
    let isSomewhere = try assembly.emit(Greater(), length, assembly.scalar(0, like: length))
    let direction = try assembly.emit(Where(), isSomewhere, assembly.emit(Div(), way, length), assembly.numbers([1, 1, 2], [1, 0]))
    let (cosine, sine) = (cos(options.target), sin(options.target))
    let basis = try assembly.numbers([2, 4], [cosine, sine, -sine, cosine, sine, -cosine, cosine, sine])
    return try assembly.emit(Reshape(), assembly.emit(MatMul(), direction, basis), assembly.integers([1, 2, 2]))
  }

  /// Landmarks `[1, L, 2 or 3]` by the matrix `[1, 4, 4]`; a third coordinate stays.
  private static let transformLandmarks: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let points = try reader.real(call, 0)
    guard let shape = assembly.shape(of: points), shape.count == 3, let size = shape[2].number, [2, 3].contains(size) else {
      throw ModelError(.unsupported, "landmarks of shape \(assembly.shape(of: points) ?? [])")
    }
    var result = try moved(sliced(points, 2, 0, 2, assembly), by: reader.real(call, 1), assembly)
    if size == 3 { result = try assembly.emit(Concat(axis: 2), result, sliced(points, 2, 2, 3, assembly)) }
    try reader.defineReal(reader.output(call), result)
  }

  /// Rows of two coordinates `[1, n, 2]` by the upper rows of a matrix `[1, 4, 4]`.
  private static func moved(_ rows: ValueID, by matrix: ValueID, _ assembly: Assembly) throws(ModelError) -> ValueID {
    let columns = try sliced(assembly.emit(Transpose(perm: [0, 2, 1]), matrix), 2, 0, 2, assembly)
    let turned = try assembly.emit(MatMul(), rows, sliced(columns, 1, 0, 2, assembly))
    return try assembly.emit(Add(), turned, sliced(columns, 1, 3, 4, assembly))
  }

  /// Pixels of an image `[1, h, w, C]` at the places that a matrix gives for those of the crop, weighted from the four around each; 0 outside.
  ///
  /// Places count from the pixels' centres. The four are rows of the image as `[h · w, C]`, weighted by one product.
  private static let transformTensor: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let options = try FlexMap(reader.file.mapping.bytes[call.customOptions])
    let image = try reader.real(call, 0)
    let shape = (assembly.shape(of: image) ?? []).compactMap(\.number)
    guard let height = options.integer("output_height"), let width = options.integer("output_width"), (1...4096).contains(height),
      (1...4096).contains(width), shape.count == 4, shape[0] == 1, shape[1] > 0, shape[2] > 0, shape[1] < 1 << 12, shape[2] < 1 << 12
    else { throw ModelError(.unsupported, "a crop of an image of shape \(assembly.shape(of: image) ?? [])") }
    let places = (0..<height).flatMap { y in (0..<width).flatMap { x in [Double(x) + 0.5, Double(y) + 0.5] } }
    let centres = try moved(assembly.numbers([1, height * width, 2], places), by: reader.real(call, 1), assembly)
    let corners = try Corners(of: assembly.emit(Sub(), centres, assembly.scalar(0.5, like: centres)), height: shape[1], width: shape[2], assembly)
    let rows = try assembly.emit(Reshape(), image, assembly.integers([shape[1] * shape[2], shape[3]]))
    let pixels = try assembly.emit(Gather(axis: 0), rows, corners.indices)
    let sums = try assembly.emit(MatMul(), assembly.emit(Unsqueeze(), corners.weights, assembly.integers([2])), pixels)
    try reader.defineReal(reader.output(call), assembly.emit(Reshape(), sums, assembly.integers([1, height, width, shape[3]])))
  }

  fileprivate static func sliced(_ x: ValueID, _ axis: Int, _ start: Int, _ end: Int, _ assembly: Assembly) throws(ModelError) -> ValueID {
    try assembly.emit(Slice(), x, assembly.integers([start]), assembly.integers([end]), assembly.integers([axis]))
  }
}

/// What says which crop of an image landmarks ask for.
private struct CropOptions {
  var left, right: Int
  var subset: [Int]
  /// The angle in radians at which left and right shall lie.
  var target: Double
  var scale: (x: Double, y: Double)
  var width, height: Double
  var landmarks: [Int] { [left, right] + subset }

  /// Throws `unsupported` for options of the operator's first version, which lack some of these.
  init(_ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) {
    let map = try FlexMap(reader.file.mapping.bytes[call.customOptions])
    guard let left = map.integer("left_rotation_idx"), let right = map.integer("right_rotation_idx"), let subset = map.integers("subset_idxs"),
      let target = map.number("target_rotation_radians"), let x = map.number("scale_x"), let y = map.number("scale_y"),
      let width = map.integer("output_width"), let height = map.integer("output_height"), width > 0, height > 0, !subset.isEmpty
    else { throw ModelError(.unsupported, "options other than those of the operator's second version") }
    (self.left, self.right, self.subset, self.target, scale) = (left, right, subset, target, (x, y))
    (self.width, self.height) = (Double(width), Double(height))
  }
}

/// The four pixels around each of `n` places `[1, n, 2]`: their numbers in an image, and how much each counts.
private struct Corners {
  /// `[1, n, 4]`.
  let indices, weights: ValueID

  init(of places: ValueID, height: Int, width: Int, _ assembly: Assembly) throws(ModelError) {
    let zero = try assembly.scalar(0, like: places), one = try assembly.scalar(1, like: places)
    let limits = try assembly.numbers([1, 1, 2], [Double(width - 1), Double(height - 1)])
    let strides = try assembly.numbers([1, 1, 2], [1, Double(width)])
    let floor = try assembly.emit(Floor(), places)
    let far = try assembly.emit(Sub(), places, floor)
    let near = try assembly.emit(Sub(), one, far)
    let low = try assembly.emit(Min(), assembly.emit(Max(), floor, zero), limits)
    let high = try assembly.emit(Min(), assembly.emit(Add(), low, one), limits)
    let (from, to) = try (assembly.emit(Mul(), low, strides), assembly.emit(Mul(), high, strides))
    let numbers = try Self.combined(Add(), from, to, assembly)
    indices = try assembly.emit(Cast(to: .int32), numbers)
    let isInside = try assembly.emit(And(), assembly.emit(GreaterOrEqual(), places, zero), assembly.emit(LessOrEqual(), places, limits))
    let inside = try assembly.emit(ReduceMin(), assembly.emit(Cast(to: .float32), isInside), assembly.integers([2]))
    weights = try assembly.emit(Mul(), Self.combined(Mul(), near, far, assembly), inside)
  }

  /// Horizontal and vertical part of the four corners, put together: both near, right, below, both far.
  private static func combined(_ op: any Operator, _ near: ValueID, _ far: ValueID, _ assembly: Assembly) throws(ModelError) -> ValueID {
    func part(_ value: ValueID, _ axis: Int) throws(ModelError) -> ValueID { try Mappings.sliced(value, 2, axis, axis + 1, assembly) }
    let (left, right) = try (part(near, 0), part(far, 0)), (top, bottom) = try (part(near, 1), part(far, 1))
    return try assembly.emit(
      Concat(axis: 2), assembly.emit(op, left, top), assembly.emit(op, right, top), assembly.emit(op, left, bottom),
      assembly.emit(op, right, bottom))
  }
}

extension Assembly {
  /// Float32 constants.
  fileprivate func numbers(_ shape: Shape, _ values: [Double]) throws(ModelError) -> ValueID {
    constant(try Tensor(.float32, shape, elements: values.map(Float.init)), "numbers")
  }
}
