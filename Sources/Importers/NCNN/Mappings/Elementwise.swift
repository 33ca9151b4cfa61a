import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readElementwise() throws(ModelError) -> ValueID? {
    switch type {
    case "BinaryOp": return try binary()
    case "UnaryOp": return try unary()
    case "Threshold":
      let isLarger = try one(Greater(), [try input(), scalar(float(0, 0))])
      var cast = Cast()
      cast.to = .float32
      return try one(cast, [isLarger])
    case "Clip":
      let (low, high) = (try float(0, -.greatestFiniteMagnitude), try float(1, .greatestFiniteMagnitude))
      return try one(Clip(), [try input(), scalar(low), scalar(high)])
    case "PReLU": return try slopes()
    default:
      guard let op = try activation() else { return nil }
      return try one(op, [try input()])
    }
  }

  private func activation() throws(ModelError) -> (any Operator)? {
    switch type {
    case "ReLU":
      let slope = try float(0, 0)
      guard slope != 0 else { return Relu() }
      var op = LeakyRelu()
      op.alpha = slope
      return op
    case "ELU":
      var op = Elu()
      op.alpha = try float(0, 0.1)
      return op
    case "CELU":
      var op = Celu()
      op.alpha = try float(0, 1)
      return op
    case "SELU":
      var op = Selu()
      (op.alpha, op.gamma) = (try float(0, 1.673_263_24), try float(1, 1.050_700_987))
      return op
    case "GELU":
      var op = Gelu()
      op.approximate = try int(0) == 1 ? .tanh : .none
      return op
    case "HardSigmoid":
      var op = HardSigmoid()
      (op.alpha, op.beta) = (try float(0, 0.2), try float(1, 0.5))
      return op
    default: return try plainActivation()
    }
  }

  private func plainActivation() throws(ModelError) -> (any Operator)? {
    switch type {
    case "HardSwish":
      guard try float(0, 0.2) == 1 / 6, try float(1, 0.5) == 0.5 else { throw ModelError(.unsupported, "a HardSwish of another slope") }
      return HardSwish()
    case "Sigmoid": return Sigmoid()
    case "Softplus": return Softplus()
    case "Mish": return Mish()
    case "Swish": return Swish()
    case "TanH": return Tanh()
    case "Erf": return Erf()
    default: return nil
    }
  }

  private func unary() throws(ModelError) -> ValueID {
    let x = try input()
    let code = try int(0)
    if code == 4 { return try one(Mul(), [x, x]) }
    if code == 19 { return try truncated(x) }
    let list: [(any Operator)?] = [
      Abs(), Neg(), Floor(), Ceil(), nil, Sqrt(), nil, Exp(), Log(), Sin(), Cos(), Tan(), Asin(), Acos(), Atan(), Reciprocal(), Tanh(), nil, Round(),
    ]
    guard list.indices.contains(code), let op = list[code] else { throw ModelError(.unsupported, "unary operation \(code)") }
    return try one(op, [x])
  }

  /// The whole part: sign times the floor of the magnitude.
  private func truncated(_ x: ValueID) throws(ModelError) -> ValueID {
    let floor = try one(Floor(), [try one(Abs(), [x])])
    return try one(Mul(), [try one(Sign(), [x]), floor])
  }

  private func binary() throws(ModelError) -> ValueID {
    let a = try input()
    let b: ValueID
    if try int(1) == 1 {
      b = try scalar(float(2, 0))
    } else {
      b = try input(1)
      guard try rank(a) == rank(b) else { throw ModelError(.unsupported, "Mats of different numbers of axes") }
    }
    let code = try int(0)
    let list: [(any Operator)] = [Add(), Sub(), Mul(), Div(), Max(), Min(), Pow(), Sub(), Div(), Pow()]
    guard list.indices.contains(code) else { throw ModelError(.unsupported, "binary operation \(code)") }
    return try one(list[code], code >= 7 ? [b, a] : [a, b])
  }

  private func slopes() throws(ModelError) -> ValueID {
    let x = try input()
    let (count, rank) = (try size(0), try rank(x))
    let slope = try network.weights.plain([count])
    let shape = [count] + [Int](repeating: 1, count: max(rank - 1, 0))
    return try one(PRelu(), [x, network.constant(try slope.reshaped(to: shape))])
  }
}
