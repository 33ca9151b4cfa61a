internal import CProtobufC
import Diagnostics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a text field, where they lie in the file: a name that is compared and looked up without being copied.
struct FieldBytes: Hashable {
  let bytes: UnsafeBufferPointer<UInt8>

  init(_ data: ProtobufCBinaryData) { bytes = UnsafeBufferPointer(start: data.data, count: data.data == nil ? 0 : data.len) }

  var isEmpty: Bool { bytes.isEmpty }
  var array: [UInt8] { Array(bytes) }
  /// For messages.
  var lossyText: String { String(decoding: bytes, as: UTF8.self) }

  static func == (a: FieldBytes, b: FieldBytes) -> Bool {
    guard a.bytes.count == b.bytes.count, let x = a.bytes.baseAddress, let y = b.bytes.baseAddress else {
      return a.bytes.count == b.bytes.count
    }
    return memcmp(x, y, a.bytes.count) == 0
  }

  func hash(into hasher: inout Hasher) { hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }

  /// The text, when it is UTF-8 without NUL.
  var text: String? {
    if isPlain { return String(decoding: bytes, as: UTF8.self) }
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  /// True for ASCII without NUL, as nearly all names are.
  private var isPlain: Bool {
    var isPlain = true
    for byte in bytes { isPlain = isPlain && byte &- 1 < 0x7f }
    return isPlain
  }
}

/// A repeated field of messages.
struct Messages<Message>: RandomAccessCollection {
  typealias Pointer = UnsafeMutablePointer<Message>
  private let base: UnsafeMutablePointer<Pointer?>?
  let endIndex: Int
  var startIndex: Int { 0 }

  init(_ base: UnsafeMutablePointer<Pointer?>?, _ count: Int) {
    self.base = base
    endIndex = count
  }

  subscript(position: Int) -> Pointer {
    guard let message = base?[position] else { preconditionFailure("the decoder left a repeated field empty") }
    return message
  }
}
