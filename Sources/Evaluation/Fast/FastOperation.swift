import CNumerics
import Diagnostics
import GraphIR
import Operators
import Tensors

/// Why oneDNN does not do what it was asked for.
struct FastRefusal: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// What oneDNN does at once: an operation and the element-wise steps that follow it.
struct FastOperation: Sendable {
  enum Head: Sendable {
    case convolve(any Sliding, weight: Tensor, bias: Tensor?, groups: Int, isTransposed: Bool)
    /// The first of the steps.
    case map
    case combine(fn_dnn_binary, isCommutative: Bool)
    case pool(any Sliding, fn_dnn_pool_kind)
    case globalAverage
    case concat(axis: Int)
    /// Repeats elements along spatial axes.
    case enlarge([Int])
    /// Done by our own kernel, for which the matrix is laid out.
    case product(PackedMatrix, bias: Tensor?)

    var takesSteps: Bool {
      switch self {
      case .convolve, .map, .combine, .product: true
      case .pool, .globalAverage, .concat, .enlarge: false
      }
    }

    /// Whether a step may add a second operand.
    var addsOperands: Bool {
      switch self {
      case .product: true
      case .convolve(_, _, _, _, let isTransposed): !isTransposed
      default: false
      }
    }

    /// The head with the vector that `node` adds to its result, `value`, along the last axis; `nil` when it does nothing of the kind.
    func bias(_ node: Node, on value: ValueID, in graph: Graph) -> Head? {
      guard case .product(let matrix, nil) = self, node.op is Add, let a = node.operands[0], let b = node.operands[1],
        a == value || b == value, let vector = graph.constant(a == value ? b : a), vector.element == .float32, !vector.isDeferred,
        vector.shape == [matrix.columns]
      else { return nil }
      return .product(matrix, bias: vector)
    }
  }

  var head: Head
  var steps: [fn_dnn_step]

  var takesBias: Bool { steps.isEmpty }

  /// The result by our own kernels, from row-major operands; `nil` when there are none for it.
  func evaluate(_ operands: [Tensor]) -> Tensor? {
    guard let x = operands.first else { return nil }
    switch head {
    case .product(let matrix, let bias):
      return try? matrix.product(x, bias: bias, steps: steps, added: operands.dropFirst().first)
    case .map: return try? takeSteps(steps, on: x)
    default: return nil
    }
  }

  /// The operation for operands of such shapes and layouts. Throws why the library, or the head, has no place for them.
  func make(_ operands: [PackedArray]) throws(FastRefusal) -> OpaquePointer {
    if let made = try made(operands) { return made }
    throw FastRefusal("oneDNN has no such operation for " + operands.map { "\($0.shape)" }.joined(separator: " and "))
  }

  /// `nil` when the library has none.
  private func made(_ operands: [PackedArray]) throws(FastRefusal) -> OpaquePointer? {
    guard let x = operands.first else { return nil }
    let handles = operands.map { Optional($0.handle) }
    let count = Int32(steps.count)
    switch head {
    case .convolve(let op, let weight, let bias, let groups, let isTransposed):
      return try convolution(op, x, weight, bias, groups, isTransposed, added: operands.dropFirst().first)
    case .map: return fn_dnn_map(x.handle, steps, count)
    case .combine(let kind, _):
      guard operands.count == 2, zip(x.shape, operands[1].shape).allSatisfy({ $0 == $1 || $1 == 1 }) else {
        throw FastRefusal("the first operand would be broadcast")
      }
      return fn_dnn_combine(kind, x.handle, operands[1].handle, steps, count)
    case .pool(let op, let kind):
      guard let place = try? op.placement(on: Array(x.shape.dropFirst(2)), weight: nil), place.before.allSatisfy({ $0 >= 0 }) else {
        throw FastRefusal("the window does not fit \(x.shape)")
      }
      return withUnsafePointer(to: fn_dnn_window(place, groups: 1)) {
        fn_dnn_pool(kind, x.handle, $0, (x.shape.prefix(2) + place.output).map(Int64.init))
      }
    case .globalAverage:
      let spatial = Array(x.shape.dropFirst(2))
      let ones = [Int](repeating: 1, count: spatial.count), noughts = [Int](repeating: 0, count: spatial.count)
      guard (1...3).contains(spatial.count) else { throw FastRefusal("\(spatial.count) spatial axes") }
      let whole = fn_dnn_window(kernel: spatial, strides: ones, dilations: ones, before: noughts, after: noughts, groups: 1)
      return withUnsafePointer(to: whole) {
        fn_dnn_pool(FN_DNN_POOL_AVERAGE, x.handle, $0, (x.shape.prefix(2) + ones).map(Int64.init))
      }
    case .concat(let axis):
      guard operands.allSatisfy({ $0.shape.count == x.shape.count }) else { throw FastRefusal("operands of different ranks") }
      return fn_dnn_concat(Int32(axis < 0 ? axis + x.shape.count : axis), handles, Int32(handles.count))
    case .enlarge(let factors):
      guard factors.count == x.shape.count - 2 else { throw FastRefusal("\(factors.count) factors for \(x.shape)") }
      return fn_dnn_enlarge(x.handle, factors.map(Int64.init))
    case .product: return nil
    }
  }

  private func convolution(
    _ op: any Sliding, _ x: PackedArray, _ weight: Tensor, _ bias: Tensor?, _ groups: Int, _ isTransposed: Bool, added: PackedArray?
  ) throws(FastRefusal) -> OpaquePointer? {
    let perGroup = isTransposed ? weight.shape[0] : weight.shape[1] * groups
    guard x.shape.allSatisfy({ $0 > 0 }) else { throw FastRefusal("an operand of \(x.shape) is empty") }
    guard x.shape.count == weight.rank, x.shape[1] == perGroup,
      let place = try? op.placement(on: Array(x.shape.dropFirst(2)), weight: weight.shape), place.output.allSatisfy({ $0 > 0 }),
      let packed = PackedArray(weight)
    else { throw FastRefusal("weights of \(weight.shape) do not fit \(x.shape)") }
    let outputs = isTransposed ? weight.shape[1] * groups : weight.shape[0]
    let shape = [x.shape[0], outputs] + place.output
    guard added == nil || added?.shape == shape, bias == nil || bias?.shape == [outputs] else {
      throw FastRefusal("what is added to \(shape) would be broadcast")
    }
    let window = fn_dnn_window(place, groups: groups)
    return withUnsafePointer(to: window) { window in
      let make = { (bias: UnsafePointer<Float>?) in
        fn_dnn_conv(
          isTransposed ? 1 : 0, x.handle, packed.handle, bias, window, shape.map(Int64.init), self.steps, Int32(self.steps.count))
      }
      guard let bias else { return make(nil) }
      return try? bias.withElements(as: Float.self) { make($0.baseAddress) }
    }
  }
}

extension fn_dnn_window {
  init(_ place: Placement, groups: Int) {
    self.init(
      kernel: place.kernel, strides: place.strides, dilations: place.dilations, before: place.before, after: place.after, groups: groups)
  }

  init(kernel: [Int], strides: [Int], dilations: [Int], before: [Int], after: [Int], groups: Int) {
    self.init()
    spatial = Int32(kernel.count)
    self.groups = Int64(groups)
    func triple(_ values: [Int]) -> (Int64, Int64, Int64) {
      let padded = values.map(Int64.init) + [0, 0, 0]
      return (padded[0], padded[1], padded[2])
    }
    stride = triple(strides)
    dilation = triple(dilations)
    self.before = triple(before)
    self.after = triple(after)
    self.kernel = triple(kernel)
  }
}
