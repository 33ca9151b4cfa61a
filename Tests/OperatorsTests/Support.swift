import Diagnostics
import GraphIR
import Tensors

import Operators

func f32(_ shape: Shape, _ values: [Float]) throws -> Tensor { try Tensor(.float32, shape, elements: values) }
func i64(_ values: Int...) throws -> Tensor { try Tensor.integers(values) }

extension Evaluable {
  /// The results for operands given in order, after checking that `infer` agrees with them.
  func results(_ operands: Tensor?..., count: Int = 1) throws -> [Tensor] {
    let facts = operands.map { $0.map { Fact(constant: $0) } }
    let inferred = try inferFacts(facts, resultCount: count)
    let results = try evaluateTensors(operands, resultCount: count)
    for (fact, tensor) in zip(inferred, results) {
      guard let type = fact.type?.tensorType else { continue }
      let agrees = type.element == tensor.element && type.shape.map { shape in
        shape.count == tensor.rank && zip(shape, tensor.shape).allSatisfy { $0.number == nil || $0.number == $1 }
      } ?? true
      guard agrees else { throw ModelError(.different, "infer gives \(type), the kernel \(tensor.element.rawValue)\(tensor.shape)") }
    }
    return results
  }
}
