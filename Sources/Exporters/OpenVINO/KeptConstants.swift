import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// Constant outputs whose elements the processor plugin would narrow.
///
/// It computes 64-bit integers and unsigned ones in 32 bits and doubles as floats, constants included, but for those that a decompression
/// converts for a product. So such an output is a constant that is converted and multiplied, too; what comes out, times zero, goes into a
/// state that nobody reads. Tried on the 2026.4 runtime.
enum KeptConstants {
  /// Begins the names of the states, of which the reader knows that they are no model's.
  static let prefix = "ferry/keep/"

  static func isNarrowed(_ constant: Tensor) -> Bool {
    switch constant.element {
    case .int64, .uint64, .uint32:
      return !((try? constant.doubles())?.allSatisfy { $0 >= Double(Int32.min) && $0 <= Double(Int32.max) } ?? true)
    case .float64:
      return !((try? constant.doubles())?.allSatisfy { !$0.isFinite || Double(Float($0)) == $0 } ?? true)
    default: return false
    }
  }
}

extension LayerWriter {
  /// A constant whose elements come out as they are: of one axis or more.
  func keptConstant(_ tensor: Tensor, name: String) throws(ModelError) -> Wire {
    begin(KeptConstants.prefix + name, operands: [])
    let kept = try stored(tensor, name: name)
    let count = tensor.shape.last ?? 1
    let converted = layer(
      Layer(
        name: "", type: "Convert", opset: 1, data: [("destination_type", "f32")], inputs: [kept],
        outputs: [.init(element: .float32, shape: kept.shape)], isDecompression: true))[0]
    let zero = try constant(Tensor(.float32, [count, 1], elements: [Float](repeating: 0, count: count)))
    let data = [
      ("variable_id", KeptConstants.prefix + name), ("variable_type", "f32"), ("variable_shape", zero.shape.openVINO),
    ]
    let column = layer("ReadValue", 6, [zero], data, gives: .float32, zero.shape)
    let product = layer(
      "MatMul", 1, [converted, column], [("transpose_a", "false"), ("transpose_b", "false")], gives: .float32,
      tensor.rank == 1 ? [1] : tensor.shape.dropLast().map(Dim.number) + [1])
    let sum = try reduce("ReduceSum", product, axes: Array(0..<tensor.rank), keep: false)
    let next = layer("Multiply", 1, [zero, sum], [("auto_broadcast", "numpy")], gives: .float32, zero.shape)
    _ = layer("Assign", 6, [next], data, gives: .float32, zero.shape)
    return kept
  }
}
