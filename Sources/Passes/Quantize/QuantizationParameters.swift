import GraphIR
import Operators
import Rewriting
import Tensors

/// Scale and zero point of a quantisation of whole tensors, both constants.
struct QuantizationParameters: Equatable {
  let scale: Double
  let scaleElement: ElementType
  let zeroPoint: Int
  /// The type of what is stored.
  let element: ElementType

  init(_ node: Matched<QuantizeLinear>) throws(NoMatch) {
    try require(node.op.blockSize == 0 && node.op.precision == nil, "the quantisation is by blocks, or of its own precision")
    try self.init(node.node, stored: node.result)
    try require(try node[.x].elementType() == scaleElement, "the scale is of another element type")
  }

  init(_ node: Matched<DequantizeLinear>) throws(NoMatch) {
    try require(node.op.blockSize == 0 && node.op.outputDtype == nil, "the quantisation is by blocks, or of its own precision")
    try self.init(node.node, stored: node[.x])
  }

  private init(_ node: MatchedNode, stored: MatchedValue) throws(NoMatch) {
    let tensor = try node.operand(1).constant()
    try require(tensor.count == 1 && tensor.rank <= 1, "the scale is not one number")
    scale = try node.operand(1).number()
    scaleElement = tensor.element
    element = try stored.elementType()
    if let zero = node.operandIfPresent(2) {
      let number = try zero.number()
      zeroPoint = Int(exactly: number) ?? 0
      try require(Double(zeroPoint) == number, "the zero point is not a whole number")
    } else {
      zeroPoint = 0
    }
    // Quantising what was dequantised has to give the same whole number again.
    let isExact = scaleElement == .float32 && element.bitWidth <= 16 || scaleElement == .float16 && element.bitWidth <= 8
    try require(isExact && element.isInteger, "the element type")
    try require(scale > 1e-6 && scale < 1e3, "the scale is extreme")
  }
}
