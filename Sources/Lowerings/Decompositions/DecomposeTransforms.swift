import GraphIR
import Operators
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Fourier transforms as products with matrices of cosines and sines.
let transformDecompositions: [Decomposition] = [
  Decomposition(DFT.self) { (op, context) throws(NotRepresentable) in [try context.fourierTransform(op)] },
  Decomposition(STFT.self) { (op, context) throws(NotRepresentable) in [try context.framedTransform(op)] },
  Decomposition(MelWeightMatrix.self) { (op, context) throws(NotRepresentable) in
    var operands: [Tensor] = []
    for index in 0..<5 {
      guard let tensor = context.constant(try context.required(index)) else { throw NotRepresentable("operand \(index) is computed") }
      operands.append(tensor)
    }
    do {
      guard let matrix = try op.evaluate(Operands(operands)).first, matrix.count <= 1 << 22 else { throw NotRepresentable("the matrix is large") }
      return [context.constant(matrix)]
    } catch { throw NotRepresentable("the matrix cannot be computed") }
  },
]

/// What a transform of one length multiplies by.
private struct FourierMatrix {
  let length: Int
  /// How many numbers come in and go out.
  let size: Int
  let kept: Int
  let inputParts: Int
  let inverse: Bool
  /// A real signal of half a spectrum.
  let isReal: Bool

  var outputParts: Int { isReal ? 1 : 2 }

  /// `[size·inputParts, kept·outputParts]`
  var elements: [Double] {
    let columns = kept * outputParts
    var matrix = [Double](repeating: 0, count: size * inputParts * columns)
    let used = min(size, isReal ? length / 2 + 1 : length)
    for source in 0..<used {
      // The other half of the spectrum is the mirror image of the first.
      let mirrored = isReal && source > 0 && length - source > source
      let factor = (mirrored ? 2 : 1) / (inverse ? Double(length) : 1)
      for target in 0..<kept {
        let angle = 2 * Double.pi * Double((source * target) % length) / Double(length)
        let (c, s) = (cos(angle) * factor, (inverse ? sin(angle) : -sin(angle)) * factor)
        let (row, column) = (source * inputParts * columns, target * outputParts)
        matrix[row + column] = c
        if !isReal { matrix[row + column + 1] = s }
        guard inputParts == 2, !(isReal && source == 0) else { continue }
        matrix[row + columns + column] = -s
        if !isReal { matrix[row + columns + column + 1] = c }
      }
    }
    return matrix
  }
}

extension StepContext {
  fileprivate mutating func fourierTransform(_ op: DFT) throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let shape = try knownShape(x)
    let rank = shape.count
    let listed = try operand(2).map { (axis) throws(NotRepresentable) in try integer(axis, what: "axis") } ?? -2
    let along = try axis(listed, of: x)
    guard along < rank - 1, let size = shape[along].number, let parts = shape[rank - 1].number, (1...2).contains(parts) else {
      throw NotRepresentable("the signal's length is not fixed")
    }
    let isReal = op.inverse && op.onesided
    let length = try operand(1).map { (length) throws(NotRepresentable) in try integer(length, what: "length") } ?? (isReal ? 2 * (size - 1) : size)
    guard length > 0, length <= 1 << 14, size > 0, size <= 1 << 14 else { throw NotRepresentable("the transform is long") }
    let kept = op.onesided && !op.inverse ? length / 2 + 1 : length
    let matrix = FourierMatrix(length: length, size: size, kept: kept, inputParts: parts, inverse: op.inverse, isReal: isReal)
    guard size * parts * kept * matrix.outputParts <= 1 << 23 else { throw NotRepresentable("the transform is long") }
    let element = try knownElement(x)
    let work: ElementType = element == .float64 ? .float64 : .float32
    let order = (0..<rank).filter { $0 != along && $0 != rank - 1 } + [along, rank - 1]
    let moved = try transpose(cast(x, to: work), order)
    var outer: [ValueID] = []
    for axis in order.dropLast(2) { outer.append(try self.size(x, axis: axis)) }
    let rows = try emit(Reshape(), moved, concat(outer + [vector([size * parts])]))
    let product = try emit(MatMul(), rows, numbers(matrix.elements, [size * parts, kept * matrix.outputParts], work))
    let pairs = try emit(Reshape(), product, concat(outer + [vector([kept, matrix.outputParts])]))
    return try cast(transpose(pairs, order.indices.map { order.firstIndex(of: $0) ?? $0 }), to: element)
  }

  /// Frames chosen by their positions, weighed, and transformed.
  fileprivate mutating func framedTransform(_ op: STFT) throws(NotRepresentable) -> ValueID {
    let given = try required(0)
    let signal = try knownShape(given).count == 2 ? unsqueeze(given, at: [2]) : given
    let (room, within) = try frameSizes(of: signal)
    let step = try scalar(cast(required(1), to: .int64))
    let last = try emit(Div(), room, step)
    let counted = try emit(RangeOf(), constant(scalar: 0), emit(Add(), last, constant(scalar: 1)), constant(scalar: 1))
    let starts = try emit(Mul(), counted, step)
    let places = try emit(Add(), unsqueeze(starts, at: [1]), within)
    var framed = try emit(Gather(axis: 1), signal, places)
    if let window = operand(2) {
      framed = try emit(Mul(), framed, unsqueeze(cast(window, to: knownElement(signal)), at: [1]))
    }
    var transform = DFT()
    transform.onesided = op.onesided
    return try emit(transform, [framed, nil, constant(scalar: 2)], results: 1)[0]
  }

  /// Where the last frame may begin, and the places within a frame.
  private mutating func frameSizes(of signal: ValueID) throws(NotRepresentable) -> (room: ValueID, within: ValueID) {
    let size = try size(signal, axis: 1)
    var length = size
    if let given = operand(3) {
      length = try constant(given) == nil ? cast(given, to: .int64) : vector([integer(given, what: "length")])
    } else if let window = operand(2) {
      length = try self.size(window, axis: 0)
    }
    guard let known = try constant(length).map({ _ throws(NotRepresentable) in try integer(length, what: "length") }) else {
      let end = try scalar(length)
      return (try emit(Sub(), scalar(size), end), try emit(RangeOf(), constant(scalar: 0), end, constant(scalar: 1)))
    }
    guard known > 0, known <= 1 << 20 else { throw NotRepresentable("the frames are empty or long") }
    let within = try vector(Array(0..<known))
    guard constant(size) != nil else { return (try emit(Sub(), scalar(size), scalar(length)), within) }
    let room = try integer(size, what: "size") - known
    guard room >= 0 else { throw NotRepresentable("the frames do not fit") }
    return (try constant(scalar: room), within)
  }
}
