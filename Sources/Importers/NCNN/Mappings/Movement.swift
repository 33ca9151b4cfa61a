import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readMovement() throws(ModelError) -> [ValueID]? {
    switch type {
    case "Reshape": return [try reshape()]
    case "Permute": return [try permute()]
    case "Crop": return [try crop()]
    case "Flip": return [try flip()]
    case "Slice": return try slice()
    case "Concat":
      var op = Concat()
      op.axis = try axis(int(0), input())
      return [try one(op, inputs)]
    case "Tile":
      guard let repeats = try ints(2), repeats.count == (try rank(input())) else { throw ModelError(.unsupported, "a Tile without repeats for each axis") }
      return [try one(Operators.Tile(), [try input(), network.integers(repeats)])]
    case "Padding": return [try padding()]
    case "PixelShuffle":
      var op = DepthToSpace()
      (op.blocksize, op.mode) = (try size(0), try int(1) == 1 ? .depthFirst : .columnFirst)
      return [try squeezed(one(op, [try unsqueezed(input())]))]
    case "Reorg":
      var op = SpaceToDepth()
      (op.blocksize, op.mode) = (try size(0), try int(1) == 1 ? .depthFirst : .columnFirst)
      return [try squeezed(one(op, [try unsqueezed(input())]))]
    default: return nil
    }
  }

  private func reshape() throws(ModelError) -> ValueID {
    if let expressions = try text(6) { return try reshape(expressions) }
    let keys = line.parameters[11] != nil ? [2, 11, 1, 0] : line.parameters[2] != nil ? [2, 1, 0] : line.parameters[1] != nil ? [1, 0] : [0]
    var sizes: [Int] = []
    for key in keys { sizes.append(try size(key, -1, atLeast: -1)) }
    guard !sizes.contains(0) else { throw ModelError(.unsupported, "a reshape that keeps a size") }
    return try one(Reshape(), [try input(), network.integers(sizes)])
  }

  private func reshape(_ text: String) throws(ModelError) -> ValueID {
    var parser = SizeExpression(text, self)
    let sizes = try parser.list()
    var concat = Concat()
    concat.axis = 0
    return try one(Reshape(), [try input(), sizes.count == 1 ? sizes[0] : one(concat, Array(sizes.reversed()))])
  }

  private func permute() throws(ModelError) -> ValueID {
    let x = try input()
    let names = [
      ["w"], ["wh", "hw"], ["whc", "hwc", "wch", "cwh", "hcw", "chw"],
      [
        "whdc", "hwdc", "wdhc", "dwhc", "hdwc", "dhwc", "whcd", "hwcd", "wchd", "cwhd", "hcwd", "chwd", "wdch", "dwch", "wcdh", "cwdh",
        "dcwh", "cdwh", "hdcw", "dhcw", "hcdw", "chdw", "dchw", "cdhw",
      ],
    ]
    let (rank, code) = (try rank(x), try int(0))
    guard (1...4).contains(rank), names[rank - 1].indices.contains(code) else { throw ModelError(.malformed, "order \(code) of \(rank) axes") }
    let letters = SizeExpression.letters(rank)
    return try one(Transpose(perm: names[rank - 1][code].reversed().compactMap { letters.firstIndex(of: $0) }), [x])
  }

  private func crop() throws(ModelError) -> ValueID {
    guard let starts = try ints(9), let ends = try ints(10), let axes = try ints(11), starts.count == ends.count, axes.count == ends.count else {
      throw ModelError(.unsupported, "a Crop without starts, ends and axes")
    }
    let last = ends.map { $0 == -233 ? Int(Int32.max) : $0 }
    return try one(Slice(), [try input(), network.integers(starts), network.integers(last), network.integers(axes)])
  }

  private func flip() throws(ModelError) -> ValueID {
    let axes = try ints(0) ?? []
    func all(_ value: Int) throws(ModelError) -> ValueID { try network.integers(axes.map { _ in value }) }
    return try one(Slice(), [try input(), all(-1), all(-Int(Int32.max)), network.integers(axes), all(-1)])
  }

  private func slice() throws(ModelError) -> [ValueID] {
    let x = try input()
    let along = try axis(int(1), x)
    guard var lengths = try ints(0), lengths.count == line.outputs.count, !lengths.isEmpty else { throw ModelError(.malformed, "lengths for other parts") }
    var op = Split()
    op.axis = along
    if lengths.allSatisfy({ $0 == -233 }) {
      op.numOutputs = lengths.count
      return try network.add(op, [x], count: lengths.count)
    }
    guard let last = lengths.popLast(), lengths.allSatisfy({ $0 > 0 }) else { throw ModelError(.malformed, "parts of lengths \(lengths)") }
    if last == -233 { return try openParts(x, along, lengths) }
    return try network.add(op, [x, network.integers(lengths + [last])], count: lengths.count + 1)
  }

  /// Parts of known lengths, and one with the rest.
  private func openParts(_ x: ValueID, _ axis: Int, _ lengths: [Int]) throws(ModelError) -> [ValueID] {
    var (parts, start) = ([ValueID](), 0)
    for length in lengths + [Int(Int32.max)] {
      let (sum, overflow) = start.addingReportingOverflow(length)
      guard !overflow else { throw ModelError(.malformed, "parts of lengths \(lengths)") }
      let bounds = [start, min(sum, Int(Int32.max))]
      parts.append(try one(Slice(), [x, network.integers([bounds[0]]), network.integers([bounds[1]]), network.integers([axis])]))
      start = sum
    }
    return parts
  }

  private func padding() throws(ModelError) -> ValueID {
    let x = try input()
    let rank = try rank(x)
    var (before, after) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    for (index, keys) in [(2, 3), (0, 1), (7, 8)].enumerated() where index < rank {
      (before[rank - 1 - index], after[rank - 1 - index]) = (try size(keys.0, 0, atLeast: 0), try size(keys.1, 0, atLeast: 0))
    }
    let modes: [Pad.Mode] = [.constant, .edge, .reflect]
    let kind = try int(4)
    guard modes.indices.contains(kind) else { throw ModelError(.unsupported, "padding of type \(kind)") }
    var op = Pad()
    op.mode = modes[kind]
    return try one(op, [x, network.integers(before + after), op.mode == .constant ? scalar(float(5, 0)) : nil])
  }
}

