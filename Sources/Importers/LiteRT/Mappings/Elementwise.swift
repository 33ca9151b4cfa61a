import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  /// One operand, the same function everywhere.
  private static func unary(_ op: any Operator) -> Mapping {
    { (call, reader) throws(ModelError) in
      try reader.defineReal(reader.output(call), reader.assembly.emit(op, reader.real(call, 0)))
    }
  }

  /// Two operands, and an activation in the options' given field.
  private static func binary(_ op: any Operator, _ options: Int? = nil, _ activation: IntField? = nil) -> Mapping {
    { (call, reader) throws(ModelError) in
      let (a, b) = try (reader.real(call, 0), reader.real(call, 1))
      let result = try reader.assembly.emit(op, a, b)
      let code = options.flatMap { tag in activation.map { call.options(tag)[$0] } } ?? 0
      try reader.defineReal(reader.output(call), reader.activated(result, code, for: reader.output(call)))
    }
  }

  private static func clip(_ low: Float, _ high: Float) -> Mapping {
    { (call, reader) throws(ModelError) in
      try reader.defineReal(reader.output(call), reader.clamped(reader.real(call, 0), low, high, for: reader.output(call)))
    }
  }

  static let elementwise: [Schema.BuiltinOperator: Mapping] = [
    .abs: unary(Abs()), .ceil: unary(Ceil()), .cos: unary(Cos()), .elu: unary(Elu()), .exp: unary(Exp()), .floor: unary(Floor()),
    .log: unary(Log()), .neg: unary(Neg()), .round: unary(Round()), .sign: unary(Sign()), .sin: unary(Sin()), .sqrt: unary(Sqrt()),
    .tanh: unary(Tanh()), .logistic: unary(Sigmoid()), .hardSwish: unary(HardSwish()), .logicalNot: unary(Not()),
    .relu: { (call, reader) throws(ModelError) in
      try reader.defineReal(reader.output(call), reader.clamped(reader.real(call, 0), 0, nil, for: reader.output(call)))
    },
    .relu6: clip(0, 6), .reluN1To1: clip(-1, 1), .relu0To1: clip(0, 1),
    .add: binary(Add(), Schema.AddOptions.code, Schema.AddOptions.fusedActivationFunction),
    .sub: binary(Sub(), Schema.SubOptions.code, Schema.SubOptions.fusedActivationFunction),
    .mul: binary(Mul(), Schema.MulOptions.code, Schema.MulOptions.fusedActivationFunction),
    .div: binary(Div(), Schema.DivOptions.code, Schema.DivOptions.fusedActivationFunction),
    .maximum: binary(Max()), .minimum: binary(Min()), .pow: binary(Pow()),
    .equal: binary(Equal()), .greater: binary(Greater()), .greaterEqual: binary(GreaterOrEqual()), .less: binary(Less()),
    .lessEqual: binary(LessOrEqual()), .logicalAnd: binary(And()), .logicalOr: binary(Or()), .prelu: binary(PRelu()),
    .notEqual: composed { (reader, x) throws(ModelError) in try reader.emit(Not(), reader.emit(Equal(), x[0], x[1])) },
    .rsqrt: composed { (reader, x) throws(ModelError) in try reader.emit(Reciprocal(), reader.emit(Sqrt(), x[0])) },
    .square: composed { (reader, x) throws(ModelError) in try reader.emit(Mul(), x[0], x[0]) },
    .squaredDifference: composed { (reader, x) throws(ModelError) in
      let difference = try reader.emit(Sub(), x[0], x[1])
      return try reader.emit(Mul(), difference, difference)
    },
    .floorDiv: composed(floorDivision), .floorMod: composed(floorModulo),
    .addN: { (call, reader) throws(ModelError) in
      var operands: [ValueID?] = []
      for input in call.inputs { operands.append(try reader.realValue(of: input)) }
      try reader.defineReal(reader.output(call), reader.assembly.emit(Sum(), operands: operands)[0])
    },
    .select: select, .selectV2: select, .leakyRelu: leakyRelu, .gelu: gelu, .cast: cast, .zerosLike: zerosLike,
    .softmax: softmax, .logSoftmax: unary(LogSoftmax()), .l2Normalization: l2Normalization,
    .localResponseNormalization: localResponseNormalization,
  ]

  /// Several nodes in the place of one.
  private static func composed(_ make: @escaping @Sendable (Assembly, [ValueID]) throws(ModelError) -> ValueID) -> Mapping {
    { (call, reader) throws(ModelError) in
      var operands: [ValueID] = []
      for input in call.inputs.indices { operands.append(try reader.real(call, input)) }
      guard !operands.isEmpty, operands.count > 1 || call.code == .rsqrt || call.code == .square else {
        throw ModelError(.invalidGraph, "an operand is missing")
      }
      try reader.defineReal(reader.output(call), make(reader.assembly, operands))
    }
  }

  /// The remainder has the divisor's sign.
  private static func floorModulo(_ assembly: Assembly, _ x: [ValueID]) throws(ModelError) -> ValueID {
    if assembly.element(of: x[0])?.isInteger ?? false { return try assembly.emit(Mod(), x[0], x[1]) }
    return try assembly.emit(Sub(), x[0], assembly.emit(Mul(), floorDivision(assembly, x), x[1]))
  }

  private static func floorDivision(_ assembly: Assembly, _ x: [ValueID]) throws(ModelError) -> ValueID {
    guard assembly.element(of: x[0])?.isInteger ?? false else { return try assembly.emit(Floor(), assembly.emit(Div(), x[0], x[1])) }
    return try assembly.emit(Div(), assembly.emit(Sub(), x[0], assembly.emit(Mod(), x[0], x[1])), x[1])
  }

  private static let select: Mapping = { (call, reader) throws(ModelError) in
    let (condition, a, b) = try (reader.stored(call, 0), reader.real(call, 1), reader.real(call, 2))
    var test = condition
    // SELECT chooses whole rows by a vector; SELECT_V2 broadcasts from the right as everything else does.
    if call.code == .select, try reader.assembly.rank(of: condition) == 1, try reader.assembly.rank(of: a) > 1 {
      let axes = Array(1..<(try reader.assembly.rank(of: a)))
      test = try reader.assembly.emit(Unsqueeze(), condition, reader.assembly.integers(axes))
    }
    try reader.defineReal(reader.output(call), reader.assembly.emit(Where(), test, a, b))
  }

  private static let leakyRelu: Mapping = { (call, reader) throws(ModelError) in
    var op = LeakyRelu()
    op.alpha = call.options(Schema.LeakyReluOptions.code)[Schema.LeakyReluOptions.alpha]
    try reader.defineReal(reader.output(call), reader.assembly.emit(op, reader.real(call, 0)))
  }

  private static let gelu: Mapping = { (call, reader) throws(ModelError) in
    var op = Gelu()
    op.approximate = call.options(Schema.GeluOptions.code)[Schema.GeluOptions.approximate] ? .tanh : .none
    try reader.defineReal(reader.output(call), reader.assembly.emit(op, reader.real(call, 0)))
  }

  private static let cast: Mapping = { (call, reader) throws(ModelError) in
    guard let element = try reader.tensor(reader.output(call)).element else { throw ModelError(.unsupported, "a cast to no element type") }
    try reader.define(reader.output(call), reader.assembly.emit(Cast(to: element), reader.stored(call, 0)))
  }

  private static let zerosLike: Mapping = { (call, reader) throws(ModelError) in
    let x = try reader.stored(call, 0)
    var op = ConstantOfShape()
    op.value = try Tensor(.float32, [1], elements: [Float(0)]).converted(to: reader.assembly.element(of: x) ?? .float32)
    try reader.define(reader.output(call), reader.assembly.emit(op, reader.assembly.emit(ShapeOf(), x)))
  }

  private static let softmax: Mapping = { (call, reader) throws(ModelError) in
    var x = try reader.real(call, 0)
    let beta = call.options(Schema.SoftmaxOptions.code)[Schema.SoftmaxOptions.beta]
    if beta != 1, beta != 0 { x = try reader.assembly.emit(Mul(), x, reader.assembly.scalar(beta, like: x)) }
    try reader.defineReal(reader.output(call), reader.assembly.emit(Softmax(), x))
  }

  private static let l2Normalization: Mapping = { (call, reader) throws(ModelError) in
    let assembly = reader.assembly
    let x = try reader.real(call, 0)
    let sum = try assembly.emit(ReduceSumSquare(), x, assembly.integers([-1]))
    let length = try assembly.emit(Sqrt(), assembly.emit(Max(), sum, assembly.scalar(1e-6, like: x)))
    let code = call.options(Schema.L2NormOptions.code)[Schema.L2NormOptions.fusedActivationFunction]
    try reader.defineReal(reader.output(call), reader.activated(assembly.emit(Div(), x, length), code, for: reader.output(call)))
  }

  private static let localResponseNormalization: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.LocalResponseNormalizationOptions
    let options = call.options(Field.code)
    var op = LRN()
    op.size = 2 * options[Field.radius] + 1
    op.bias = options[Field.bias]
    op.beta = options[Field.beta]
    op.alpha = options[Field.alpha] * Float(op.size)
    let assembly = reader.assembly
    let result = try assembly.emit(op, assembly.withChannelsFirst(reader.real(call, 0)))
    try reader.defineReal(reader.output(call), assembly.withChannelsLast(result))
  }
}
