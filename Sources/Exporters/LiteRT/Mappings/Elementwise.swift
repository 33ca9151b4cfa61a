import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Retargeting
import Tensors

/// One operand, one step, no options that matter.
private protocol OneStep: LiteRTWritable {
  static var code: Schema.BuiltinOperator { get }
  static var options: Int? { get }
}

extension OneStep {
  static var options: Int? { nil }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var inputs: [Int] = []
    for index in 0..<node.operandCount { inputs.append(try out.operand(index)) }
    out.step(Self.code, inputs, [try out.result()], Self.options.map { KernelOptions($0) })
  }
}

extension Abs: OneStep { static let code = Schema.BuiltinOperator.abs; static let options: Int? = Schema.AbsOptions.code }
extension Ceil: OneStep { static let code = Schema.BuiltinOperator.ceil }
extension Cos: OneStep { static let code = Schema.BuiltinOperator.cos; static let options: Int? = Schema.CosOptions.code }
extension Exp: OneStep { static let code = Schema.BuiltinOperator.exp; static let options: Int? = Schema.ExpOptions.code }
extension Floor: OneStep { static let code = Schema.BuiltinOperator.floor }
extension Log: OneStep { static let code = Schema.BuiltinOperator.log }
extension Neg: OneStep { static let code = Schema.BuiltinOperator.neg; static let options: Int? = Schema.NegOptions.code }
extension Round: OneStep { static let code = Schema.BuiltinOperator.round }
extension Sign: OneStep { static let code = Schema.BuiltinOperator.sign; static let options: Int? = Schema.SignOptions.code }
extension Sin: OneStep { static let code = Schema.BuiltinOperator.sin }
extension Sqrt: OneStep { static let code = Schema.BuiltinOperator.sqrt }
extension Tanh: OneStep { static let code = Schema.BuiltinOperator.tanh }
extension Sigmoid: OneStep { static let code = Schema.BuiltinOperator.logistic }
extension Relu: OneStep { static let code = Schema.BuiltinOperator.relu }
extension HardSwish: OneStep { static let code = Schema.BuiltinOperator.hardSwish; static let options: Int? = Schema.HardSwishOptions.code }
extension Not: OneStep { static let code = Schema.BuiltinOperator.logicalNot; static let options: Int? = Schema.LogicalNotOptions.code }
extension And: OneStep { static let code = Schema.BuiltinOperator.logicalAnd; static let options: Int? = Schema.LogicalAndOptions.code }
extension Or: OneStep { static let code = Schema.BuiltinOperator.logicalOr; static let options: Int? = Schema.LogicalOrOptions.code }
extension Equal: OneStep { static let code = Schema.BuiltinOperator.equal; static let options: Int? = Schema.EqualOptions.code }
extension Greater: OneStep { static let code = Schema.BuiltinOperator.greater; static let options: Int? = Schema.GreaterOptions.code }
extension GreaterOrEqual: OneStep {
  static let code = Schema.BuiltinOperator.greaterEqual
  static let options: Int? = Schema.GreaterEqualOptions.code
}
extension Less: OneStep { static let code = Schema.BuiltinOperator.less; static let options: Int? = Schema.LessOptions.code }
extension LessOrEqual: OneStep {
  static let code = Schema.BuiltinOperator.lessEqual
  static let options: Int? = Schema.LessEqualOptions.code
}
extension Pow: OneStep { static let code = Schema.BuiltinOperator.pow; static let options: Int? = Schema.PowOptions.code }
extension Where: OneStep { static let code = Schema.BuiltinOperator.selectV2; static let options: Int? = Schema.SelectV2Options.code }
extension PRelu: OneStep { static let code = Schema.BuiltinOperator.prelu }

extension Identity: LiteRTWritable {
  /// The format has no copy; a reshape to the same shape is one for every type.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let x = try out.operand(0)
    let shape = out.shape(ofOperand: 0)
    if shape.contains(where: { $0.number == nil }) {
      let sizes = try out.temporary(.int32, [.number(shape.count)])
      out.step(.shape, [x], [sizes], KernelOptions(Schema.ShapeOptions.code, Schema.ShapeOptions.outType, Schema.TensorType.int32.rawValue))
      out.step(.reshape, [x, sizes], [try out.result()])
    } else {
      out.step(.reshape, [x, try out.integers(shape.map { $0.number ?? -1 })], [try out.result()])
    }
  }
}

/// Arithmetic that an activation can be fused into.
private protocol FusedArithmetic: LiteRTWritable {
  static var code: Schema.BuiltinOperator { get }
  static var options: (tag: Int, activation: IntField) { get }
  /// Says that integers of 16 bits have scales that are powers of two, unless it is cleared.
  static var takesPowersOfTwo: BoolField? { get }
}

