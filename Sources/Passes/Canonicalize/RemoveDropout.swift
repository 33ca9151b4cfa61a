import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Removes dropout, which outside training passes its operand on. Exact.
///
///     %y, %mask = Dropout(%x, ratio?, training_mode?)   →   %x in place of %y, and `true` everywhere in place of %mask
///
/// where `training_mode` is absent or false.
package struct RemoveDropout: RewriteRule {
  package init() {}

  package func rewrite(_ dropout: Matched<Dropout>, _ edit: inout Edit) throws(NoMatch) {
    if let mode = dropout.ifPresent(.trainingMode) {
      let isTraining = try mode.constant()
      try require((try? isTraining.integers()) == [0], "dropout is in training mode")
    }
    let x = try dropout[.data]
    if !dropout.node.isUnused(result: 1) {
      let shape = try x.fixedShape()
      try require((shape.elementCount ?? .max) <= 65_536, "the mask is in use and large")
      let mask = edit.constant(
        try edit.computing { () throws(ModelError) in
          try Tensor(.bool, shape, elements: [UInt8](repeating: 1, count: shape.elementCount ?? 0))
        })
      edit.replace(dropout.result(1), with: mask)
    }
    edit.replace(dropout.result, with: x)
  }
}
