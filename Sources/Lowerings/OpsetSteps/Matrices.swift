import Diagnostics
import GraphIR
import Tensors

/// Matrix products.
let matrixSteps: [OpsetStep] = [
  OpsetStep(["Gemm"], 7) { (node, _) throws(NotRepresentable) in
    node.retire("broadcast")
    node.mark(.broadcastsAsBefore)
  } lower: { (node, _) throws(NotRepresentable) in
    if !node.restore("broadcast"), !node.isMarked(.broadcastsAsBefore) { node.set("broadcast", .int(1), written: true) }
  },
  OpsetStep(["Gemm"], 11) { (node, _) throws(NotRepresentable) in
    if node.operand(2) == nil { throw NotRepresentable("operand \"c\" is missing") }
  } lower: { (node, context) throws(NotRepresentable) in
    if node.operand(2) != nil { return }
    guard let a = node.operand(0), let element = context.element(of: a) else {
      throw NotRepresentable("operand \"c\" is absent and the element type unknown")
    }
    node.setOperand(2, try context.constant(0, as: element))
  },
]
