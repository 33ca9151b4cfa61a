import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// OpenVINO has transforms of complex numbers (`DFT`, `IDFT`) and between real numbers and half a spectrum (`RDFT`, `IRDFT`), whose
/// real side lacks the axis of parts.
extension DFT: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard let shape = node.operand(Operand.x)?.shape, let parts = shape.last?.number else {
      return Rejection(.rank, "numbers of which it is not known whether they are complex")
    }
    if node.operand(Operand.axis) != nil, axis(node) == nil { return Rejection(.operand, "an axis that is not a constant") }
    if onesided, !inverse, parts != 1 { return Rejection(.operand, "half the spectrum of complex numbers") }
    return nil
  }

  private func axis(_ node: SubjectNode) -> Int? {
    guard let rank = node.operand(Operand.x)?.shape?.count else { return nil }
    let given = node.operand(Operand.axis) == nil ? -2 : node.operand(Operand.axis)?.integers?.first
    return given.map { $0 < 0 ? $0 + rank : $0 }
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    guard let axis = axis(node) else { throw ModelError(.notExpressible, "the axis is not known") }
    let given = try out.operand(Operand.x)
    let x = given.element == .float64 ? out.convert(given, to: .float32) : given
    let parts = (x.rank ?? 1) - 1
    var operands = [x, try out.integers([axis])]
    if let length = out.operandIfPresent(Operand.length) { operands.append(try out.reshape(length, [1])) }
    let element = x.element
    let result: Wire
    if onesided, !inverse {
      operands[0] = try filledUp(out.squeeze(x, parts), axis, node.operand(Operand.length)?.integers?.first, out)
      result = out.layer("RDFT", 9, operands, gives: element, node.result(0).shape)
    } else {
      if x.shape?.last == 1 { operands[0] = try complex(x, out) }
      let type = !inverse ? "DFT" : onesided ? "IRDFT" : "IDFT"
      let isReal = onesided && inverse
      let transformed = out.layer(type, isReal ? 9 : 7, operands, gives: element, isReal ? node.result(0).shape?.dropLast() : node.result(0).shape)
      result = isReal ? try out.unsqueeze(transformed, parts) : transformed
    }
    return [out.convert(result, to: given.element)]
  }

  /// The runtime cuts signals to a length, and does not lengthen them.
  private func filledUp(_ signal: Wire, _ axis: Int, _ length: Int?, _ out: LayerWriter) throws(ModelError) -> Wire {
    guard let length, var shape = signal.shape, let size = shape[axis].number, length > size else { return signal }
    shape[axis] = .number(length)
    let ends = shape.indices.map { $0 == axis ? length - size : 0 }
    let operands = [signal, try out.integers(shape.map { _ in 0 }), try out.integers(ends), try out.scalar(0, signal.element)]
    return out.layer("Pad", 12, operands, [("pad_mode", "constant")], gives: signal.element, shape)
  }

  private func complex(_ x: Wire, _ out: LayerWriter) throws(ModelError) -> Wire {
    let nothing = out.binary("Multiply", x, try out.scalar(0, x.element))
    return out.concat([x, nothing], axis: (x.rank ?? 1) - 1, shape: x.shape.map { $0.dropLast() + [2] })
  }
}

/// Of real signals, half the spectrum: what OpenVINO computes.
extension STFT: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if !onesided { return Rejection(.attribute, "the whole spectrum; OpenVINO gives half of it") }
    let shape = node.operand(Operand.signal)?.shape
    guard shape?.count == 2 || shape?.last == 1 else { return Rejection(.operand, "a signal of complex numbers") }
    guard node.operand(Operand.signal)?.element == .float32 else { return Rejection(.elementType, "a signal that is not of f32") }
    return length(node) == nil && node.operand(Operand.length) == nil ? Rejection(.operand, "frames of unknown length") : nil
  }

  private func length(_ node: SubjectNode) -> Int? {
    if let given = node.operand(Operand.length) { return given.integers?.first }
    if let window = node.operand(Operand.window) { return window.shape?.first?.number }
    return node.operand(Operand.signal)?.shape?[1].number
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let length: Wire
    if let known = self.length(node) {
      length = try out.integer(known)
    } else {
      length = out.convert(try out.asScalar(out.operand(Operand.length)), to: .int64)
    }
    let given = try out.operand(Operand.signal)
    let signal = given.rank == 3 ? try out.squeeze(given, 2) : given
    let window = try out.present(out.operandIfPresent(Operand.window)) { () throws(ModelError) in
      if let known = self.length(node) { return try out.constant(Tensor(.float32, [known], elements: [Float](repeating: 1, count: known))) }
      return out.layer("Broadcast", 3, [try out.scalar(1, .float32), try out.unsqueeze(length, 0)], [("mode", "numpy")], gives: .float32, [.unknown])
    }
    let step = out.convert(try out.asScalar(out.operand(Operand.step)), to: .int64)
    let operands = [signal, window, length, step]
    return [out.layer("STFT", 15, operands, [("transpose_frames", "false")], as: node.result(0))]
  }
}
