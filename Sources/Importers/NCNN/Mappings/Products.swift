import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readProduct() throws(ModelError) -> ValueID? {
    switch type {
    case "InnerProduct": return try innerProduct()
    case "Gemm": return try gemm()
    case "MatMul":
      let (a, b) = (try input(), try input(1))
      guard try rank(a) == rank(b), try rank(a) >= 2, try int(0) == 0 else { throw ModelError(.unsupported, "a product of Mats of different numbers of axes") }
      return try one(MatMul(), [a, b])
    case "Embed":
      let (columns, rows, count) = (try size(0), try size(1), try size(3))
      let (product, overflow) = columns.multipliedReportingOverflow(by: rows)
      guard !overflow, product == count, try int(2) == 0 else { throw ModelError(.malformed, "\(count) weights for \(rows) rows of \(columns)") }
      return try one(Gather(), [network.constant(try network.weights.tagged([rows, columns])), try input()])
    default: return nil
    }
  }

  private func innerProduct() throws(ModelError) -> ValueID {
    let x = try input()
    let rank = try rank(x)
    guard rank <= 2 else { throw ModelError(.unsupported, "an InnerProduct of a Mat of \(rank) axes") }
    let (outputs, count) = (try size(0), try size(2))
    guard count % outputs == 0 else { throw ModelError(.malformed, "\(count) weights for \(outputs) outputs") }
    let weight = try network.weights.tagged([outputs, count / outputs])
    let bias = try int(1) == 1 ? network.constant(network.weights.plain([outputs])) : nil
    let (x8, weights) = try quantized(x, weight, scaleTerm: int(8), outputs: outputs)
    var op = Gemm()
    op.transB = true
    return try activated(rank == 2 ? one(op, [x8, weights, bias]) : squeezed(one(op, [try unsqueezed(x8), weights, bias])))
  }

  private func gemm() throws(ModelError) -> ValueID {
    guard try int(4) == 0, try int(6) == 1 else { throw ModelError(.unsupported, "a Gemm with a constant A or a C that is none") }
    var op = Gemm()
    (op.alpha, op.transA, op.transB) = (try float(0, 1), try int(2) == 1, try int(3) == 1)
    guard try int(5) == 1 else {
      guard try int(10) == -1 else { throw ModelError(.unsupported, "a Gemm with an addend") }
      return try one(op, [try input(), try input(1)])
    }
    let (columns, inner) = (try size(8), try size(9))
    let weight = network.constant(try network.weights.tagged(op.transB ? [columns, inner] : [inner, columns]))
    switch try int(10) {
    case -1: return try one(op, [try input(), weight])
    case 4: return try one(op, [try input(), weight, network.constant(try network.weights.tagged([columns]))])
    case let other: throw ModelError(.unsupported, "an addend of kind \(other)")
    }
  }

  /// The operand and the weights of a layer that computes with 8-bit integers, as floats that were rounded; as they are for one that
  /// does not. ncnn's scales are the inverse of ONNX's; zero points are 0, integers lie in ±127.
  func quantized(_ x: ValueID, _ weight: Tensor, scaleTerm: Int, outputs: Int) throws(ModelError) -> (ValueID, ValueID) {
    guard scaleTerm != 0 else {
      guard weight.element == .float32 else { throw ModelError(.unsupported, "8-bit weights without scales") }
      return (x, network.constant(weight))
    }
    guard scaleTerm == 1 || scaleTerm == 2, weight.element == .int8 else { throw ModelError(.unsupported, "scales of kind \(scaleTerm)") }
    let scales = try network.weights.plain([scaleTerm == 2 ? 1 : outputs]).floats()
    let scale = try network.weights.plain([1]).floats()[0]
    guard scales.allSatisfy({ $0 > 0 && $0.isFinite }), scale > 0, scale.isFinite else { throw ModelError(.malformed, "scales that are not positive") }
    let perOutput = scales.count == 1 ? [Float](repeating: 1 / scales[0], count: outputs) : scales.map { 1 / $0 }
    let shape = [outputs] + [Int](repeating: 1, count: weight.rank - 1)
    var cast = Cast()
    cast.to = .float32
    let wide = try one(cast, [network.constant(weight)])
    let weights = try one(Mul(), [wide, network.constant(Tensor(.float32, shape, elements: perOutput))])
    let steps = try one(Clip(), [try one(Round(), [try one(Mul(), [x, scalar(scale)])]), scalar(-127), scalar(127)])
    return (try one(Mul(), [steps, scalar(1 / scale)]), weights)
  }
}