extension FusedArithmetic {
  static var takesPowersOfTwo: BoolField? { nil }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) { try writeFused(node, out) }

  func writeFused(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let (tag, field) = Self.options
    let operands = [try out.operand(0), try out.operand(1)]
    var options = KernelOptions(tag)
    if let powers = Self.takesPowersOfTwo, out.quantization.isInteger(node.id), out.element(of: operands[0]) == .int16 {
      options.object.set(powers, false)
    }
    out.fusedStep(Self.code, operands, [try out.result()], options, field)
  }
}

extension Add: FusedArithmetic {
  static let code = Schema.BuiltinOperator.add
  static let options = (tag: Schema.AddOptions.code, activation: Schema.AddOptions.fusedActivationFunction)
  static let takesPowersOfTwo: BoolField? = Schema.AddOptions.potScaleInt16
}
extension Sub: FusedArithmetic {
  static let code = Schema.BuiltinOperator.sub
  static let options = (tag: Schema.SubOptions.code, activation: Schema.SubOptions.fusedActivationFunction)
  static let takesPowersOfTwo: BoolField? = Schema.SubOptions.potScaleInt16
}
extension Mul: FusedArithmetic {
  static let code = Schema.BuiltinOperator.mul
  static let options = (tag: Schema.MulOptions.code, activation: Schema.MulOptions.fusedActivationFunction)
}
extension Div: FusedArithmetic {
  static let code = Schema.BuiltinOperator.div
  static let options = (tag: Schema.DivOptions.code, activation: Schema.DivOptions.fusedActivationFunction)

  func limits(_ node: SubjectNode) -> Rejection? {
    switch node.operand(0)?.element {
    case .float32, .int32: return nil
    case .int64: return ExactQuotient(node) == nil ? Rejection(.elementType, "a quotient of i64 by what is not one constant number") : nil
    case let element: return Rejection(.elementType, "a quotient of \(element?.rawValue ?? "?")")
    }
  }

  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    guard let quotient = ExactQuotient(node) else { return try writeFused(node, out) }
    try quotient.write(out)
  }
}

extension Reciprocal: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let one = try out.number(1, out.elementOfOperand(0))
    out.step(.div, [one, try out.operand(0)], [try out.result()], KernelOptions(Schema.DivOptions.code))
  }
}

/// Many operands, taken two at a time.
private protocol Folded: LiteRTWritable {
  static var step: (code: Schema.BuiltinOperator, tag: Int) { get }
}

extension Folded {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var total = try out.operand(0)
    if node.operandCount == 1 { return try Identity().write(node, out) }
    for index in 1..<node.operandCount {
      let isLast = index == node.operandCount - 1
      let next = try isLast ? out.result() : out.temporary(out.elementOfOperand(0), out.shape(ofResult: 0))
      out.step(Self.step.code, [total, try out.operand(index)], [next], KernelOptions(Self.step.tag))
      total = next
    }
  }
}

extension Max: Folded { static let step = (code: Schema.BuiltinOperator.maximum, tag: Schema.MaximumMinimumOptions.code) }
extension Min: Folded { static let step = (code: Schema.BuiltinOperator.minimum, tag: Schema.MaximumMinimumOptions.code) }
extension Sum: Folded { static let step = (code: Schema.BuiltinOperator.add, tag: Schema.AddOptions.code) }

extension Clip: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    func bound(_ index: Int) -> Float? { node.operand(index)?.constant.flatMap { try? $0.floats().first } }
    let x = try out.operand(0)
    let isFloat = out.elementOfOperand(0) == .float32
    switch (bound(1), bound(2)) {
    case (0, 6) where isFloat: return out.step(.relu6, [x], [try out.result()])
    case (-1, 1) where isFloat: return out.step(.reluN1To1, [x], [try out.result()])
    case (0, 1) where isFloat: return out.step(.relu0To1, [x], [try out.result()])
    default: break
    }
    let (low, high) = try (out.operand(1), out.operand(2))
    let options = KernelOptions(Schema.MaximumMinimumOptions.code)
    guard low >= 0, high >= 0 else {
      if low < 0, high < 0 { return try Identity().write(node, out) }
      return out.step(low >= 0 ? .maximum : .minimum, [x, max(low, high)], [try out.result()], options)
    }
    let middle = try out.temporary(out.elementOfOperand(0), out.shape(ofResult: 0))
    out.step(.maximum, [x, low], [middle], options)
    out.step(.minimum, [middle, high], [try out.result()], options)
  }
}

