import Diagnostics
import GraphIR
import Operators
import Tensors

/// A memory plan at its place in the block: for the graphs within a node, where their region begins.
struct PlacedPlan: Sendable {
  let plan: MemoryPlan
  var base = 0

  func place(of value: ValueID) -> Arena.Place? {
    plan.places[value.index].map { Arena.Place(offset: base + $0.offset, count: $0.count) }
  }

  /// Those of the graphs that the node of a step owns.
  func bodies(of step: Int, count: Int) -> [PlacedPlan?] {
    guard let bodies = plan.bodies[step], bodies.plans.count == count else { return [PlacedPlan?](repeating: nil, count: count) }
    return bodies.plans.map { PlacedPlan(plan: $0, base: base + bodies.region) }
  }
}

extension Run {
  /// The address of an operand that the node needs last, that nobody else holds and whose place is to be the result's.
  func soleOperand(of node: Node, _ step: Plan.Step, at places: [Arena.Place?], _ values: inout [RunningValue?]) -> UnsafeRawPointer? {
    guard node.op is any OverwritesOperand, places.count == 1, let count = places[0]?.count else { return nil }
    for case let operand? in node.operands where step.expiring.contains(operand) {
      guard case .value(.tensor(var tensor))? = values[operand.index], tensor.element == .float32, tensor.byteCount == count else { continue }
      values[operand.index] = nil
      let address = tensor.soleAddress()
      values[operand.index] = .value(.tensor(tensor))
      if let address, arena?.holds(address, at: places[0]) ?? false { return address }
    }
    return nil
  }

  /// Results that `evaluate` computes, at their places. A kernel that first allocates something else of a result's size has its result moved
  /// there afterwards.
  mutating func placed(
    at places: [Arena.Place?], overwritable: UnsafeRawPointer?, _ evaluate: (inout Run) throws(ModelError) -> [RuntimeValue]
  ) throws(ModelError) -> [RuntimeValue] {
    guard let arena else { return try evaluate(&self) }
    var run = self
    defer { self = run }
    var results = try arena.expecting(places.compactMap { $0 }, overwritable: overwritable) { () throws(ModelError) in try evaluate(&run) }
    // What a kernel gives beyond the node's results is gone at once.
    if !places.isEmpty, results.count > places.count { results.removeLast(results.count - places.count) }
    for (index, place) in places.enumerated() where index < results.count {
      guard let place, case .tensor(var tensor) = results[index], tensor.byteCount == place.count else { continue }
      results[index] = .optional(nil)
      if let address = tensor.soleAddress(), !arena.holds(address, at: place), arena.isFree(place) {
        tensor = try arena.expecting([place]) { () throws(ModelError) in
          try tensor.withUnsafeBytes { (bytes) throws(ModelError) in
            try Tensor(tensor.element, tensor.shape, bytes: OwnedBytes(copying: bytes))
          }
        }
      }
      results[index] = .tensor(tensor)
    }
    arena.note()
    return results
  }
}
