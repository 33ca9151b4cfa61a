import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

extension Concat: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer("Concat", 1, out.allOperands, [("axis", String(axis))], as: node.result(0))]
  }
}

extension Reshape: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.reshape(try out.operand(0), to: try out.operand(1), shape: node.result(0).shape, specialZero: !allowzero)]
  }
}

extension Flatten: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    axis < 0 && node.operand(0)?.shape == nil ? Rejection(.rank, "an axis counted from the end of a tensor of unknown rank") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    return [try out.flatten(x, at: axis < 0 ? axis + (x.rank ?? 0) : axis)]
  }
}

extension LayerWriter {
  /// `wire` as a matrix, the axes from `axis` on being its columns.
  func flatten(_ wire: Wire, at axis: Int) throws(ModelError) -> Wire {
    if axis == 0 { return try reshape(wire, [1, -1]) }
    let columns = wire.shape.map { $0.dropFirst(axis).reduce(Dim.number(1), *) } ?? .unknown
    let rows = wire.shape.map { $0.prefix(axis).reduce(Dim.number(1), *) } ?? .unknown
    if axis == 1 { return reshape(wire, to: try integers([0, -1]), shape: [rows, columns], specialZero: true) }
    if let count = columns.number, count > 0 { return reshape(wire, to: try integers([-1, count]), shape: [rows, columns]) }
    if let count = rows.number, count > 0 { return reshape(wire, to: try integers([count, -1]), shape: [rows, columns]) }
    let sizes = try elements(Array(0..<axis), of: self.sizes(of: wire))
    let product = try reduce("ReduceProd", sizes, axes: [0], keep: true)
    return reshape(wire, to: concat([product, try integers([-1])], axis: 0, shape: [2]), shape: [rows, columns])
  }
}

/// The reversed order is spelled out where the rank is known: an empty list of axes brings the runtime down if nothing else has weights.
extension Transpose: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let x = try out.operand(0)
    let order = perm ?? x.rank.map { Array((0..<$0).reversed()) } ?? []
    return [out.layer("Transpose", 1, [x, try out.integers(order)], as: node.result(0))]
  }
}

extension Rejection {
  /// OpenVINO computes with tensors of a known rank.
  static let axesUnknown = Rejection(.operand, "axes that are not constants, so that the result's rank is not known")
}

extension Squeeze: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if let axes = node.operand(1) { return axes.constant == nil ? .axesUnknown : nil }
    return node.operand(0)?.shape?.contains { $0.number == nil } ?? true ? .openAxesSqueezed : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer("Squeeze", 1, out.allOperands, as: node.result(0))]
  }
}

extension Unsqueeze: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? { node.operand(1)?.constant == nil ? .axesUnknown : nil }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer("Unsqueeze", 1, [try out.operand(0), try out.operand(1)], as: node.result(0))]
  }
}

/// Computed repeats of several axes are a broadcast along new axes: the 2026.4 runtime's `Tile` writes what it likes for some of them.
extension Tile: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (x, repeats) = (try out.operand(0), try out.operand(1))
    guard node.operand(1)?.constant == nil, let shape = x.shape, shape.count > 1 else {
      return [out.layer("Tile", 1, [x, repeats], as: node.result(0))]
    }
    let sizes = try out.sizes(of: x)
    let ones = try out.unsqueeze(out.integers([Int](repeating: 1, count: shape.count)), 1)
    let column = try out.unsqueeze(sizes, 1)
    func inTurn(_ first: Wire) throws(ModelError) -> Wire {
      try out.reshape(out.concat([first, column], axis: 1, shape: [.number(shape.count), 2]), [2 * shape.count])
    }
    let spread = out.reshape(x, to: try inTurn(ones), shape: shape.flatMap { [1, $0] })
    let target = try inTurn(out.unsqueeze(repeats, 1))
    let wide = out.layer("Broadcast", 3, [spread, target], [("mode", "numpy")], gives: x.element, [Dim](repeating: .unknown, count: 2 * shape.count))
    return [out.reshape(wide, to: out.binary("Multiply", sizes, repeats), shape: node.result(0).shape)]
  }
}

extension Expand: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    [out.layer("Broadcast", 3, [try out.operand(0), try out.operand(1)], [("mode", "bidirectional")], as: node.result(0))]
  }
}

extension Slice: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard node.operand(Operand.axes) == nil || node.operand(Operand.steps) == nil else { return nil }
    let count = node.operand(Operand.starts)?.shape?.first?.number
    return count == nil ? Rejection(.operand, "starts of unknown length without axes or steps") : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let count = node.operand(Operand.starts)?.shape?.first?.number ?? 0
    let start = try out.operand(Operand.starts)
    let steps = try out.present(out.operandIfPresent(Operand.steps)) { () throws(ModelError) in
      try out.integers([Int](repeating: 1, count: count))
    }
    let axes = try out.present(out.operandIfPresent(Operand.axes)) { () throws(ModelError) in try out.integers(Array(0..<count)) }
    let bounds = [start, try out.operand(Operand.ends), out.convert(steps, to: start.element)]
    return [out.layer("Slice", 8, [try out.operand(0)] + bounds + [axes], as: node.result(0))]
  }
}

