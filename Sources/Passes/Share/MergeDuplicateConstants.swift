import Diagnostics
import GraphIR
import Rewriting
import Tensors

/// Makes one constant of those with equal element type, shape and bytes. Exact.
///
///     %a = const f32[2] [1, 2]
///     %b = const f32[2] [1, 2]   →   %a in place of %b
///
/// Only constants of one type and shape are compared, first by a hash of a few thousand bytes of each; so a model's weights
/// are read only as far as they look alike. Those still to be computed are left alone, unless they are the same storage.
package struct MergeDuplicateConstants: GraphPass {
  package init() {}

  private struct Kind: Hashable {
    let element: ElementType
    let shape: Shape
  }

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    var kinds: [Kind: [ValueID]] = [:]
    var order: [Kind] = []
    for id in session.graph.valueIDs {
      guard let tensor = session.graph[id].constant else { continue }
      let kind = Kind(element: tensor.element, shape: tensor.shape)
      if kinds[kind] == nil { order.append(kind) }
      kinds[kind, default: []].append(id)
    }
    var merged = 0
    for kind in order {
      guard let members = kinds[kind], members.count > 1 else { continue }
      merged += try merge(members, session)
    }
    if merged > 0 { session.graph.removeUnusedConstants() }
    return merged
  }

  private func merge(_ members: [ValueID], _ session: RewriteSession) throws(ModelError) -> Int {
    var byStorage: [TensorIdentity: ValueID] = [:]
    var byContent: [Int: [ValueID]] = [:]
    var merged = 0
    for id in members {
      guard let tensor = session.graph[id].constant else { continue }
      if let twin = byStorage[tensor.identity] {
        merged += substitute(id, with: twin, session)
        continue
      }
      byStorage[tensor.identity] = id
      guard !tensor.isDeferred else { continue }
      let sample = try tensor.sampleHash()
      if let twin = try equal(to: tensor, byContent[sample] ?? [], session.graph) {
        merged += substitute(id, with: twin, session)
      } else {
        byContent[sample, default: []].append(id)
      }
    }
    return merged
  }

  private func equal(to tensor: Tensor, _ candidates: [ValueID], _ graph: Graph) throws(ModelError) -> ValueID? {
    for candidate in candidates {
      if let other = graph.constant(candidate), try other.isIdentical(to: tensor) { return candidate }
    }
    return nil
  }

  private func substitute(_ id: ValueID, with twin: ValueID, _ session: RewriteSession) -> Int {
    guard !session.graph[id].uses.isEmpty || session.graph[id].isOutput else { return 0 }
    return session.substitute(id, with: twin) ? 1 : 0
  }
}
