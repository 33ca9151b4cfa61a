import Diagnostics
import GraphIR
import Operators
import Rewriting

/// Gives images in inputs and outputs their channels where they are wanted. Exact up to the order of the elements.
///
///     main(%x: f32[1,3,8,8])                 main(%x: f32[1,8,8,3])
///     %y = Conv(%x, %w)                →     %t = Transpose(%x) {perm: [0, 3, 1, 2]}
///                                            %y = Conv(%t, %w)
///
/// Which ports hold images, and in which order, follows from convolutions, pools and transpositions; others are left alone.
package struct ReorderPorts: GraphPass {
  private let order: AxisOrder

  /// `channelsLast` as in NHWC, otherwise as in NCHW.
  package init(channelsLast: Bool) { order = channelsLast ? .channelsLast : .channelsFirst }

  package func run(on session: RewriteSession) throws(ModelError) -> Int {
    guard !session.isNested, let network = LayoutNetwork(session.graph, evenWithoutTranspositions: true) else { return 0 }
    func isOther(_ value: ValueID) -> Bool { network.orders[value] == order.other && session.graph[value].type?.tensorType?.shape != nil }
    let inputs = session.graph.inputs.filter { isOther($0) && session.graph.defaults[$0] == nil }
    let outputs = session.graph.outputs.filter { isOther($0) && session.graph.producer(of: $0) != nil }
    for input in inputs { reorder(input: input, session) }
    var results = session.graph.outputs
    for (index, output) in results.enumerated() where outputs.contains(output) { results[index] = reordered(output: output, session) }
    session.graph.setOutputs(results)
    return inputs.count + outputs.count
  }

  private func permuted(_ value: ValueID, _ session: RewriteSession) -> ValueType? {
    guard let type = session.graph[value].type?.tensorType, let shape = type.shape else { return nil }
    return .tensor(type.element, order.permutation(rank: shape.count).map { shape[$0] })
  }

  /// The input changes its type; a transposition behind it gives what it was to everyone who used it.
  private func reorder(input: ValueID, _ session: RewriteSession) {
    let old = session.graph[input]
    guard let rank = old.type?.tensorType?.rank else { return }
    let name = session.names.make(from: old.name)
    let node = session.graph.addNode(
      Transpose(perm: order.other.permutation(rank: rank)), [nil], results: [(name: name, type: old.type)], name: name,
      origin: session.graph.derivation(behind: input, by: "ReorderPorts"), position: -1)
    session.graph.replaceAllUses(of: input, with: session.graph[node].results[0])
    session.graph.setOperand(node, 0, to: input)
    let type = permuted(input, session)
    session.graph.setType(input, to: type)
    if old.isTypeDeclared { session.graph.setDeclaredType(input, to: type) }
  }

  /// A transposition gives the output; it takes over its name.
  private func reordered(output: ValueID, _ session: RewriteSession) -> ValueID {
    let old = session.graph[output]
    guard let rank = old.type?.tensorType?.rank else { return output }
    let type = permuted(output, session)
    let name = session.names.make(from: old.name)
    let node = session.graph.addNode(
      Transpose(perm: order.permutation(rank: rank)), [output], results: [(name: old.name, type: type)], name: name,
      origin: session.graph.derivation(behind: output, by: "ReorderPorts"))
    let result = session.graph[node].results[0]
    session.graph.rename(output, to: name)
    if old.isTypeDeclared { session.graph.setDeclaredType(result, to: type) }
    session.graph.setDeclaredType(output, to: nil)
    return result
  }
}
