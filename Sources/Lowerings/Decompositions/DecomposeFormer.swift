import GraphIR
import Operators
import Tensors

/// What takes the place of old forms of operators that are no special case of the newest one, and so are never typed.
let formerDecompositions: [String: @Sendable (ForeignOperator, inout StepContext) throws(NotRepresentable) -> [ValueID?]] = [
  "GroupNormalization": { (op, context) throws(NotRepresentable) in [try context.scaledByGroup(op)] },
  "Tile": { (_, context) throws(NotRepresentable) in [try context.repeated()] },
]

extension StepContext {
  /// With a scale and a bias for every group, not every channel.
  fileprivate mutating func scaledByGroup(_ op: ForeignOperator) throws(NotRepresentable) -> ValueID {
    var (groups, epsilon): (Int?, Float) = (nil, 1e-5)
    for attribute in op.namedAttributes {
      switch (attribute.name, attribute.value) {
      case ("num_groups", .int(let number)): groups = Int(exactly: number)
      case ("epsilon", .float(let number)): epsilon = number
      default: throw NotRepresentable("attribute \"\(attribute.name)\" is not known")
      }
    }
    guard let groups, groups > 0, version != 0 else { throw NotRepresentable("attribute \"num_groups\" is missing") }
    let x = try required(0)
    let (y, _, _) = try standardize(reshape(x, [0, groups, -1]), axes: [2], epsilon: epsilon)
    let scaled = try emit(Mul(), y, unsqueeze(required(1), at: [1]))
    return try emit(Reshape(), emit(Add(), scaled, unsqueeze(required(2), at: [1])), shapeVector(of: x))
  }

  /// One axis alone, both it and the number of copies being operands.
  fileprivate mutating func repeated() throws(NotRepresentable) -> ValueID {
    let x = try required(0)
    let along = try axis(integer(required(2), what: "axis"), of: x)
    var counts = [Int](repeating: 1, count: try knownShape(x).count)
    counts[along] = try integer(required(1), what: "tiles")
    return try emit(Tile(), x, vector(counts))
  }
}
