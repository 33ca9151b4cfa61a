import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension Gather {
  /// The sixteen numbers of OpenVINO's element type `nf4`, as its runtime gives them. Source: Dettmers et al., QLoRA, appendix E.
  private static let normalFloats: [Float] = [
    -1, -0.696_192_8, -0.525_073_05, -0.394_917_5, -0.284_441_38, -0.184_773_43, -0.091_050_036, 0, 0.079_580_3, 0.160_930_2, 0.246_112_3,
    0.337_915_24, 0.440_709_83, 0.562_617, 0.722_956_84, 1,
  ]

  /// The codes of weights of four bits each that are looked up in the table of normal floats; `nil` for anything else.
  func normalFloatCodes(_ node: SubjectNode) -> Tensor? {
    guard axis == 0, let table = node.operand(0)?.constant, table.element == .float32, table.shape == [16], let numbers = try? table.floats(),
      zip(numbers, Self.normalFloats).allSatisfy({ abs($0 - $1) < 1e-6 })
    else { return nil }
    var codes = node.operand(1)?.constant
    if codes == nil, let cast = node.producer(ofOperand: 1), cast.op is Cast { codes = cast.operand(0)?.constant }
    guard let codes, codes.element.isInteger else { return nil }
    if codes.element == .uint4 { return codes }
    guard let integers = try? codes.integers(), integers.allSatisfy({ (0..<16).contains($0) }) else { return nil }
    return try? Tensor(.uint4, codes.shape, packing: integers.map { UInt8($0) })
  }
}
