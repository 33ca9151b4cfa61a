import Diagnostics
import GraphIR
import Tensors

/// The Fourier transforms of frames of a signal `[batch, length, 1 or 2]`, taken every `step` samples and weighed by a window:
/// `[batch, frames, bins, 2]`, where the bins are half the frame's length when `onesided`. A real signal may lack its last axis, as
/// ONNX Runtime takes it.
public struct STFT: Evaluable {
  public enum Operand: Int, OperandSlot {
    case signal, step, window, length
    public var arity: Arity { rawValue < 2 ? .one : .optional }
  }
  public static let name = "STFT"
  public static let since = 17
  public static let attributes: [AttributeSpec<Self>] = [.bool("onesided", \.onesided)]
  public var onesided = true
  public init() {}

  public func infer(_ operands: Operands<Operand, Fact>) throws(ModelError) -> [Fact] {
    let (signal, step) = try (operands.one(.signal), operands.one(.step))
    try requireRank(signal, 2...3, "signal")
    let length: Dim
    if let given = operands[.length] {
      length = given.scalarExpression ?? .unknown
    } else if let window = operands[.window] {
      length = window.shape?.first ?? .unknown
    } else {
      length = signal.shape?[1] ?? .unknown
    }
    let isKnown = length != .unknown && signal.shape.map { $0[1] != .unknown } ?? false
    let hop = step.scalarExpression
    let frames = isKnown ? hop.flatMap { hop in signal.shape.map { ($0[1] - length).floorDivided(by: hop) + 1 } } : nil
    let bins = onesided && length != .unknown ? length.floorDivided(by: 2) + 1 : length
    return [try signal.reshaped([signal.shape?[0] ?? .unknown, frames ?? .unknown, bins, 2])]
  }

  public func evaluate(_ operands: Operands<Operand, Tensor>) throws(ModelError) -> [Tensor] {
    let given = try operands.one(.signal)
    let signal = try given.rank == 2 ? given.reshaped(to: given.shape + [1]) : given
    guard signal.rank == 3, let step = try operands.one(.step).integers().first, step > 0 else {
      throw ModelError(.typeMismatch, "a signal of \(signal.shape)")
    }
    let window = operands[.window]
    let length = try operands[.length]?.integers().first ?? window?.count ?? signal.shape[1]
    guard length > 0, length <= signal.shape[1], window.map({ $0.count == length }) ?? true else {
      throw ModelError(.typeMismatch, "frames of \(length) with a window of \(window?.count ?? length) in \(signal.shape)")
    }
    let frames = (signal.shape[1] - length) / step + 1
    let parts = signal.shape[2]
    try checkedCount(.float64, [signal.shape[0], frames, length, 2])
    let wide = try signal.converted(to: .float64)
    // Frames overlap, so they are read with strides of their own.
    let strides = [signal.shape[1] * parts, min(step, signal.shape[1]) * parts, parts, 1]
    var framed = try wide.strided([signal.shape[0], frames, length, parts], strides)
    if let window { framed = try calculate(.multiply, framed, window.converted(to: .float64).reshaped(to: [length, 1])) }
    var transform = DFT()
    transform.onesided = onesided
    return [try transform.evaluate(Operands([framed]))[0].converted(to: signal.element)]
  }
}
