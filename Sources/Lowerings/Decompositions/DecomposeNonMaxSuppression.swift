import GraphIR
import Operators
import Tensors

/// The best box of every image and class, again and again; those that it covers are out.
let suppressionDecompositions: [Decomposition] = [
  Decomposition(NonMaxSuppression.self) { (op, context) throws(NotRepresentable) in
    guard context.operand(2) != nil else { return [try context.numbers([], [0, 3], .int64)] }
    let chosen = try context.bestBoxes(op)
    return [try context.listed(chosen.boxes, chosen.isValid)]
  }
]

/// The edges and the area of boxes, `[N, 1, B]` each.
private struct Edges {
  var top: ValueID
  var left: ValueID
  var bottom: ValueID
  var right: ValueID
  var area: ValueID

  var all: [ValueID] { [top, left, bottom, right, area] }
  init(_ values: [ValueID]) { (top, left, bottom, right, area) = (values[0], values[1], values[2], values[3], values[4]) }
}

extension StepContext {
  private mutating func edges(_ op: NonMaxSuppression) throws(NotRepresentable) -> Edges {
    let boxes = try required(0)
    var parts: [ValueID] = []
    for part in 0..<4 { parts.append(try unsqueeze(emit(Gather(axis: 2), boxes, constant(scalar: part)), at: [1])) }
    var edges: [ValueID] = []
    if op.centerPointBox {
      let half = try number(0.5, like: boxes)
      let (w, h) = (try emit(Mul(), parts[2], half), try emit(Mul(), parts[3], half))
      edges = [try emit(Sub(), parts[1], h), try emit(Sub(), parts[0], w), try emit(Add(), parts[1], h), try emit(Add(), parts[0], w)]
    } else {
      edges = [
        try emit(Min(), parts[0], parts[2]), try emit(Min(), parts[1], parts[3]), try emit(Max(), parts[0], parts[2]),
        try emit(Max(), parts[1], parts[3]),
      ]
    }
    edges.append(try emit(Mul(), emit(Sub(), edges[2], edges[0]), emit(Sub(), edges[3], edges[1])))
    return Edges(edges)
  }

  /// How often at most a box is taken.
  private mutating func rounds() throws(NotRepresentable) -> ValueID {
    let limit = try required(2)
    let boxes = try knownShape(required(0))[1].number
    guard let listed = try? integers(limit, what: "limit").first else { return try scalar(limit) }
    return try constant(scalar: max(0, boxes.map { min($0, listed) } ?? listed))
  }

  /// By round, image and class: the box, `[rounds, N, classes, 1]`, and whether there was one left.
  fileprivate mutating func bestBoxes(_ op: NonMaxSuppression) throws(NotRepresentable) -> (boxes: ValueID, isValid: ValueID) {
    let edges = try edges(op)
    var scores = try required(1)
    let none = try number(-.infinity, like: scores)
    if let least = operand(4) { scores = try emit(Where(), emit(Greater(), scores, scalar(least)), scores, none) }
    let nothing = try number(0, like: scores)
    let threshold = try operand(3).map { (overlap) throws(NotRepresentable) in try scalar(overlap) } ?? nothing
    let places = try positions(scores, axis: 2)
    let captures = edges.all + [threshold, places, none]
    let results = try loop(rounds(), carried: [scores], captures: captures) { (body, _, carried, seen) throws(NotRepresentable) in
      let best = try body.best(carried[0])
      let top = try body.emit(ReduceMax(), carried[0], body.vector([2]))
      let isValid = try body.cast(body.emit(Greater(), top, seen[7]), to: .int32)
      let isBest = try body.emit(Equal(), best, seen[6])
      let overlap = try body.overlap(Edges(seen), with: body.cast(isBest, to: body.knownElement(seen[0])))
      let isOut = try body.emit(Or(), isBest, body.emit(Greater(), overlap, seen[5]))
      return LoopValues(carried: [try body.emit(Where(), isOut, seen[7], carried[0])], stacked: [best, isValid])
    }
    return (results[1], results[2])
  }

  private mutating func best(_ scores: ValueID) throws(NotRepresentable) -> ValueID {
    var first = ArgMax()
    first.axis = 2
    return try emit(first, scores)
  }

  /// Intersection over union of every box with the one that `mark` `[N, classes, B]` has a 1 for.
  private mutating func overlap(_ boxes: Edges, with mark: ValueID) throws(NotRepresentable) -> ValueID {
    var own: [ValueID] = []
    for edge in boxes.all { own.append(try sum(emit(Mul(), edge, mark), axes: [2], keepdims: true)) }
    let chosen = Edges(own)
    let height = try emit(Sub(), emit(Min(), boxes.bottom, chosen.bottom), emit(Max(), boxes.top, chosen.top))
    let width = try emit(Sub(), emit(Min(), boxes.right, chosen.right), emit(Max(), boxes.left, chosen.left))
    let common = try emit(Mul(), emit(Relu(), height), emit(Relu(), width))
    let union = try emit(Sub(), emit(Add(), boxes.area, chosen.area), common)
    return try emit(Div(), common, union)
  }

  /// Image, class and box of what was found, in rows.
  fileprivate mutating func listed(_ boxes: ValueID, _ isValid: ValueID) throws(NotRepresentable) -> ValueID {
    let order = [1, 2, 0]
    let byClass = try transpose(squeeze(boxes, at: [3]), order)
    let flags = try cast(transpose(squeeze(isValid, at: [3]), order), to: .bool)
    let places = try squeeze(emit(NonZero(), flat(flags)), at: [0])
    let box = try unsqueeze(emit(Gather(axis: 0), flat(byClass), places), at: [0])
    let imageAndClass = try slice(emit(NonZero(), flags), axis: 0, from: 0, to: 2)
    return try transpose(concat([imageAndClass, box]), [1, 0])
  }
}