/// Lengths as an operand, or as many equal parts as there are results.
extension Split: OpenVINOWritable {
  private func length(_ node: SubjectNode) -> Int? {
    guard let shape = node.operand(0)?.shape else { return nil }
    let along = axis < 0 ? axis + shape.count : axis
    return shape.indices.contains(along) ? shape[along].number : nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let (data, along) = (try out.operand(0), try out.integer(axis))
    let outputs = (0..<node.resultCount).map { Layer.Output(element: data.element, shape: node.result($0).shape) }
    var lengths = out.operandIfPresent(Operand.split)
    if lengths == nil, let length = length(node), length % node.resultCount != 0 {
      let part = (length + node.resultCount - 1) / node.resultCount
      lengths = try out.integers((0..<node.resultCount).map { min(part, max(0, length - $0 * part)) })
    } else if lengths == nil, numOutputs != nil, length(node) == nil, node.resultCount > 1 {
      lengths = try computedLengths(of: data, count: node.resultCount, out)
    }
    if let lengths {
      return out.layer(Layer(name: "", type: "VariadicSplit", opset: 1, inputs: [data, along, lengths], outputs: outputs))
    }
    return out.layer(
      Layer(name: "", type: "Split", opset: 1, data: [("num_splits", String(node.resultCount))], inputs: [data, along], outputs: outputs))
  }
}

extension Split {
  /// Parts of `⌈size / count⌉` elements, the last of what is left.
  fileprivate func computedLengths(of data: Wire, count: Int, _ out: LayerWriter) throws(ModelError) -> Wire {
    let along = axis < 0 ? axis + (data.rank ?? 0) : axis
    let size = try out.elements([along], of: out.sizes(of: data))
    let part = out.binary("Divide", out.binary("Add", size, try out.integer(count - 1)), try out.integer(count))
    let starts = out.binary("Multiply", part, try out.integers(Array(0..<count)))
    let left = out.binary("Maximum", out.binary("Subtract", size, starts), try out.integer(0))
    return out.binary("Minimum", left, part)
  }
}

extension Pad: OpenVINOWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    if mode == .wrap { return Rejection(.attribute, "mode wrap: OpenVINO pads with a constant, the edge or a reflection") }
    guard let axes = node.operand(Operand.axes) else { return nil }
    guard axes.integers != nil, node.operand(Operand.pads)?.integers != nil, node.operand(0)?.shape != nil else {
      return Rejection(.operand, "pads for some axes only, that are not constants")
    }
    return nil
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = try out.operand(0)
    let (before, after) = try amounts(node, out)
    var operands = [data, before, after]
    if mode == .constant {
      operands.append(try out.scalarOperand(Operand.value.rawValue) { () throws(ModelError) in try out.scalar(0, data.element) })
    }
    return [out.layer("Pad", 12, operands, [("pad_mode", mode.rawValue)], as: node.result(0))]
  }

  private func amounts(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> (Wire, Wire) {
    if let axes = node.operand(Operand.axes)?.integers, let pads = node.operand(Operand.pads)?.integers, let rank = node.operand(0)?.shape?.count {
      var (before, after) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
      for (index, axis) in axes.enumerated() {
        let along = axis < 0 ? axis + rank : axis
        guard before.indices.contains(along), index + axes.count < pads.count else { continue }
        before[along] = pads[index]
        after[along] = pads[index + axes.count]
      }
      return (try out.integers(before), try out.integers(after))
    }
    if let pads = node.operand(Operand.pads)?.integers {
      return (try out.integers(Array(pads.prefix(pads.count / 2))), try out.integers(Array(pads.suffix(pads.count / 2))))
    }
    let pads = try out.operand(Operand.pads)
    let half: [Dim]? = pads.shape.map { [$0.first?.floorDivided(by: 2) ?? .unknown] }
    let parts = out.layer(
      Layer(
        name: "", type: "Split", opset: 1, data: [("num_splits", "2")], inputs: [pads, try out.integer(0)],
        outputs: [.init(element: pads.element, shape: half), .init(element: pads.element, shape: half)]))
    return (parts[0], parts[1])
  }
}

extension DepthToSpace: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = [("mode", mode == .depthFirst ? "blocks_first" : "depth_first"), ("block_size", String(blocksize))]
    return [out.layer("DepthToSpace", 1, [try out.operand(0)], data, as: node.result(0))]
  }
}

extension SpaceToDepth: OpenVINOWritable {
  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Wire] {
    let data = [("mode", mode == .depthFirst ? "blocks_first" : "depth_first"), ("block_size", String(blocksize))]
    return [out.layer("SpaceToDepth", 1, [try out.operand(0)], data, as: node.result(0))]
  }
}
