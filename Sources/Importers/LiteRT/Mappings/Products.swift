import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  static let products: [Schema.BuiltinOperator: Mapping] = [
    .fullyConnected: fullyConnected, .batchMatmul: batchMatmul, .embeddingLookup: embeddingLookup,
    .unidirectionalSequenceLstm: sequenceLSTM,
  ]

  /// `x` as rows times the weights' rows, plus a bias.
  private static let fullyConnected: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.FullyConnectedOptions
    let options = call.options(Field.code)
    guard options[Field.weightsFormat] == 0 else { throw ModelError(.unsupported, "shuffled weights") }
    let assembly = reader.assembly
    let weights = try reader.tensor(reader.index(call, 1)).shape
    guard weights.count == 2 else { throw ModelError(.invalidGraph, "weights of shape \(weights)") }
    var x = try reader.real(call, 0)
    let bias = try reader.optionalReal(call, 2)
    var result: ValueID
    if options[Field.keepNumDims], try assembly.rank(of: x) != 2 {
      result = try assembly.emit(MatMul(), x, reader.permuted(reader.index(call, 1), [1, 0]))
      if let bias { result = try assembly.emit(Add(), result, bias) }
    } else {
      if try assembly.rank(of: x) != 2 || assembly.shape(of: x)?.last?.number != weights[1] {
        // The integers are reshaped, not what they stand for, so that the product stays next to its conversion.
        let rows = try assembly.emit(Reshape(), reader.stored(call, 0), assembly.integers([-1, weights[1]]))
        let quantization = try reader.tensor(reader.index(call, 0)).quantization
        x = try quantization.map { (q) throws(ModelError) in try reader.dequantized(rows, q) } ?? rows
      }
      var op = Gemm()
      op.transB = true
      result = try assembly.emit(op, x, reader.real(call, 1), bias)
    }
    let output = try reader.output(call)
    try reader.defineReal(output, reader.activated(result, options[Field.fusedActivationFunction], for: output))
  }

  private static let batchMatmul: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.BatchMatMulOptions
    let options = call.options(Field.code)
    func operand(_ input: Int, _ isTransposed: Bool) throws(ModelError) -> ValueID {
      let value = try reader.real(call, input)
      guard isTransposed else { return value }
      let rank = try reader.assembly.rank(of: value)
      guard rank >= 2 else { throw ModelError(.invalidGraph, "an operand of rank \(rank)") }
      let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
      return try reader.permuted(reader.index(call, input), order)
    }
    let (a, b) = try (operand(0, options[Field.adjX]), operand(1, options[Field.adjY]))
    try reader.defineReal(reader.output(call), reader.assembly.emit(MatMul(), a, b))
  }

  private static let embeddingLookup: Mapping = { (call, reader) throws(ModelError) in
    try reader.defineReal(reader.output(call), reader.assembly.emit(Gather(), reader.real(call, 1), reader.stored(call, 0)))
  }

  /// Operands by gate in the order input, forget, cell, output: weights 1–4, recurrent weights 5–8, peepholes 9–11 (no cell),
  /// biases 12–15, projection 16–17, state 18–19. Ours has one tensor each, in the order input, output, forget, cell.
  private static let sequenceLSTM: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.UnidirectionalSequenceLSTMOptions
    let options = call.options(Field.code)
    let assembly = reader.assembly
    guard !reader.has(call, 16), !(20..<24).contains(where: { reader.has(call, $0) }), reader.has(call, 1), options[Field.projClip] == 0 else {
      throw ModelError(.unsupported, "an LSTM with projection, layer normalisation or coupled gates")
    }
    guard options[Field.fusedActivationFunction] == Schema.ActivationFunctionType.tanh.rawValue else {
      throw ModelError(.unsupported, "an LSTM whose activation is not tanh")
    }
    let hidden = try reader.tensor(reader.index(call, 5)).shape.last ?? 0
    guard (1...1 << 16).contains(hidden) else { throw ModelError(.invalidGraph, "a state of \(hidden) numbers") }
    func stacked(_ inputs: [Int], _ axis: Int = 0) throws(ModelError) -> ValueID {
      var parts: [ValueID?] = []
      for input in inputs { parts.append(try reader.real(call, input)) }
      var op = Concat()
      op.axis = axis
      return try assembly.emit(Unsqueeze(), assembly.emit(op, operands: parts)[0], assembly.integers([0]))
    }
    let gates = [0, 3, 1, 2]
    let (w, r) = try (stacked(gates.map { 1 + $0 }), stacked(gates.map { 5 + $0 }))
    let zeros = assembly.constant(try Tensor(.float32, [4 * hidden], elements: [Float](repeating: 0, count: 4 * hidden)))
    var concat = Concat()
    concat.axis = 1
    let b = try assembly.emit(concat, stacked(gates.map { 12 + $0 }), assembly.emit(Unsqueeze(), zeros, assembly.integers([0])))
    var x = try reader.real(call, 0)
    if !options[Field.timeMajor] { x = try assembly.emit(Transpose(perm: [1, 0, 2]), x) }
    let peepholes = reader.has(call, 9) ? try stacked([9, 11, 10]) : nil
    var attributes = [NamedAttribute("hidden_size", .int(Int64(hidden)))]
    if options[Field.cellClip] > 0 { attributes.append(NamedAttribute("clip", .float(options[Field.cellClip]))) }
    let op = ForeignOperator(domain: "", name: "LSTM", version: 20, attributes: attributes)
    let y = try assembly.emit(op, operands: [x, w, r, b, nil, nil, nil, peepholes])[0]
    if let shape = assembly.shape(of: x), shape.count == 3 {
      assembly.graph.setType(y, to: .tensor(.float32, [shape[0], 1, shape[1], .number(hidden)]))
    }
    var result = try assembly.emit(Squeeze(), y, assembly.integers([1]))
    if !options[Field.timeMajor] { result = try assembly.emit(Transpose(perm: [1, 0, 2]), result) }
    assembly.sink.warn("the LSTM starts from zero in every run; the file keeps its state from one run to the next")
    try reader.defineReal(reader.output(call), result)
  }
}
