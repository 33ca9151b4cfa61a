import GraphIR
import Operators
import Tensors

/// Where the results of a graph lie during a run, from their types alone: what the executor follows and what `inspect` reports.
///
/// A result whose size is known has a place in one block from the step that computes it to the last one that needs it; a view of another
/// value has that one's, and element-wise functions write over an operand that nobody needs any more. Inputs, outputs, results of nodes
/// that own graphs, and results whose size depends on data have memory of their own. Graphs within a node share one region of the block.
struct MemoryPlan: Sendable {
  /// By index of the value; `nil` for those with memory of their own.
  private(set) var places: [Arena.Place?]
  /// By step, for the graphs that its node owns; their places are relative to `region`.
  private(set) var bodies: [Int: (plans: [MemoryPlan], region: Int)] = [:]
  /// Size of the block.
  private(set) var blockBytes = 0
  /// The most bytes at a time of values of known size that have memory of their own.
  private(set) var ownBytes = 0
  /// Values whose size is not known.
  private(set) var unknownValues = 0
  /// The value that is computed when the most bytes are in use.
  private(set) var valueAtPeak: ValueID?

  /// Block and own memory together.
  var peakBytes: Int { blockBytes.saturatingAdd(ownBytes) }

  /// `symbols` gives numbers for the types' symbols.
  init(_ plan: Plan, symbols: [String: Int]) {
    let graph = plan.graph
    places = [Arena.Place?](repeating: nil, count: graph.valueCapacity)
    var walk = MemoryWalk(plan, symbols)
    for index in plan.steps.indices { walk.take(index, &self) }
    blockBytes = walk.space.size
    ownBytes = walk.lasting.saturatingAdd(walk.mostPassing)
    unknownValues += walk.unknown
  }

  /// Bytes of a value of known size. Strings are of none.
  static func bytes(_ type: ValueType?, _ symbols: [String: Int]) -> Int? {
    guard let type = type?.tensorType, let shape = type.shape, type.element != .string else { return nil }
    var product = 1
    for dim in shape {
      guard let size = dim.evaluated(with: symbols), size >= 0 else { return nil }
      product = product.saturatingMultiply(size)
    }
    let bits = product.saturatingMultiply(type.element.bitWidth)
    return bits == .max ? bits : bits / 8 + (bits % 8 == 0 ? 0 : 1)
  }

  fileprivate mutating func set(_ place: Arena.Place, for value: ValueID) { places[value.index] = place }

  fileprivate mutating func add(_ plans: [MemoryPlan], region: Int, step: Int) {
    bodies[step] = (plans, region)
    unknownValues += plans.reduce(0) { $0 + $1.unknownValues }
  }

  fileprivate mutating func setPeak(_ value: ValueID?) { valueAtPeak = value }
}

/// The walk through the steps of a plan, in which places are taken and freed.
private struct MemoryWalk {
  let plan: Plan
  let symbols: [String: Int]
  var space = FreeSpace()
  /// Inputs and outputs, which are there for the whole run, or nearly.
  private(set) var lasting = 0
  /// Results of nodes that own graphs: how many bytes are there now, and the most.
  private var passing: [ValueID: Int] = [:]
  private var passingBytes = 0
  private(set) var mostPassing = 0
  private(set) var unknown = 0
  /// Values whose place another one has taken over.
  private var overwritten: Set<ValueID> = []

  init(_ plan: Plan, _ symbols: [String: Int]) {
    (self.plan, self.symbols) = (plan, symbols)
    let graph = plan.graph
    for value in Set(graph.inputs).union(plan.outputRoots) where graph[value].constant == nil && !graph.captures.contains(value) {
      lasting = lasting.saturatingAdd(MemoryPlan.bytes(graph[value].type, symbols) ?? 0)
    }
  }

  mutating func take(_ index: Int, _ memory: inout MemoryPlan) {
    let step = plan.steps[index]
    let before = space.size.saturatingAdd(mostPassing)
    let region = step.bodies.isEmpty ? nil : takeBodies(of: step, index, &memory)
    for node in step.nodes {
      for result in plan.graph[node].results { take(result, of: node, step, &memory) }
    }
    if space.size.saturatingAdd(mostPassing) > before { memory.setPeak(step.nodes.last.flatMap { plan.graph[$0].results.first }) }
    if let region { space.free(region) }
    for value in step.expiringRoots {
      if let place = memory.places[value.index], !overwritten.contains(value) { space.free(place) }
      if let bytes = passing.removeValue(forKey: value) { passingBytes -= bytes }
    }
  }

