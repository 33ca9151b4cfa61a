import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

extension Mappings {
  static let movements: [Schema.BuiltinOperator: Mapping] = [
    .reshape: reshape, .transpose: transpose, .concatenation: concatenation, .pad: pad, .padv2: pad, .mirrorPad: mirrorPad,
    .split: split, .splitV: split, .pack: pack, .unpack: unpack, .tile: tile, .expandDims: expandDims, .squeeze: squeeze,
    .broadcastTo: broadcastTo, .shape: shape, .rank: rank, .range: range, .fill: fill, .oneHot: oneHot,
  ]

  /// Makes the results of a step that only moves elements: of the stored values where all tensors mean the same by them.
  static func move(
    _ call: SourceCall, _ reader: SubgraphReader, inputs: [Int], outputs: [Int]? = nil, _ make: ([ValueID]) throws(ModelError) -> [ValueID]
  ) throws(ModelError) {
    let outputs = outputs ?? Array(call.outputs.indices)
    var indices: [Int] = []
    for input in inputs { indices.append(try reader.index(call, input)) }
    var targets: [Int] = []
    for output in outputs { targets.append(try reader.output(call, output)) }
    let all = indices + targets
    var isSame = true
    for other in all.dropFirst() { if try !reader.sameQuantization(all[0], other) { isSame = false } }
    if let quantization = try reader.tensor(all[0]).quantization, quantization.scales.count > 1 { isSame = false }
    var operands: [ValueID] = []
    for index in indices { operands.append(try isSame ? reader.storedValue(of: index) : reader.realValue(of: index)) }
    let results = try make(operands)
    guard results.count == targets.count else { throw ModelError(.invalidGraph, "\(targets.count) results where there are \(results.count)") }
    for (target, value) in zip(targets, results) {
      if isSame { try reader.define(target, value) } else { try reader.defineReal(target, value) }
    }
  }

