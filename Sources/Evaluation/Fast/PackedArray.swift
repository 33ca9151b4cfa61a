import CNumerics
import Diagnostics
import Synchronization
import Tensors

/// 32-bit floats in a layout of oneDNN's choosing. Never changes, but for `FastKernel` that takes over what nobody needs any more.
final class PackedArray: @unchecked Sendable {
  let handle: OpaquePointer
  let shape: Shape
  /// What `handle` points into.
  private let source: Tensor?
  private let plain = Mutex<Tensor?>(nil)

  /// Takes over a result; `nil` for none.
  init?(_ handle: OpaquePointer?) {
    guard let handle else { return nil }
    self.handle = handle
    var sizes = [Int64](repeating: 0, count: Int(FN_DNN_RANK))
    fn_dnn_shape(handle, &sizes)
    shape = sizes.prefix(Int(fn_dnn_rank(handle))).map(Int.init)
    source = nil
  }

  /// A view of a tensor of 32-bit floats under a shape of equal size; `nil` for anything else.
  init?(_ tensor: Tensor, as shape: Shape? = nil) {
    let shape = shape ?? tensor.shape
    guard tensor.element == .float32, !tensor.isDeferred, !shape.isEmpty, shape.count <= Int(FN_DNN_RANK), tensor.count > 0,
      let source = Self.aligned(tensor), let address = Self.address(of: source),
      let handle = fn_dnn_wrap(Int32(shape.count), shape.map(Int64.init), address)
    else { return nil }
    self.handle = handle
    self.shape = shape
    self.source = source
  }

  deinit { fn_dnn_release(handle) }

  /// The elements in row-major order; made once. Throws `internalInvariant` when the library fails at it.
  func tensor() throws(ModelError) -> Tensor {
    if let source { return try source.reshaped(to: shape) }
    if let known = plain.withLock({ $0 }) { return known }
    let tensor = try Tensor(.float32, shape, filling: Float.self) { (buffer) throws(ModelError) in
      guard let target = buffer.baseAddress, fn_dnn_unpack(handle, target) != 0 else {
        throw ModelError(.internalInvariant, "a result cannot be brought into row-major order")
      }
    }
    plain.withLock { $0 = tensor }
    return tensor
  }

  /// The address of bytes that stay where they are while the tensor lives, which those that are not deferred do.
  private static func address(of tensor: Tensor) -> UnsafePointer<Float>? {
    try? tensor.withUnsafeBytes { $0.baseAddress?.assumingMemoryBound(to: Float.self) }
  }

  private static func aligned(_ tensor: Tensor) -> Tensor? {
    guard let address = address(of: tensor), Int(bitPattern: address) % MemoryLayout<Float>.alignment != 0 else { return tensor }
    return try? tensor.withUnsafeBytes { (bytes) throws(ModelError) in
      try Tensor(tensor.element, tensor.shape, bytes: OwnedBytes(copying: bytes))
    }
  }
}