  /// The region of the graphs that the step's node owns, of which one runs at a time.
  private mutating func takeBodies(of step: Plan.Step, _ index: Int, _ memory: inout MemoryPlan) -> Arena.Place {
    let plans = step.bodies.map { MemoryPlan($0, symbols: symbols) }
    let region = space.take(plans.map(\.blockBytes).max() ?? 0)
    memory.add(plans, region: region.offset, step: index)
    // What a loop stacks up is there in pieces and as a whole for a moment.
    let node = step.nodes.last.map { plan.graph[$0] }
    let results = node?.results.reduce(0) { $0.saturatingAdd(MemoryPlan.bytes(plan.graph[$1].type, symbols) ?? 0) } ?? 0
    let inside = (plans.map(\.ownBytes).max() ?? 0).saturatingAdd(results.saturatingMultiply(node?.op is If ? 1 : 2))
    mostPassing = max(mostPassing, passingBytes.saturatingAdd(inside))
    return region
  }

  private mutating func take(_ result: ValueID, of node: NodeID, _ step: Plan.Step, _ memory: inout MemoryPlan) {
    guard let bytes = MemoryPlan.bytes(plan.graph[result].type, symbols) else {
      // One without a name is asked for by nobody; kernels may leave it out.
      if !plan.graph[result].name.isEmpty { unknown += 1 }
      return
    }
    guard plan.root(of: result) == result, !plan.outputRoots.contains(result), bytes > 0 else { return }
    guard step.bodies.isEmpty else {
      passing[result] = bytes
      passingBytes = passingBytes.saturatingAdd(bytes)
      mostPassing = max(mostPassing, passingBytes)
      return
    }
    if let operand = overwritable(by: node, result, bytes, step, memory), let place = memory.places[operand.index] {
      overwritten.insert(operand)
      memory.set(place, for: result)
    } else {
      memory.set(space.take(bytes), for: result)
    }
  }

  /// An operand, or what it is a view of, that the node needs last and whose place has room for exactly the result.
  private func overwritable(by node: NodeID, _ result: ValueID, _ bytes: Int, _ step: Plan.Step, _ memory: MemoryPlan) -> ValueID? {
    let graph = plan.graph
    guard graph[node].op is any OverwritesOperand, graph[result].type?.tensorType?.element == .float32 else { return nil }
    for case let operand? in graph[node].operands where graph[operand].type?.tensorType?.element == .float32 {
      let root = plan.root(of: operand)
      if memory.places[root.index]?.count == bytes, step.expiringRoots.contains(root), !overwritten.contains(root) { return root }
    }
    return nil
  }
}

/// What is free of a block that grows as needed.
struct FreeSpace {
  private(set) var size = 0
  /// By offset; no two of them meet.
  private var gaps: [Range<Int>] = []
  private static let alignment = 64

  /// The smallest gap that is large enough, else room at the end.
  mutating func take(_ count: Int) -> Arena.Place {
    let length = Self.rounded(count)
    var best: Int?
    for (index, gap) in gaps.enumerated() where gap.count >= length && gap.count < best.map({ gaps[$0].count }) ?? .max { best = index }
    if let best {
      let start = gaps[best].lowerBound
      if gaps[best].count == length { gaps.remove(at: best) } else { gaps[best] = start + length..<gaps[best].upperBound }
      return Arena.Place(offset: start, count: count)
    }
    // A gap at the end grows.
    let start = gaps.last.flatMap { $0.upperBound == size ? $0.lowerBound : nil } ?? size
    if start < size { gaps.removeLast() }
    size = start.saturatingAdd(length)
    return Arena.Place(offset: start, count: count)
  }

  mutating func free(_ place: Arena.Place) {
    let end = place.offset.saturatingAdd(Self.rounded(place.count))
    guard end > place.offset else { return }
    var (low, high) = (0, gaps.count)
    while low < high {
      let middle = (low + high) / 2
      if gaps[middle].lowerBound >= place.offset { high = middle } else { low = middle + 1 }
    }
    var gap = place.offset..<end
    if low < gaps.count, gaps[low].lowerBound == end { gap = gap.lowerBound..<gaps.remove(at: low).upperBound }
    if low > 0, gaps[low - 1].upperBound == gap.lowerBound {
      gaps[low - 1] = gaps[low - 1].lowerBound..<gap.upperBound
    } else {
      gaps.insert(gap, at: low)
    }
  }

  private static func rounded(_ count: Int) -> Int { count > .max - alignment ? .max : (count + alignment - 1) / alignment * alignment }
}
