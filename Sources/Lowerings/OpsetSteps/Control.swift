import GraphIR
import Operators

/// Control flow.
let controlSteps: [OpsetStep] = [OpsetStep(["Scan"], 9, lift: liftBatch, lower: lowerBatch)]

/// A scan ran over every sequence of a batch, the first axis; now one scan over the batch runs another over a sequence.
@Sendable private func liftBatch(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  if node.operand(0) != nil { throw NotRepresentable("the lengths of the sequences are given") }
  guard case .graph(let body)? = node["body"], let scanned = try node.int("num_scan_inputs") else {
    throw NotRepresentable("body or number of scanned operands is missing")
  }
  let count = node.operands.count - 1
  guard count == body.inputs.count, scanned > 0, scanned <= count else {
    throw NotRepresentable("the body has \(body.inputs.count) inputs for \(count) operands")
  }
  var inner = Scan()
  inner.body = body
  inner.numScanInputs = scanned
  if case .ints(let directions)? = node["directions"] { inner.scanInputDirections = directions.map(Int.init) }
  node.retire("directions")
  var outer = Graph(name: body.name)
  let inputs = body.inputs.map { _ in outer.addInput("", nil) }
  let captures = body.captures.map { outer.addCapture(body[$0].name, body[$0].type) }
  let added = outer.addNode(inner, inputs + captures, results: body.outputs.map { _ in ("", nil) })
  outer.setOutputs(outer[added].results)
  node.set("body", .graph(outer), written: true)
  node.set("num_scan_inputs", .int(Int64(count)), written: true)
  node.operands.removeFirst()
  node.mark(.batched)
}

@Sendable private func lowerBatch(_ node: inout VersionedNode, _ context: inout StepContext) throws(NotRepresentable) {
  guard node.isMarked(.batched), case .graph(let outer)? = node["body"], let only = outer.nodeIDs.first(where: { _ in true }),
    outer.nodeCount == 1, let inner = outer.operatorIf(Scan.self, at: only), outer.outputs == outer[only].results,
    outer[only].operands == (outer.inputs + outer.captures).map(Optional.init), inner.scanInputAxes == nil, inner.scanOutputAxes == nil,
    inner.scanOutputDirections == nil
  else { throw NotRepresentable("does not run over a batch of sequences") }
  node.set("body", .graph(inner.body), written: true)
  node.set("num_scan_inputs", .int(Int64(inner.numScanInputs)), written: true)
  node.operands.insert(nil, at: 0)
  node.restore("directions")
}