  /// The new shape is the second operand, or an option in older files.
  private static let reshape: Mapping = { (call, reader) throws(ModelError) in
    let target: ValueID
    if reader.has(call, 1) {
      target = try reader.wide(call, 1)
    } else {
      target = try reader.assembly.integers(call.options(Schema.ReshapeOptions.code)[Schema.ReshapeOptions.newShape])
    }
    var op = Reshape()
    op.allowzero = reader.assembly.graph.fact(target).integers.map { $0.contains(0) && !$0.contains(-1) } ?? false
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(op, x[0], target)] }
  }

  private static let transpose: Mapping = { (call, reader) throws(ModelError) in
    let order = try reader.integers(call, 1)
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(Transpose(perm: order), x[0])] }
  }

  private static let concatenation: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.ConcatenationOptions
    let options = call.options(Field.code)
    var op = Concat()
    op.axis = options[Field.axis]
    let activation = options[Field.fusedActivationFunction]
    try move(call, reader, inputs: Array(call.inputs.indices)) { (x) throws(ModelError) in
      let result = try reader.assembly.emit(op, operands: x)[0]
      return [activation == 0 ? result : try reader.activated(result, activation, for: reader.output(call))]
    }
  }

  /// Pads by axis, before and after, in rows; ours are all befores, then all afters.
  private static func amounts(_ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) -> ValueID {
    let index = try reader.index(call, 1)
    if let tensor = try reader.constant(of: index) {
      let rows = try tensor.integers()
      guard rows.count % 2 == 0 else { throw ModelError(.invalidGraph, "\(rows.count) pads") }
      return try reader.assembly.integers((0..<rows.count / 2).map { rows[2 * $0] } + (0..<rows.count / 2).map { rows[2 * $0 + 1] })
    }
    let columns = try reader.assembly.emit(Transpose(perm: [1, 0]), reader.wide(call, 1))
    return try reader.assembly.emit(Reshape(), columns, reader.assembly.integers([-1]))
  }

  private static let pad: Mapping = { (call, reader) throws(ModelError) in
    let pads = try amounts(call, reader)
    try move(call, reader, inputs: reader.has(call, 2) ? [0, 2] : [0]) { (x) throws(ModelError) in
      var value = x.count > 1 ? x[1] : nil
      // What stands for zero in a quantised tensor is its zero point.
      let tensor = try reader.tensor(reader.index(call, 0))
      if value == nil, let zero = tensor.quantization?.zeroPoints.first, zero != 0, let element = tensor.element,
        reader.assembly.element(of: x[0]) == element
      {
        value = reader.assembly.constant(try Tensor.scalar(zero).converted(to: element))
      }
      return [try reader.assembly.emit(Pad(), x[0], pads, value)]
    }
  }

  private static let mirrorPad: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.MirrorPadOptions
    guard call.options(Field.code)[Field.mode] == Schema.MirrorPadMode.reflect.rawValue else {
      throw ModelError(.unsupported, "padding that mirrors the border itself")
    }
    var op = Pad()
    op.mode = .reflect
    let pads = try amounts(call, reader)
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(op, x[0], pads)] }
  }

  /// SPLIT: axis, data. SPLIT_V: data, sizes, axis.
  private static let split: Mapping = { (call, reader) throws(ModelError) in
    let isEven = call.code == .split
    let axis = try reader.integers(call, isEven ? 0 : 2)
    guard axis.count == 1, !call.outputs.isEmpty else { throw ModelError(.invalidGraph, "axes \(axis)") }
    var op = Split()
    op.axis = axis[0]
    if isEven { op.numOutputs = call.outputs.count }
    let sizes = isEven ? nil : try reader.wide(call, 1)
    try move(call, reader, inputs: [isEven ? 1 : 0]) { (x) throws(ModelError) in
      if call.outputs.count == 1 { return [try reader.assembly.emit(Identity(), x[0])] }
      return try reader.assembly.emit(op, operands: [x[0], sizes], count: call.outputs.count)
    }
  }

  private static let pack: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.PackOptions
    let axis = call.options(Field.code)[Field.axis]
    try move(call, reader, inputs: Array(call.inputs.indices)) { (x) throws(ModelError) in
      var parts: [ValueID?] = []
      for value in x { parts.append(try reader.assembly.emit(Unsqueeze(), value, reader.assembly.integers([axis]))) }
      var op = Concat()
      op.axis = axis
      return [try reader.assembly.emit(op, operands: parts)[0]]
    }
  }

  private static let unpack: Mapping = { (call, reader) throws(ModelError) in
    typealias Field = Schema.UnpackOptions
    var op = Split()
    op.axis = call.options(Field.code)[Field.axis]
    op.numOutputs = call.outputs.count
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in
      let axes = try reader.assembly.integers([op.axis])
      if call.outputs.count == 1 { return [try reader.assembly.emit(Squeeze(), x[0], axes)] }
      var results: [ValueID] = []
      for part in try reader.assembly.emit(op, operands: [x[0]], count: call.outputs.count) {
        results.append(try reader.assembly.emit(Squeeze(), part, axes))
      }
      return results
    }
  }

  private static let tile: Mapping = { (call, reader) throws(ModelError) in
    let repeats = try reader.wide(call, 1)
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(Tile(), x[0], repeats)] }
  }

  private static let expandDims: Mapping = { (call, reader) throws(ModelError) in
    let axes = try reader.assembly.integers(reader.integers(call, 1))
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(Unsqueeze(), x[0], axes)] }
  }

  private static let squeeze: Mapping = { (call, reader) throws(ModelError) in
    let listed = call.options(Schema.SqueezeOptions.code)[Schema.SqueezeOptions.squeezeDims]
    let axes = listed.isEmpty ? nil : try reader.assembly.integers(listed)
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(Squeeze(), x[0], axes)] }
  }

  private static let broadcastTo: Mapping = { (call, reader) throws(ModelError) in
    let shape = try reader.wide(call, 1)
    try move(call, reader, inputs: [0]) { (x) throws(ModelError) in [try reader.assembly.emit(Expand(), x[0], shape)] }
  }

  private static let shape: Mapping = { (call, reader) throws(ModelError) in
    let result = try reader.assembly.emit(ShapeOf(), reader.stored(call, 0))
    let element = try reader.tensor(reader.output(call)).element ?? .int32
    try reader.define(reader.output(call), element == .int64 ? result : reader.assembly.emit(Cast(to: element), result))
  }

  private static let rank: Mapping = { (call, reader) throws(ModelError) in
    let number = try reader.assembly.rank(of: reader.stored(call, 0))
    let tensor = try Tensor(.int32, [], elements: [Int32(number)])
    try reader.define(reader.output(call), reader.assembly.emit(Identity(), reader.assembly.constant(tensor)))
  }

  private static let range: Mapping = { (call, reader) throws(ModelError) in
    let operands = try (reader.stored(call, 0), reader.stored(call, 1), reader.stored(call, 2))
    try reader.define(reader.output(call), reader.assembly.emit(RangeOf(), operands.0, operands.1, operands.2))
  }

  private static let fill: Mapping = { (call, reader) throws(ModelError) in
    let shape = try reader.wide(call, 0)
    try move(call, reader, inputs: [1]) { (x) throws(ModelError) in [try reader.assembly.emit(Expand(), x[0], shape)] }
  }

  /// Operands: positions, their number, the value there, the value elsewhere.
  private static let oneHot: Mapping = { (call, reader) throws(ModelError) in
    var op = OneHot()
    op.axis = call.options(Schema.OneHotOptions.code)[Schema.OneHotOptions.axis]
    let assembly = reader.assembly
    var concat = Concat()
    concat.axis = 0
    let axes = try assembly.integers([0])
    let off = try assembly.emit(Unsqueeze(), reader.stored(call, 3), axes)
    let on = try assembly.emit(Unsqueeze(), reader.stored(call, 2), axes)
    let values = try assembly.emit(concat, off, on)
    try reader.define(reader.output(call), assembly.emit(op, reader.wide(call, 0), reader.wide(call, 1), values))
  }
}
