import Diagnostics
import Tensors

extension Tensor {
  /// True when no element overflows in 16 bits.
  package func fitsHalf() throws(ModelError) -> Bool {
    guard element == .float32 else { return element == .float16 }
    return try withElements(as: Float.self) { (elements) throws(ModelError) in elements.allSatisfy { !($0.magnitude > 65_504) || $0.isInfinite } }
  }
}
