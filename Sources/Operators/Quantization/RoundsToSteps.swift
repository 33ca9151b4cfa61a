import GraphIR

/// An operator that rounds to multiples of a scale, so that the least difference in what it is given may make one of a whole step.
public protocol RoundsToSteps: Operator {
  /// The operand, a tensor of floats, that moves all that is rounded when it is multiplied by a number.
  var steppedOperand: Int { get }
}

extension QuantizeLinear: RoundsToSteps { public var steppedOperand: Int { 0 } }
extension DynamicQuantizeLinear: RoundsToSteps { public var steppedOperand: Int { 0 } }
extension DynamicQuantizeLSTM: RoundsToSteps { public var steppedOperand: Int { 0 } }
extension DynamicQuantizeMatMul: RoundsToSteps { public var steppedOperand: Int { 0 } }
extension ContribQuantizeLinear: RoundsToSteps { public var steppedOperand: Int { 0 } }
extension QLinearConv: RoundsToSteps { public var steppedOperand: Int { 6 } }
extension QLinearMatMul: RoundsToSteps { public var steppedOperand: Int { 6 } }
extension QLinearAdd: RoundsToSteps { public var steppedOperand: Int { 6 } }
extension QLinearMul: RoundsToSteps { public var steppedOperand: Int { 6 } }
extension QLinearSigmoid: RoundsToSteps { public var steppedOperand: Int { 3 } }
extension QLinearLeakyRelu: RoundsToSteps { public var steppedOperand: Int { 3 } }
extension QLinearSoftmax: RoundsToSteps { public var steppedOperand: Int { 3 } }
extension QLinearAveragePool: RoundsToSteps { public var steppedOperand: Int { 3 } }
extension QLinearGlobalAveragePool: RoundsToSteps { public var steppedOperand: Int { 3 } }
extension QLinearConcat: RoundsToSteps { public var steppedOperand: Int { 0 } }
extension QLinearWhere: RoundsToSteps { public var steppedOperand: Int { 7 } }
extension QGemm: RoundsToSteps { public var steppedOperand: Int { 7 } }
