import Diagnostics
import LiteRTSchema
import Retargeting
import Tensors

/// The tables that all subgraphs share: operator codes and buffers.
final class ModelTables {
  private struct CodeKey: Hashable {
    var code: Int
    var version: Int
  }
  private var codes: [CodeKey: Int] = [:]
  private(set) var operatorCodes: [FlatObject] = []
  /// The first buffer is empty by convention: tensors that are computed refer to it.
  private var buffers: [ByteRope] = [ByteRope()]
  private var stored: [TensorIdentity: Int] = [:]
  /// Kept alive, so that identities stay those of these tensors.
  private var tensors: [Tensor] = []
  private(set) var subgraphs: [FlatObject?] = []
  let settings: EmissionSettings

  init(_ settings: EmissionSettings) { self.settings = settings }

  func code(_ code: Schema.BuiltinOperator, version: Int) -> Int {
    let key = CodeKey(code: code.rawValue, version: version)
    if let known = codes[key] { return known }
    var object = FlatObject()
    // Readers from before codes beyond 127 look at the narrow field alone.
    object.set(Schema.OperatorCode.deprecatedBuiltinCode, min(code.rawValue, 127))
    object.set(Schema.OperatorCode.version, version)
    object.set(Schema.OperatorCode.builtinCode, code.rawValue)
    operatorCodes.append(object)
    codes[key] = operatorCodes.count - 1
    return operatorCodes.count - 1
  }

  /// The buffer of a constant; tensors that share storage share it.
  func buffer(_ tensor: Tensor) -> Int {
    if let known = stored[tensor.identity] { return known }
    var content = ByteRope()
    if let strings = tensor.strings { content.append(Self.packed(strings)) } else { content.append(tensor) }
    let index = buffer(content)
    tensors.append(tensor)
    stored[tensor.identity] = index
    return index
  }

  /// A buffer of its own.
  func buffer(_ content: ByteRope) -> Int {
    buffers.append(content)
    return buffers.count - 1
  }

  /// Strings as the format stores them: their number, where each begins and the last ends, then their bytes.
  private static func packed(_ strings: [[UInt8]]) -> [UInt8] {
    var place = 4 * (strings.count + 2)
    var head = [strings.count, place]
    for text in strings {
      place += text.count
      head.append(place)
    }
    return head.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } } + strings.joined()
  }

  /// The file of a model whose buffers are these: inside the FlatBuffer, or behind it where it would exceed `limit`.
  func file(_ root: FlatObject, limit: Int) throws(ModelError) -> ByteRope {
    var root = root
    root.set(
      Schema.Model.buffers,
      buffers.map { content in
        var object = FlatObject()
        if content.byteCount > 0 { object.set(Schema.Buffer.data, payload: content) }
        return object
      })
    let whole = FlatBuilder.file(root: root)
    guard whole.byteCount > limit else { return whole }
    // Offsets take the same place whatever they are, so that a first attempt tells where the FlatBuffer ends.
    root.set(Schema.Model.buffers, outside(from: 1 << 20))
    let start = (FlatBuilder.file(root: root).byteCount + 63) / 64 * 64
    root.set(Schema.Model.buffers, outside(from: start))
    var file = FlatBuilder.file(root: root)
    guard file.byteCount <= Int(Int32.max) else {
      throw ModelError(.notExpressible, "\(file.byteCount) bytes without constants are more than one LiteRT file can hold")
    }
    for content in buffers where content.byteCount > 0 {
      file.pad(toMultipleOf: 64)
      file.append(content)
    }
    return file
  }

  private func outside(from start: Int) -> [FlatObject] {
    var place = start
    return buffers.map { content in
      var object = FlatObject()
      guard content.byteCount > 0 else { return object }
      object.set(Schema.Buffer.offset, place)
      object.set(Schema.Buffer.size, content.byteCount)
      place = (place + content.byteCount + 63) / 64 * 64
      return object
    }
  }

  /// A place for a subgraph that is written later.
  func reserveSubgraph() -> Int {
    subgraphs.append(nil)
    return subgraphs.count - 1
  }

  func setSubgraph(_ index: Int, _ object: FlatObject) { subgraphs[index] = object }
}
