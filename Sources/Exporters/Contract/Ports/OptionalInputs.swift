import Diagnostics
import GraphIR
import Operators
import Tensors

extension Graph {
  /// An input that may be absent becomes a tensor, of any content where it is absent, and `NAME/present`, which says whether it is there.
  ///
  /// An input that is used in other ways than being asked for and being opened stays as it is.
  mutating func splitOptionalInputs() {
    for value in inputs {
      guard case .optional(.tensor(let type)?)? = self[value].type, isOnlyOpened(value) else { continue }
      let name = self[value].name
      setType(value, to: .tensor(type))
      setDeclaredType(value, to: nil)
      var present: ValueID?
      for use in self[value].uses {
        let node = use.node
        switch self[node].op {
        case is OptionalHasElement:
          let flag = present ?? addInput("\(name)/present", .tensor(.bool, []))
          present = flag
          supersede(self[node].results[0], by: flag)
          remove(node)
        case is OptionalGetElement: open(node, value)
        default: openInside(node)
        }
      }
    }
  }

  /// True when all that happens to an optional is that it is asked for here, and opened here or in the graphs of nodes here.
  private func isOnlyOpened(_ value: ValueID) -> Bool {
    !self[value].isOutput
      && self[value].uses.allSatisfy { use in
        let op = self[use.node].op
        if op is OptionalHasElement || op is OptionalGetElement { return true }
        guard let index = captureIndex(of: use) else { return false }
        return op.graphs.allSatisfy { $0.opensCapture(index) }
      }
  }

  private func captureIndex(of use: Value.Use) -> Int? {
    let node = self[use.node]
    guard let count = node.op.graphs.first?.captures.count, count > 0 else { return nil }
    let index = use.operand - (node.operands.count - count)
    return index >= 0 && index < count ? index : nil
  }

  private func opensCapture(_ index: Int) -> Bool {
    guard index < captures.count else { return false }
    let value = self[captures[index]]
    return !value.isOutput && value.uses.allSatisfy { self[$0.node].op is OptionalGetElement }
  }

  private mutating func open(_ node: NodeID, _ value: ValueID) {
    supersede(self[node].results[0], by: value)
    remove(node)
  }

  /// Takes away what opens captures that are tensors now.
  private mutating func openInside(_ node: NodeID) {
    let first = self[node].operands.count - (self[node].op.graphs.first?.captures.count ?? 0)
    let types = self[node].operands.dropFirst(first).map { $0.flatMap { self[$0].type } }
    try? updateGraphs(of: node) { (graphs: inout [Graph]) throws(ModelError) -> Void in
      for index in graphs.indices { graphs[index].openCaptures(types) }
    }
  }

  private mutating func openCaptures(_ types: [ValueType?]) {
    for (capture, type) in zip(captures, types) {
      guard case .optional? = self[capture].type, case .tensor? = type else { continue }
      setType(capture, to: type)
      setDeclaredType(capture, to: nil)
      for use in self[capture].uses { open(use.node, capture) }
    }
  }

  /// Makes every user of `old`, outputs included, use `new`; an output keeps its name, by a node that does nothing.
  mutating func supersede(_ old: ValueID, by new: ValueID) {
    guard self[old].isOutput else { return replaceAllUses(of: old, with: new) }
    let name = self[old].name
    rename(old, to: "")
    let copy = addNode(Identity(), [new], results: [(name, self[new].type)])
    replaceAllUses(of: old, with: self[copy].results[0])
  }
}
