import Diagnostics
import GraphIR
import Operators
import Rewriting
import Tensors

/// Makes `Resize` of pixels that are repeated. Exact. From operator set 11.
///
///     %s = Reshape(%x: f32[N,C,H,W], [N,C,H,1,W,1])
///     %e = Expand(%s, [1,1,1,2,1,2])
///     %y = Reshape(%e, [N,C,2·H,2·W])               →   %y = Resize(%x, scales: [1, 1, 2, 2]) {mode: "nearest", …}
///
/// `Tile` may repeat, and `Unsqueeze` add the axes.
package struct RecognizeNearestResize: RewriteRule {
  package init() {}

  package func rewrite(_ joining: Matched<Reshape>, _ edit: inout Edit) throws(NoMatch) {
    let repetition = try joining[.data].anyProducer()
    try require(repetition.op is Expand || repetition.op is Tile, "nothing is repeated")
    try joining[.data].requireSoleUse()
    let spread = try repetition.operand(0)
    let spreading = try spread.anyProducer()
    try require(spreading.op is Reshape || spreading.op is Unsqueeze, "no axes are added")
    try spread.requireSoleUse()
    try joining.node.requireOpset(11)
    let x = try spreading.operand(0)
    let element = try x.elementType()
    try require(element == .float32 || element == .uint8 || element == .int8, "the element type")
    let (shape, thin, wide) = try (x.shape(), spread.shape(), joining[.data].shape())
    try require(shape.count == 4 && thin.count == 6 && wide.count == 6, "not an image with an axis after height and width")
    try require(thin == [shape[0], shape[1], shape[2], 1, shape[3], 1], "the axes are added elsewhere")
    guard let rows = wide[3].number, let columns = wide[5].number, rows > 0, columns > 0, rows * columns > 1,
      wide == [shape[0], shape[1], shape[2], .number(rows), shape[3], .number(columns)]
    else { throw NoMatch("other axes are repeated", spread.id) }
    let expected = [shape[0], shape[1], shape[2] * .number(rows), shape[3] * .number(columns)]
    try require(try joining.result.shape() == expected, "the axes are joined otherwise")
    var op = Resize()
    (op.mode, op.coordinateTransformationMode, op.nearestMode) = (.nearest, .asymmetric, .floor)
    let scales = try edit.computing { () throws(ModelError) in
      try Tensor(.float32, [4], elements: [1, 1, Float(rows), Float(columns)])
    }
    try edit.replace(joining.result, withSameShape: edit.emit(op, operands: [x.id, nil, edit.constant(scales)])[0])
  }
}
