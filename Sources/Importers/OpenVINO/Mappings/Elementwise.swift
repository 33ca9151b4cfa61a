import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  private static let unary: [String: any Operator] = [
    "Abs": Abs(), "Ceiling": Ceil(), "Cos": Cos(), "Erf": Erf(), "Exp": Exp(), "Floor": Floor(), "HSwish": HardSwish(), "IsNaN": IsNaN(),
    "Log": Log(), "Negative": Neg(), "LogicalNot": Not(), "ReLU": Relu(), "Sigmoid": Sigmoid(), "Sign": Sign(), "Sin": Sin(),
    "SoftPlus": Softplus(), "SoftSign": Softsign(), "Sqrt": Sqrt(), "Tanh": Tanh(),
    "Acos": Acos(), "Acosh": Acosh(), "Asin": Asin(), "Asinh": Asinh(), "Atan": Atan(), "Atanh": Atanh(), "Cosh": Cosh(), "Sinh": Sinh(),
    "Tan": Tan(), "Mish": Mish(), "BitwiseNot": BitwiseNot(),
  ]
  private static let binary: [String: any Operator] = [
    "Add": Add(), "Subtract": Sub(), "Multiply": Mul(), "Divide": Div(), "Power": Pow(), "Maximum": Max(), "Minimum": Min(),
    "FloorMod": Mod(), "Equal": Equal(), "Greater": Greater(), "GreaterEqual": GreaterOrEqual(), "Less": Less(), "LessEqual": LessOrEqual(),
    "LogicalAnd": And(), "LogicalOr": Or(), "LogicalXor": Xor(),
    "BitwiseAnd": BitwiseAnd(), "BitwiseOr": BitwiseOr(), "BitwiseXor": BitwiseXor(),
  ]

  func readElementwise() throws(ModelError) -> [ValueID]? {
    if let op = Self.unary[type] { return try make(op, [input(0)]) }
    if let op = Self.binary[type] { return try make(op, [input(0), input(1)]) }
    switch type {
    case "NotEqual": return [network.one(Not(), [try one(Equal(), [input(0), input(1)])])]
    case "Select": return try make(Where(), [input(0), input(1), input(2)])
    case "Convert":
      var cast = Cast()
      cast.to = try element("destination_type")
      return try make(cast, [input(0)])
    case "Round":
      guard text("mode") == "half_to_even" else { throw ModelError(.unsupported, "rounding \(text("mode") ?? "")") }
      return try make(Round(), [input(0)])
    case "Mod":
      var remainder = Mod()
      remainder.fmod = true
      return try make(remainder, [input(0), input(1)])
    case "BitwiseLeftShift", "BitwiseRightShift":
      var shift = BitShift()
      shift.direction = type == "BitwiseLeftShift" ? .left : .right
      return try make(shift, [input(0), input(1)])
    case "MatMul": return try make(MatMul(), [transposed(0, bool("transpose_a")), transposed(1, bool("transpose_b"))])
    default: return try readActivation()
    }
  }

  private func transposed(_ index: Int, _ isTransposed: Bool) throws(ModelError) -> ValueID {
    let value = try input(index)
    let rank = try isTransposed ? rank(index) : 0
    guard rank >= 2 else { return value }
    var transpose = Transpose()
    transpose.perm = Array(0..<rank - 2) + [rank - 1, rank - 2]
    return network.one(transpose, [value])
  }

  private func readActivation() throws(ModelError) -> [ValueID]? {
    switch type {
    case "Elu":
      var elu = Elu()
      elu.alpha = try float("alpha", 1)
      return try make(elu, [input(0)])
    case "Gelu":
      var gelu = Gelu()
      gelu.approximate = text("approximation_mode") == "TANH" ? .tanh : .none
      return try make(gelu, [input(0)])
    case "IsInf":
      var test = IsInf()
      (test.detectNegative, test.detectPositive) = (bool("detect_negative", true), bool("detect_positive", true))
      return try make(test, [input(0)])
    case "HSigmoid":
      var sigmoid = HardSigmoid()
      (sigmoid.alpha, sigmoid.beta) = (1 / 6, 0.5)
      return try make(sigmoid, [input(0)])
    case "HardSigmoid":
      var sigmoid = HardSigmoid()
      (sigmoid.alpha, sigmoid.beta) = (try number(1), try number(2))
      return try make(sigmoid, [input(0)])
    case "Selu":
      var selu = Selu()
      (selu.alpha, selu.gamma) = (try number(1), try number(2))
      return try make(selu, [input(0)])
    case "Swish":
      var swish = Swish()
      if inputs.count > 1 { swish.alpha = try number(1) }
      return try make(swish, [input(0)])
    case "PReLU": return try readPRelu()
    case "Clamp":
      return try make(Clip(), [input(0), scalar(Double(float("min", -.infinity)), like: 0), scalar(Double(float("max", .infinity)), like: 0)])
    default: return nil
    }
  }

  /// The only element of a constant operand.
  func number(_ index: Int) throws(ModelError) -> Float {
    guard let tensor = try fact(index).constant, tensor.count == 1, let value = try tensor.doubles().first else {
      throw layer.fault("input \(index) of \(type) is not a constant of one element")
    }
    return Float(value)
  }

  /// A vector of slopes is one for each channel.
  private func readPRelu() throws(ModelError) -> [ValueID] {
    var slope = try input(1)
    if let rank = try fact(0).shape?.count, rank > 2, try fact(1).shape?.count == 1, try fact(1).shape != [1] {
      slope = network.one(Reshape(), [slope, try network.integers([-1] + [Int](repeating: 1, count: rank - 2))])
    }
    return try make(PRelu(), [input(0), slope])
  }
}
