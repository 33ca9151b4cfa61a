/// Use lists: exact after every mutation, and cheap to change however many uses a value has.
///
/// A short list is scanned. A value with many uses (one constant for a hundred thousand nodes) gets an index of them when
/// the first is removed; from then on a removal moves the last use into the gap.
extension Graph {
  private static let hubSize = 32

  package mutating func addUse(of value: ValueID, _ use: Value.Use) {
    guard let position = valueSlots[value.index]?.uses.count else { return }
    valueSlots[value.index]?.uses.append(use)
    if position >= Self.hubSize, hubs[value] != nil { hubs[value]?[use] = position }
  }

  mutating func removeUse(of value: ValueID, _ use: Value.Use) {
    guard let count = valueSlots[value.index]?.uses.count else { return }
    if count <= Self.hubSize {
      guard let index = valueSlots[value.index]?.uses.lastIndex(of: use) else { return }
      valueSlots[value.index]?.uses.remove(at: index)
    } else {
      removeHubUse(of: value, use)
      if count - 1 <= Self.hubSize { hubs[value] = nil }
    }
  }

  /// Empties the use list.
  mutating func takeUses(of value: ValueID) -> [Value.Use] {
    guard let uses = valueSlots[value.index]?.uses else { return [] }
    valueSlots[value.index]?.uses = []
    if uses.count > Self.hubSize { hubs[value] = nil }
    return uses
  }

  private mutating func removeHubUse(of value: ValueID, _ use: Value.Use) {
    if hubs[value] == nil {
      let uses = self[value].uses
      hubs[value] = Dictionary(uses.enumerated().map { ($1, $0) }) { first, _ in first }
    }
    guard let index = hubs[value]?.removeValue(forKey: use), let last = valueSlots[value.index]?.uses.popLast() else { return }
    guard last != use else { return }
    valueSlots[value.index]?.uses[index] = last
    hubs[value]?[last] = index
  }
}

extension Graph {
  /// Removes many nodes at once, in time linear in the graph. No other node may use their results.
  package mutating func remove(nodes dead: [NodeID]) {
    var losers = Set<ValueID>()
    for id in dead {
      guard let node = nodeSlots[id.index] else { continue }
      for case let operand? in node.operands { losers.insert(operand) }
      nodeSlots[id.index] = nil
      liveNodeCount -= 1
      for result in node.results {
        precondition(valueSlots[result.index].map { !$0.isOutput } ?? true, "a removed node's result is an output")
        valueSlots[result.index] = nil
        hubs[result] = nil
      }
    }
    for value in losers where valueSlots[value.index] != nil {
      valueSlots[value.index]?.uses.removeAll { nodeSlots[$0.node.index] == nil }
      hubs[value] = nil
    }
  }

  /// Removes every constant that nothing uses; returns how many there were.
  @discardableResult
  package mutating func removeUnusedConstants() -> Int {
    var count = 0
    for index in valueSlots.indices {
      guard let value = valueSlots[index], value.uses.isEmpty, !value.isOutput, value.constant != nil else { continue }
      valueSlots[index] = nil
      count += 1
    }
    if count > 0, !listedConstants.isEmpty { listedConstants.removeAll { valueSlots[$0.index] == nil } }
    return count
  }
}
