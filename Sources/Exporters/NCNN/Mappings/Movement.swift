import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension Concat: NCNNWritable {
  var takesIntegers: Bool { true }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let rank = node.result(0).shape?.count, let layout = node.layout(ofResult: 0) else { return Rejection(.dynamicShape, "a value of unknown rank") }
    let along = axis < 0 ? axis + rank : axis
    return layout.position(of: along) == nil && node.operandCount > 1 ? Rejection(.rank, "parts along an axis that a Mat leaves out") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let shape = node.result(0).shape, let layout = MatLayout(shape) else { throw ModelError(.notExpressible, "no layout") }
    var parts: [Blob] = []
    for index in 0..<node.operandCount {
      guard let own = node.operand(index)?.shape else { throw ModelError(.notExpressible, "operand \(index) has no shape") }
      parts.append(try out.operand(index, as: own.aligned(to: layout.axes, ofRank: shape.count)))
    }
    guard parts.count > 1, let along = layout.position(of: axis < 0 ? axis + shape.count : axis) else { return [parts.first] }
    return [out.layer("Concat", parts, [(0, .int(along))], sizes: layout.sizes)]
  }
}

extension Split: NCNNWritable {
  var takesIntegers: Bool { true }
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  private func along(_ node: SubjectNode) -> (axis: Int, position: Int)? {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape) else { return nil }
    let axis = axis < 0 ? axis + shape.count : axis
    return layout.position(of: axis).map { (axis, $0) }
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    guard let (axis, _) = along(node) else { return Rejection(.rank, "parts along an axis that a Mat leaves out") }
    let sizes = (0..<node.resultCount).map { node.result($0).shape?[axis].number }
    return sizes.dropLast().contains(nil) ? Rejection(.dynamicShape, "parts of unknown size") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (axis, position) = along(node) else { throw ModelError(.notExpressible, "no axis") }
    let x = try out.operand(0)
    var (sizes, lengths) = ([[Dim]](), [Int]())
    for index in 0..<node.resultCount {
      let length = node.result(index).shape?[axis] ?? .unknown
      var part = x.sizes
      part[position] = length
      sizes.append(part)
      lengths.append(length.number ?? -233)
    }
    let parts = out.layer("Slice", [x], [(0, .ints(lengths)), (1, .int(position))], outputs: sizes)
    var results: [Blob?] = []
    for (index, part) in parts.enumerated() { results.append(try out.reshape(part, to: out.sizes(of: node.result(index)))) }
    return results
  }
}

extension Pad: NCNNWritable {
  func dataOperands(_ node: SubjectNode) -> [Int] { [0] }

  /// What is added before and behind each axis of the Mat; `nil` where that is not known or lies outside.
  private func amounts(_ node: SubjectNode) -> (before: [Int], after: [Int])? {
    guard let shape = node.operand(0)?.shape, let layout = MatLayout(shape), let pads = node.operand(Operand.pads)?.integers else { return nil }
    let axes = node.operand(Operand.axes) == nil ? Array(shape.indices) : node.operand(Operand.axes)?.integers ?? []
    guard pads.count == 2 * axes.count, pads.allSatisfy({ $0 >= 0 }) else { return nil }
    var (before, after) = ([Int](repeating: 0, count: layout.sizes.count), [Int](repeating: 0, count: layout.sizes.count))
    for (index, axis) in axes.enumerated() where pads[index] != 0 || pads[index + axes.count] != 0 {
      guard let position = layout.position(of: axis < 0 ? axis + shape.count : axis) else { return nil }
      (before[position], after[position]) = (pads[index], pads[index + axes.count])
    }
    return (before, after)
  }

  func limits(_ node: SubjectNode) -> Rejection? {
    if mode == .wrap { return Rejection(.attribute, "mode wrap: ncnn pads with a constant, the edge or a reflection") }
    guard let (before, after) = amounts(node) else { return Rejection(.operand, "pads that are not constants, negative, or of an axis that a Mat leaves out") }
    if before.count == 4, before[0] != 0 || after[0] != 0 { return Rejection(.rank, "pads of the outermost of four axes") }
    if let value = node.operand(Operand.value), value.number?.isFinite != true, mode == .constant { return Rejection(.operand, "padding with a number that is not a constant") }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    guard let (before, after) = amounts(node) else { throw ModelError(.notExpressible, "no pads") }
    let x = try out.operand(0)
    let kind = mode == .edge ? 1 : mode == .reflect ? 2 : 0
    // By axis from the innermost: left and right, top and bottom, front and behind.
    var parameters: [(key: Int, value: Parameter)] = [(4, .int(kind)), (5, .float(node.operand(Operand.value)?.number ?? 0))]
    for (index, keys) in zip(0..<3, [(2, 3), (0, 1), (7, 8)]) where index < before.count {
      parameters += [(keys.0, .int(before[before.count - 1 - index])), (keys.1, .int(after[before.count - 1 - index]))]
    }
    let sizes = x.sizes.indices.map { x.sizes[$0] + .number(before[$0] + after[$0]) }
    return [try out.reshape(out.layer("Padding", [x], parameters, sizes: sizes), to: out.sizes(of: node.result(0)))]
  }
}

extension DepthToSpace: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.windowLimits() }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    [try out.layer("PixelShuffle", [try out.operand(0)], [(0, .int(blocksize)), (1, .int(mode == .depthFirst ? 1 : 0))], as: node.result(0))]
  }
}

extension SpaceToDepth: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.windowLimits() }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    [try out.layer("Reorg", [try out.operand(0)], [(0, .int(blocksize)), (1, .int(mode == .depthFirst ? 1 : 0))], as: node.result(0))]
  }
}
