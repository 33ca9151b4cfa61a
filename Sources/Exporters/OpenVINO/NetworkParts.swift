import Diagnostics
import GraphIR
import Retargeting
import Tensors

/// What all networks of one model share: the weights and the names.
final class NetworkParts {
  let settings: EmissionSettings
  var weights = WeightsBlob()
  private var taken: [String: Int] = [:]

  init(_ settings: EmissionSettings) { self.settings = settings }

  /// A layer's name, made unlike every other.
  func uniqueName(_ wanted: String) -> String {
    let count = taken[wanted, default: 0]
    taken[wanted] = count + 1
    guard count > 0 else { return wanted }
    return uniqueName("\(wanted)_\(count)")
  }
}

/// The file of weights: each tensor once, on a boundary of 64 bytes, in order of first use.
struct WeightsBlob {
  private(set) var content = ByteRope()
  private var offsets: [Key: Int] = [:]

  private enum Key: Hashable {
    case mapped(ObjectIdentifier, Range<Int>)
    case stored(TensorIdentity)
    case small([UInt8])
  }

  /// Where the elements of `tensor` lie. Small tensors are compared by content.
  mutating func offset(of tensor: Tensor) throws(ModelError) -> Int {
    let key: Key
    if tensor.byteCount <= 256 {
      key = .small(try tensor.withUnsafeBytes { (bytes) throws(ModelError) in Array(bytes) })
    } else if let (file, range) = tensor.mappedRange {
      key = .mapped(ObjectIdentifier(file), range)
    } else {
      key = .stored(tensor.identity)
    }
    if let offset = offsets[key] { return offset }
    content.pad(toMultipleOf: 64)
    let offset = content.byteCount
    content.append(tensor)
    offsets[key] = offset
    return offset
  }
}
