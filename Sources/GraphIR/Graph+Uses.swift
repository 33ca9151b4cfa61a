/// Use lists: exact after every mutation, and cheap to change however many uses a value has.
///
/// A short list is scanned. A value with many uses (one constant for a hundred thousand nodes) gets an index of them when
/// the first is removed; from then on a removal moves the last use into the gap.
extension Graph {
  private static let hubSize = 32

  package mutating func addUse(of value: ValueID, _ use: Value.Use) {
    guard contains(value) else { return }
    let position = valueSlots[value.index].uses.count
    valueSlots[value.index].uses.append(use)
    if position >= Self.hubSize, hubs[value] != nil { hubs[value]?[use] = position }
  }

  mutating func removeUse(of value: ValueID, _ use: Value.Use) {
    guard contains(value) else { return }
    let count = valueSlots[value.index].uses.count
    if count <= Self.hubSize {
      guard let index = valueSlots[value.index].uses.lastIndex(of: use) else { return }
      valueSlots[value.index].uses.remove(at: index)
    } else {
      removeHubUse(of: value, use)
      if count - 1 <= Self.hubSize { hubs[value] = nil }
    }
  }

  /// Empties the use list.
  mutating func takeUses(of value: ValueID) -> [Value.Use] {
    let uses = valueSlots[value.index].uses
    valueSlots[value.index].uses = []
    if uses.count > Self.hubSize { hubs[value] = nil }
    return uses
  }

  private mutating func removeHubUse(of value: ValueID, _ use: Value.Use) {
    if hubs[value] == nil {
      let uses = self[value].uses
      hubs[value] = Dictionary(uses.enumerated().map { ($1, $0) }) { first, _ in first }
    }
    guard let index = hubs[value]?.removeValue(forKey: use), let last = valueSlots[value.index].uses.popLast() else { return }
    guard last != use else { return }
    valueSlots[value.index].uses[index] = last
    hubs[value]?[last] = index
  }
}

extension Graph {
  /// Removes many nodes at once, in time linear in the graph. No other node may use their results.
  package mutating func remove(nodes dead: [NodeID]) {
    var losers = Set<ValueID>()
    for id in dead {
      guard contains(id) else { continue }
      for case let operand? in self[id].operands { losers.insert(operand) }
      for result in self[id].results where contains(result) {
        precondition(!self[result].isOutput, "a removed node's result is an output")
        clear(result)
        hubs[result] = nil
      }
      clear(id)
    }
    for value in losers where contains(value) {
      valueSlots[value.index].uses.removeAll { [isLiveNode] in !isLiveNode[$0.node.index] }
      hubs[value] = nil
    }
  }

  /// Removes every constant that nothing uses; returns how many there were.
  @discardableResult
  package mutating func removeUnusedConstants() -> Int {
    var count = 0
    for value in valueIDs where isUnusedConstant(value) {
      clear(value)
      count += 1
    }
    if count > 0, !listedConstants.isEmpty { listedConstants.removeAll { !isLiveValue[$0.index] } }
    return count
  }
}
