import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

/// How `Gather` is computed.
private enum GatherForm {
  /// Constant positions along an axis of the Mat.
  case crops(position: Int, [Int])
  /// Rows of a constant table, by 32-bit integers.
  case table(Tensor)
  /// Rows of a small constant table, by comparison with every position: the positions are floats.
  case comparison(Tensor)
}

extension Gather: NCNNWritable {
  var takesIntegers: Bool { true }

  /// Rows that are found by comparison, at most.
  private static let comparisonLimit = 4096

  func dataOperands(_ node: SubjectNode) -> [Int] { node.operand(0)?.constant != nil ? [1] : [0] }

  private func form(_ node: SubjectNode) throws(ModelError) -> GatherForm {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape) else { throw ModelError(.unsupported, "a tensor of unknown rank") }
    let along = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(along) else { throw ModelError(.unsupported, "axis \(axis)") }
    if let table = node.operand(0)?.constant, node.operand(1)?.integers == nil {
      guard along == 0 else { throw ModelError(.unsupported, "positions along axis \(along) of a table: ncnn selects rows") }
      if node.readsWords(operand: 1) { return .table(table) }
      guard table.shape[0] <= Self.comparisonLimit else {
        throw ModelError(.unsupported, "positions that are computed, among \(table.shape[0]) rows: ncnn turns no float into an integer")
      }
      return .comparison(table)
    }
    guard let indices = node.operand(1)?.integers else { throw ModelError(.unsupported, "positions that are not constants in data that is none") }
    guard let position = layout.position(of: along), let size = shape[along].number else {
      throw ModelError(.unsupported, "positions along an axis whose size is not known, or that a Mat leaves out")
    }
    let places = indices.map { $0 < 0 ? $0 + size : $0 }
    guard places.allSatisfy({ $0 >= 0 && $0 < size }), Self.runs(places).count <= 64 else { throw ModelError(.unsupported, "\(indices.count) scattered positions") }
    return .crops(position: position, places)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    do {
      if case .crops = try form(node) { return nil }
      guard let own = node.layout(ofOperand: 1)?.sizes, let table = node.operand(0)?.shape, let to = node.layout(ofResult: 0)?.sizes else {
        return Rejection(.dynamicShape, "a value of unknown rank")
      }
      let rows = own.reduce(Dim.number(1), *)
      return node.reshapeLimits(own, [rows]) ?? node.reshapeLimits([rows, table.dropFirst().reduce(.number(1), *)], to)
    } catch {
      return Rejection(.operand, error.message, remedy: "fix the sizes with --shape")
    }
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let goal = try out.sizes(of: node.result(0))
    switch try form(node) {
    case .crops(let position, let places): return [try out.reshape(crops(try out.operand(0), position, places, out), to: goal)]
    case .table(let table): return [try out.reshape(embed(table, try rows(out), out), to: goal)]
    case .comparison(let table):
      let places = try rows(out)
      let size = table.shape[0]
      let row = try out.constant(Tensor(.float32, [1, size], elements: (0..<size).map(Float.init)), [1, .number(size)])
      let difference = out.binary(.sub, try out.reshape(places, to: places.sizes + [1]), row)
      let chosen = out.complement(out.isPositive(out.unary(.abs, difference)))
      let columns = table.count / max(size, 1)
      let flat = try table.reshaped(to: [size, columns])
      return [try out.reshape(out.product(chosen, withRowsOf: try flat.exchanged()), to: goal)]
    }
  }

  /// The positions as a Mat of one axis.
  private func rows(_ out: LayerWriter) throws(ModelError) -> Blob {
    let places = try out.operand(1)
    return try out.reshape(places, to: [places.sizes.reduce(Dim.number(1), *)])
  }

  private func embed(_ table: Tensor, _ places: Blob, _ out: LayerWriter) -> Blob {
    let columns = table.count / max(table.shape[0], 1)
    let parameters: [(key: Int, value: Parameter)] = [(0, .int(columns)), (1, .int(table.shape[0])), (2, .int(0)), (3, .int(table.count))]
    return out.layer("Embed", [places], parameters, weights: [.tagged(table)], sizes: places.sizes + [.number(columns)])
  }

  /// Ascending neighbours, as ranges.
  private static func runs(_ places: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for place in places {
      if let last = runs.last, last.upperBound == place { runs[runs.count - 1] = last.lowerBound..<place + 1 } else { runs.append(place..<place + 1) }
    }
    return runs
  }

  private func crops(_ x: Blob, _ position: Int, _ places: [Int], _ out: LayerWriter) -> Blob {
    let parts = Self.runs(places).map { run -> Blob in
      var sizes = x.sizes
      if sizes[position] == .number(run.count) { return x }
      sizes[position] = .number(run.count)
      return out.layer("Crop", [x], [(9, .ints([run.lowerBound])), (10, .ints([run.upperBound])), (11, .ints([position]))], sizes: sizes)
    }
    guard parts.count != 1 else { return parts[0] }
    var sizes = x.sizes
    sizes[position] = .number(places.count)
    return out.layer("Concat", parts, [(0, .int(position))], sizes: sizes)
  }
}

extension SubjectNode {
  /// True when an operand is an input of the model, moved about at most, whose elements all end as positions in tables: it is read
  /// as 32-bit integers. Any other integer is a float.
  func readsWords(operand index: Int) -> Bool {
    guard let value = graph[id].operands.indices.contains(index) ? graph[id].operands[index] : nil else { return false }
    return graph.holdsWords(value)
  }
}

extension Graph {
  /// See `readsWords`.
  package func holdsWords(_ value: ValueID) -> Bool {
    var source = value
    while let producer = producer(of: source) {
      guard let next = self[producer].operands.first.flatMap(\.self), movesWords(producer) else { return false }
      source = next
    }
    guard inputs.contains(source), defaults[source] == nil, fact(source).element?.isInteger == true else { return false }
    var open = [source]
    while let next = open.popLast() {
      if self[next].isOutput { return false }
      for use in self[next].uses {
        if self[use.node].op is Gather, use.operand == 1, selectsRows(use.node) { continue }
        guard use.operand == 0, movesWords(use.node) else { return false }
        open += self[use.node].results
      }
    }
    return true
  }

  /// A node that hands on the elements of its first operand.
  private func movesWords(_ node: NodeID) -> Bool {
    switch self[node].op {
    case is Identity, is Reshape, is Flatten, is Squeeze, is Unsqueeze, is Transpose, is Slice, is Split: return true
    case let cast as Cast: return cast.to == .int64 || cast.to == .int32
    case is Gather: return self[node].operands.count > 1 && self[node].operands[1].map { fact($0).integers != nil } ?? false
    default: return false
    }
  }

  private func selectsRows(_ node: NodeID) -> Bool {
    guard let table = self[node].operands.first.flatMap(\.self), let gather = self[node].op as? Gather, let tensor = constant(table) else { return false }
    return gather.axis == 0 || gather.axis == -tensor.rank
  }
}
