import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// `c · a + (1 − c) · b` where both are surely finite: what is left out would not be harmless otherwise. Else the elements are copied.
extension Where: NCNNWritable {
  var takesIntegers: Bool { true }

  private enum Form { case arithmetic, whole, elements }

  private func form(_ node: SubjectNode) -> Form? {
    let operands = node.graph[node.id].operands
    guard let goal = node.layout(ofResult: 0)?.sizes, let shape = node.result(0).shape, operands.count == 3 else { return nil }
    if operands.dropFirst().allSatisfy({ $0.map(node.graph.isSurelyFinite) ?? true }) { return .arithmetic }
    let numbers = goal.compactMap(\.number)
    if node.operand(0)?.shape?.allSatisfy({ $0 == 1 }) == true {
      let isExpandable = (1...2).allSatisfy { index in
        let own = node.operand(index)?.shape?.aligned(to: MatLayout(shape)?.axes ?? [], ofRank: shape.count) ?? []
        return own == goal || numbers.count == goal.count
      }
      let count = goal.reduce(Dim.number(1), *)
      if isExpandable, node.reshapeLimits(goal, [count, 1, 1]) == nil, node.reshapeLimits([count, 1, 1], goal) == nil { return .whole }
    }
    guard numbers.count == goal.count, let columns = numbers.last, columns <= LayerWriter.positionLimit,
      2 * numbers.dropLast().reduce(1, *) <= LayerWriter.positionLimit
    else { return nil }
    return .elements
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if form(node) != nil { return nil }
    return Rejection(.dynamicShape, "a choice between numbers one of which may be infinite: ncnn copies elements by position, of Mats whose sizes are known")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let form = form(node) ?? .arithmetic
    if form == .arithmetic { return [try out.weighed(node)] }
    guard let shape = node.result(0).shape, let layout = MatLayout(shape) else { throw ModelError(.notExpressible, "no layout") }
    var operands: [Blob] = []
    for index in 0..<3 {
      guard let own = node.operand(index)?.shape else { throw ModelError(.notExpressible, "operand \(index) has no shape") }
      let blob = try out.operand(index, as: own.aligned(to: layout.axes, ofRank: shape.count))
      operands.append(index == 0 && form == .whole ? blob : try out.expanded(blob, to: layout.sizes))
    }
    return [form == .whole ? try out.chosenWhole(operands[0], operands[1], operands[2]) : try out.chosen(operands[0], operands[1], operands[2])]
  }
}

/// The element at each position of an axis that indices tell: data and indices have the same other sizes.
extension GatherElements: NCNNWritable {
  var takesIntegers: Bool { true }

  /// Rows, their length, and how many are taken of each.
  private func sizes(_ node: SubjectNode) -> (axis: Int, data: [Int], indices: [Int])? {
    guard let data = node.operand(0)?.shape?.compactMap(\.number), let indices = node.operand(1)?.shape?.compactMap(\.number),
      let rank = node.operand(0)?.shape?.count, data.count == rank, indices.count == rank
    else { return nil }
    let along = axis < 0 ? axis + rank : axis
    guard data.indices.contains(along), data.indices.allSatisfy({ $0 == along || data[$0] == indices[$0] }) else { return nil }
    return (along, data, indices)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let (along, data, _) = sizes(node) else { return Rejection(.dynamicShape, "positions in a tensor of unknown size, or in a part of it") }
    let rows = data.reduce(1, *) / max(data[along], 1)
    return max(rows, data[along]) <= LayerWriter.positionLimit ? nil : Rejection(.size, "positions among more than \(LayerWriter.positionLimit) elements")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (along, data, indices) = sizes(node) else { throw ModelError(.notExpressible, "no sizes") }
    let last = AxisLast(along, data)
    let rows = last.outer.reduce(1, *)
    let x = try last.rows(of: out.operand(0, as: last.mat(data)), out)
    let places = try last.rows(of: out.operand(1, as: last.mat(indices)), out)
    let taken = try out.elements(of: x, rows, data[along], at: out.wrapped(places, data[along]))
    return [try out.reshape(last.restored(taken, indices[along], out), to: out.sizes(of: node.result(0)))]
  }
}

/// A tensor seen as blocks before an axis, the axis, and what is behind it.
struct AxisLast {
  private let before: Int
  private let behind: Int
  /// Sizes of the rows' order: blocks, then what is behind.
  var outer: [Int] { [before, behind] }

  init(_ axis: Int, _ sizes: [Int]) {
    before = sizes[..<axis].reduce(1, *)
    behind = sizes[(axis + 1)...].reduce(1, *)
  }

  /// `[before, along, behind]`.
  func mat(_ sizes: [Int]) -> [Dim] { [.number(before), .number(sizes.reduce(1, *) / max(before * behind, 1)), .number(behind)] }

  /// `[before, along, behind]` as `[before · behind, along]`.
  func rows(of x: Blob, _ out: LayerWriter) throws(ModelError) -> Blob {
    let moved = behind == 1 ? x : try out.permute(x, [0, 2, 1])
    return try out.reshape(moved, to: [.number(before * behind), x.sizes[1]])
  }

  /// `[before · behind, count]` as `[before, count, behind]`.
  func restored(_ rows: Blob, _ count: Int, _ out: LayerWriter) throws(ModelError) -> Blob {
    let cut = try out.reshape(rows, to: [.number(before), .number(behind), .number(count)])
    return behind == 1 ? cut : try out.permute(cut, [0, 2, 1])
  }
}
