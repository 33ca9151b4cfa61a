import Diagnostics
import GraphIR
import Operators
import Retargeting
import Rewriting
import Tensors

/// How `Gather` is computed.
private enum GatherForm {
  /// The one element along an axis that the Mat leaves out.
  case whole
  /// Constant positions along an axis of the Mat.
  case crops(position: Int, [Int])
  /// Rows of a constant table, by 32-bit integers.
  case table(Tensor)
  /// Rows of a small constant table, by comparison with every position: the positions are floats.
  case comparison(Tensor)
  /// Positions that are computed along an axis of the Mat, whose size is known.
  case picked(position: Int, size: Int)
}

extension Gather: NCNNWritable {
  var takesIntegers: Bool { true }

  /// Rows that are found by comparison, at most.
  private static let comparisonLimit = 4096

  func dataOperands(_ node: SubjectNode) -> [Int] {
    if node.operand(0)?.constant != nil { return [1] }
    return node.operand(1)?.integers != nil ? [0] : [0, 1]
  }

  private func form(_ node: SubjectNode) throws(ModelError) -> GatherForm {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape) else { throw ModelError(.unsupported, "a tensor of unknown rank") }
    let along = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(along) else { throw ModelError(.unsupported, "axis \(axis)") }
    if let table = node.operand(0)?.constant, node.operand(1)?.integers == nil {
      if along == 0, node.readsWords(operand: 1) { return .table(table) }
      if along == 0, table.shape[0] <= Self.comparisonLimit { return .comparison(table) }
    }
    guard let indices = node.operand(1)?.integers else { return try picks(shape, layout, along) }
    if shape[along] == 1, layout.position(of: along) == nil, indices.count == 1, indices[0] == 0 || indices[0] == -1 { return .whole }
    guard let position = layout.position(of: along), let size = shape[along].number else {
      throw ModelError(.unsupported, "positions along an axis whose size is not known, or that a Mat leaves out")
    }
    let places = indices.map { $0 < 0 ? $0 + size : $0 }
    guard places.allSatisfy({ $0 >= 0 && $0 < size }), Self.runs(places).count <= 64 else { throw ModelError(.unsupported, "\(indices.count) scattered positions") }
    return .crops(position: position, places)
  }

  private func picks(_ shape: [Dim], _ layout: MatLayout, _ axis: Int) throws(ModelError) -> GatherForm {
    guard let size = shape[axis].number, size <= LayerWriter.positionLimit else {
      throw ModelError(.unsupported, "positions that are computed, along an axis whose size is not known or more than \(LayerWriter.positionLimit)")
    }
    guard let position = layout.position(of: axis) else { throw ModelError(.unsupported, "positions along an axis that a Mat leaves out") }
    return .picked(position: position, size: size)
  }

  /// Why elements cannot be picked along an axis of the Mat.
  private func pickLimits(_ node: SubjectNode, _ position: Int, _ size: Int) -> Rejection? {
    guard let own = node.layout(ofOperand: 0)?.sizes, let places = node.layout(ofOperand: 1)?.sizes, let to = node.layout(ofResult: 0)?.sizes else {
      return Rejection(.dynamicShape, "a value of unknown rank")
    }
    let count = places.reduce(Dim.number(1), *)
    var (others, result) = (own, own)
    others.remove(at: position)
    result[position] = count
    let rest = others.reduce(Dim.number(1), *)
    return node.reshapeLimits(places, [count]) ?? node.reshapeLimits([.number(size)] + others, [.number(size), rest])
      ?? node.reshapeLimits([count, rest], [count] + others) ?? node.reshapeLimits(result, to)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    do {
      let form = try form(node)
      if case .crops = form { return nil }
      if case .whole = form { return node.reshapeLimits() }
      if case .picked(let position, let size) = form { return pickLimits(node, position, size) }
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
    case .whole: return [try out.reshape(try out.operand(0), to: goal)]
    case .crops(let position, let places): return [try out.reshape(crops(try out.operand(0), position, places, out), to: goal)]
    case .picked(let position, let size): return [try out.reshape(picked(try out.operand(0), position, size, try rows(out), out), to: goal)]
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

  /// Slices along an axis of the Mat, at positions that are computed.
  private func picked(_ x: Blob, _ position: Int, _ size: Int, _ places: Blob, _ out: LayerWriter) throws(ModelError) -> Blob {
    let order = [position] + x.sizes.indices.filter { $0 != position }
    let moved = try out.permute(x, order)
    let others = Array(moved.sizes.dropFirst())
    let flat = try out.reshape(moved, to: [.number(size), others.reduce(.number(1), *)])
    let taken = try out.rows(of: flat, size, at: out.wrapped(places, size))
    let whole = try out.reshape(taken, to: places.sizes + others)
    return try out.permute(whole, order.indices.map { order.firstIndex(of: $0) ?? $0 })
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