/// Sizes in terms of the operands' sizes, innermost first: `-1,*(0h,2),0c`.
struct SizeExpression {
  private let characters: [Character]
  private var position = 0
  private let layer: LayerReading
  private static let depthLimit = 16

  init(_ text: String, _ layer: LayerReading) {
    characters = Array(text)
    self.layer = layer
  }

  /// The letters of a Mat's axes, outermost first.
  static func letters(_ rank: Int) -> [Character] { Array(["", "w", "hw", "chw", "cdhw"][min(max(rank, 0), 4)]) }

  /// Vectors of one element each, at most four.
  mutating func list() throws(ModelError) -> [ValueID] {
    var sizes = [try size(0)]
    while position < characters.count {
      try expect(",")
      sizes.append(try size(0))
    }
    guard sizes.count <= 4 else { throw fault }
    return sizes
  }

  private var fault: ModelError { ModelError(.malformed, "\"\(String(characters))\" says no sizes") }

  private mutating func expect(_ character: Character) throws(ModelError) {
    guard position < characters.count, characters[position] == character else { throw fault }
    position += 1
  }

  private mutating func size(_ depth: Int) throws(ModelError) -> ValueID {
    guard depth < Self.depthLimit, position < characters.count else { throw fault }
    let first = characters[position]
    if (first == "*" || first == "+"), position + 1 < characters.count, characters[position + 1] == "(" {
      position += 2
      let a = try size(depth + 1)
      try expect(",")
      let b = try size(depth + 1)
      try expect(")")
      return try first == "*" ? layer.one(Mul(), [a, b]) : layer.one(Add(), [a, b])
    }
    let start = position
    if first == "-" { position += 1 }
    while position < characters.count, characters[position].isASCII, characters[position].isNumber { position += 1 }
    guard let number = Int(String(characters[start..<position])) else { throw fault }
    guard position < characters.count, "whdc".contains(characters[position]) else { return try layer.network.integers([number]) }
    let operand = try layer.input(number < 0 ? Int.max : number)
    guard let axis = Self.letters(try layer.rank(operand)).firstIndex(of: characters[position]) else { throw fault }
    position += 1
    var shape = ShapeOf()
    (shape.start, shape.end) = (axis, axis + 1)
    return try layer.one(shape, [operand])
  }
}
