import Diagnostics
import GraphIR
import Tensors

/// Elements taken from where other values say. `GridSample` without interpolation copies them and computes nothing with them, so that infinite
/// elements and such that are no numbers come through, and do no harm where they are left out.
extension LayerWriter {
  /// Sizes up to which a position, a float between -1 and 1 for the layer, is surely the one that is meant.
  static let positionLimit = 1 << 20

  /// Repeats axes of size 1 until the Mat has `sizes`, which are numbers where they differ.
  func expanded(_ x: Blob, to sizes: [Dim]) throws(ModelError) -> Blob {
    let repeats = zip(x.sizes, sizes).map { own, wanted in own == wanted ? 1 : own == 1 ? wanted.number ?? 0 : 0 }
    guard x.sizes.count == sizes.count, !repeats.contains(0) else { throw ModelError(.notExpressible, "a Mat of \(x.sizes) repeated to \(sizes)") }
    return repeats.allSatisfy { $0 == 1 } ? x : layer("Tile", [x], [(2, .ints(repeats))], sizes: sizes)
  }

  /// Zeros of the sizes of `x`.
  func zeros(like x: Blob) -> Blob { layer("Clip", [x], [(0, .float(0)), (1, .float(0))], sizes: x.sizes) }

  /// Numbers along one axis of a Mat whose other axes have size 1.
  func ramp(_ values: [Float], along position: Int, ofRank rank: Int) throws(ModelError) -> Blob {
    var sizes = [Dim](repeating: 1, count: rank)
    sizes[position] = .number(values.count)
    return try constant(Tensor(.float32, sizes.compactMap(\.number), elements: values), sizes)
  }

  /// Positions among `size`, as the layer counts them: the first is -1, the last 1.
  func normalized(_ positions: Blob, _ size: Int) -> Blob {
    binary(.add, binary(.mul, positions, Self.step(size)), -1)
  }

  /// The same of all positions in order.
  func normalizedPositions(_ size: Int) -> [Float] { (0..<size).map { Float($0) * Self.step(size) - 1 } }

  private static func step(_ size: Int) -> Float { size > 1 ? 2 / Float(size - 1) : 0 }

  /// Positions of which negative ones count from the end.
  func wrapped(_ positions: Blob, _ size: Int) -> Blob {
    binary(.add, positions, binary(.mul, isPositive(unary(.neg, positions)), Float(size)))
  }

  /// Of `image` `[C, H, W]` the elements in columns `x` and rows `y`, both `[R, S]` and normalised: `[C, R, S]`.
  func sampled(_ image: Blob, x: Blob, y: Blob) throws(ModelError) -> Blob {
    let (rows, columns) = (x.sizes[0], x.sizes[1])
    let parts = [try reshape(x, to: [1, rows, columns]), try reshape(y, to: [1, rows, columns])]
    let grid = layer("Concat", parts, [(0, .int(0))], sizes: [2, rows, columns])
    let codes: [(key: Int, value: Parameter)] = [(0, .int(2)), (1, .int(2)), (2, .int(1)), (3, .int(1))]
    return layer("GridSample", [image, grid], codes, sizes: [image.sizes[0], rows, columns])
  }

  /// Rows of `data` `[size, columns]` at `places` `[n]`: `[n, columns]`.
  func rows(of data: Blob, _ size: Int, at places: Blob) throws(ModelError) -> Blob {
    let (columns, count) = (data.sizes[1], places.sizes[0])
    let image = try reshape(permute(data, [1, 0]), to: [columns, 1, .number(size)])
    let x = try reshape(normalized(places, size), to: [1, count])
    let taken = try sampled(image, x: x, y: zeros(like: x))
    return try permute(reshape(taken, to: [columns, count]), [1, 0])
  }

  /// In each row of `data` `[rows, size]` the elements at `places` `[rows, n]`: `[rows, n]`.
  func elements(of data: Blob, _ rows: Int, _ size: Int, at places: Blob) throws(ModelError) -> Blob {
    let image = try reshape(data, to: [1, .number(rows), .number(size)])
    let y = try expanded(ramp(normalizedPositions(rows), along: 0, ofRank: 2), to: places.sizes)
    return try reshape(sampled(image, x: normalized(places, size), y: y), to: places.sizes)
  }

  /// `a` where `condition` is 1, and `b` where it is 0, all of the same sizes, which are numbers.
  func chosen(_ condition: Blob, _ a: Blob, _ b: Blob) throws(ModelError) -> Blob {
    let (rows, columns) = (a.sizes.dropLast().reduce(Dim.number(1), *), a.sizes.last ?? 1)
    guard let height = rows.number, let width = columns.number else { throw ModelError(.notExpressible, "a choice between Mats of unknown size") }
    let parts = [try reshape(a, to: [1, rows, columns]), try reshape(b, to: [1, rows, columns])]
    let image = layer("Concat", parts, [(0, .int(1))], sizes: [1, .number(2 * height), columns])
    let place = try ramp((0..<height).map { Float(height + $0) }, along: 0, ofRank: 2)
    let row = binary(.add, binary(.mul, try reshape(condition, to: [rows, columns]), -Float(height)), place)
    let x = try expanded(ramp(normalizedPositions(width), along: 1, ofRank: 2), to: [rows, columns])
    return try reshape(sampled(image, x: x, y: normalized(row, 2 * height)), to: a.sizes)
  }

  /// `a` or `b`, whole, by a condition of one element. Their sizes need not be known.
  func chosenWhole(_ condition: Blob, _ a: Blob, _ b: Blob) throws(ModelError) -> Blob {
    let count = a.sizes.reduce(Dim.number(1), *)
    let parts = [try reshape(b, to: [count, 1, 1]), try reshape(a, to: [count, 1, 1])]
    let image = layer("Concat", parts, [(0, .int(2))], sizes: [count, 1, 2])
    let x = normalized(try reshape(condition, to: [1, 1]), 2)
    return try reshape(sampled(image, x: x, y: zeros(like: x)), to: a.sizes)
  }
}
