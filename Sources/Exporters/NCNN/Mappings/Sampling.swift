import Diagnostics
import GraphIR
import Operators
import Retargeting
import Tensors

/// An image at positions that another value tells.
extension GridSample: NCNNWritable {
  func limits(_ node: SubjectNode) -> Rejection? {
    guard let shape = node.operand(0)?.shape, let grid = node.operand(1)?.shape, shape.count == 4, grid.count == 4 else {
      return Rejection(.rank, "samples of something else than an image")
    }
    return shape[0] == 1 && grid[0] == 1 ? nil : node.windowLimits() ?? Rejection(.dynamicShape, "several grids: ncnn runs one sample at a time")
  }

  func write(_ node: SubjectNode, _ out: LayerWriter) throws(ModelError) -> [Blob?] {
    let codes: [(key: Int, value: Parameter)] = [(0, .int(modeCode)), (1, .int(paddingCode)), (2, .int(alignCorners ? 1 : 0))]
    return [try out.layer("GridSample", [try out.operand(0), try out.operand(1)], codes, as: node.result(0))]
  }

  private var modeCode: Int {
    switch mode {
    case .linear: 1
    case .nearest: 2
    case .cubic: 3
    }
  }

  private var paddingCode: Int {
    switch paddingMode {
    case .zeros: 1
    case .border: 2
    case .reflection: 3
    }
  }
}