extension Cast: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    let from = node.operand(0)?.element ?? .float32
    let isFew = from.bitWidth < 8 && from != .bool && from != .string || to.bitWidth < 8 && to != .bool
    let isWide = from == .uint64 || to == .uint64
    guard isFew && !(from == .int4 && to == .float32) || isWide, from != to else { return nil }
    return Rejection(.elementType, "a conversion from \(from.rawValue) to \(to.rawValue)")
  }

  /// Half-precision constants are dequantised, as runtimes expect.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let x = try out.operand(0)
    if node.operand(0)?.element == .float16, to == .float32, node.operand(0)?.constant != nil {
      return out.step(.dequantize, [x], [try out.result()], KernelOptions(Schema.DequantizeOptions.code))
    }
    var options = KernelOptions(Schema.CastOptions.code)
    options.object.set(Schema.CastOptions.inDataType, node.operand(0)?.element?.litert?.rawValue ?? 0)
    options.object.set(Schema.CastOptions.outDataType, to.litert?.rawValue ?? 0)
    out.step(.cast, [x], [try out.result()], options)
  }
}

extension LeakyRelu: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var options = KernelOptions(Schema.LeakyReluOptions.code)
    options.object.set(Schema.LeakyReluOptions.alpha, alpha)
    out.step(.leakyRelu, [try out.operand(0)], [try out.result()], options)
  }
}

extension Elu: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { alpha == 1 ? nil : Rejection(.attribute, "alpha \(alpha)") }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) { out.step(.elu, [try out.operand(0)], [try out.result()]) }
}

extension Gelu: LiteRTWritable {
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    let options = KernelOptions(Schema.GeluOptions.code, Schema.GeluOptions.approximate, approximate == .tanh)
    out.step(.gelu, [try out.operand(0)], [try out.result()], options)
  }
}

extension SubjectNode {
  /// Old models normalise over all axes from one on; that is one axis when it is the last.
  fileprivate func coercionLimits(_ isCoerced: Bool, _ axis: Int) -> Rejection? {
    guard isCoerced, let shape = operand(0)?.shape, axis != shape.count - 1, axis != -1 else { return nil }
    let rest = shape[max(0, axis < 0 ? axis + shape.count : axis)...]
    return rest.allSatisfy { $0.number != nil } && SubgraphWriter.isPlain(shape)
      ? nil : Rejection(.dynamicShape, "several axes of open sizes normalised together")
  }
}

extension Softmax: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.coercionLimits(coerced, axis) }

  /// The format's works along the last axis; others are moved there and back.
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    var options = KernelOptions(Schema.SoftmaxOptions.code)
    options.object.set(Schema.SoftmaxOptions.beta, 1)
    try out.alongLastAxis(axis, isCoerced: coerced) { (x, result) throws(ModelError) in out.step(.softmax, [x], [result], options) }
  }
}

extension LogSoftmax: LiteRTWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.coercionLimits(coerced, axis) }
  func write(_ node: SubjectNode, _ out: SubgraphWriter) throws(ModelError) {
    try out.alongLastAxis(axis, isCoerced: coerced) { (x, result) throws(ModelError) in
      out.step(.logSoftmax, [x], [result], KernelOptions(Schema.LogSoftmaxOptions.code))
    }
  }
}

extension SubgraphWriter {
  fileprivate func alongLastAxis(
    _ axis: Int, isCoerced: Bool, _ body: (Int, Int) throws(ModelError) -> Void
  ) throws(ModelError) {
    let shape = shape(ofOperand: 0)
    let rank = shape.count
    let along = axis < 0 ? axis + rank : axis
    guard along != rank - 1, rank > 0 else { return try body(operand(0), result()) }
    if isCoerced {
      // Rows and columns: the axes before, and all others together.
      let columns = shape[max(0, along)...].reduce(1) { $0 * ($1.number ?? 1) }
      let flat = [Dim.unknown, .number(columns)]
      let (rows, made) = (try temporary(elementOfOperand(0), flat), try temporary(elementOfOperand(0), flat))
      step(.reshape, [try operand(0), try integers([-1, columns])], [rows])
      try body(rows, made)
      return try reshape(from: made)
    }
    var order = Array(0..<rank)
    order.swapAt(along, rank - 1)
    let permutation = try integers(order)
    let moved = try temporary(elementOfOperand(0), order.map { shape[$0] }), made = try temporary(elementOfOperand(0), order.map { shape[$0] })
    step(.transpose, [try operand(0), permutation], [moved], KernelOptions(Schema.TransposeOptions.code))
    try body(moved, made)
    step(.transpose, [made, permutation], [try result()], KernelOptions(Schema.TransposeOptions.code))
  }
}
