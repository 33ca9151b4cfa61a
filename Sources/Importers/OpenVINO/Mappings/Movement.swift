import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readMovement() throws(ModelError) -> [ValueID]? {
    switch type {
    case "Concat":
      var concat = Concat()
      concat.axis = try integer("axis", 0)
      return try make(concat, inputs)
    case "Reshape":
      var reshape = Reshape()
      reshape.allowzero = !bool("special_zero")
      return try make(reshape, [input(0), input(1)])
    case "Transpose":
      var transpose = Transpose()
      let order = try constants(1)
      transpose.perm = order.isEmpty ? nil : order
      return try make(transpose, [input(0)])
    case "Squeeze": return try make(Squeeze(), inputs)
    case "Unsqueeze": return try make(Unsqueeze(), [input(0), input(1)])
    case "Tile": return try make(Tile(), [input(0), input(1)])
    case "Broadcast":
      guard ["numpy", "bidirectional"].contains(text("mode")) else { throw ModelError(.unsupported, "broadcasting by \(text("mode") ?? "")") }
      return try make(Expand(), [input(0), input(1)])
    case "Slice": return try make(Slice(), [input(0), input(1), input(2), input(4), input(3)])
    case "Split", "VariadicSplit": return try readSplit()
    case "Pad": return try readPad()
    case "DepthToSpace", "SpaceToDepth": return try readBlocks()
    default: return nil
    }
  }

  private func readSplit() throws(ModelError) -> [ValueID] {
    var split = Split()
    guard let axis = try constants(1).first else { throw layer.fault("a split along no axis") }
    split.axis = axis
    let count = layer.first("output")?.all("port").count ?? 0
    guard count > 0, count <= 1 << 16 else { throw layer.fault("a split into \(count) parts") }
    let name = layer.attributes["name"] ?? ""
    if type == "VariadicSplit" { return try network.add(split, [input(0), input(2)], count: count, named: name) }
    split.numOutputs = count
    return try network.add(split, [input(0)], count: count, named: name)
  }

  private func readPad() throws(ModelError) -> [ValueID] {
    var pad = Pad()
    guard let mode = Pad.Mode(rawValue: text("pad_mode") ?? ""), mode != .wrap else { throw layer.fault("pad_mode \(text("pad_mode") ?? "")") }
    pad.mode = mode
    let amounts: ValueID
    if let before = try fact(1).integers, let after = try fact(2).integers {
      amounts = try network.integers(before + after)
    } else {
      amounts = network.one(Concat(), [try input(1), try input(2)])
    }
    return try make(pad, [input(0), amounts] + (inputs.count > 3 ? [input(3)] : []))
  }

  private func readBlocks() throws(ModelError) -> [ValueID] {
    let order: BlockOrder = text("mode") == "depth_first" ? .columnFirst : .depthFirst
    if type == "DepthToSpace" {
      var op = DepthToSpace()
      (op.blocksize, op.mode) = (try integer("block_size", 1), order)
      return try make(op, [input(0)])
    }
    var op = SpaceToDepth()
    (op.blocksize, op.mode) = (try integer("block_size", 1), order)
    return try make(op, [input(0)])
  }
}
