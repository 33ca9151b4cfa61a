import Diagnostics
import GraphIR
import LiteRTSchema
import Operators
import Tensors

/// Adds the nodes of one step.
typealias Mapping = @Sendable (SourceCall, SubgraphReader) throws(ModelError) -> Void

/// How each operator of the format is expressed in ours.
enum Mappings {
  private static let byCode: [Schema.BuiltinOperator: Mapping] = {
    var all: [Schema.BuiltinOperator: Mapping] = [:]
    for family in [elementwise, windows, products, movements, selections, blocks, reductions, quantization, control] {
      all.merge(family) { _, new in new }
    }
    return all
  }()

  static func add(_ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) {
    if call.code == .rfft2d || call.inputs.contains(where: reader.pairs.contains) {
      guard let code = call.code, let mapping = complex[code] else { throw ModelError(.unsupported, "complex numbers") }
      return try mapping(call, reader)
    }
    if let code = call.code, let mapping = byCode[code] { return try mapping(call, reader) }
    if call.isCustom, let mapping = custom[call.name] ?? (call.version == 2 ? landmarks[call.name] : nil) { return try mapping(call, reader) }
    try addForeign(call, reader)
  }

  /// An operator without a mapping is carried: its name, its operands, its custom options.
  private static func addForeign(_ call: SourceCall, _ reader: SubgraphReader) throws(ModelError) {
    let domain = call.isCustom ? LiteRTImporter.customDomain : LiteRTImporter.foreignDomain
    var op = ForeignOperator(domain: domain, name: call.name, version: 1)
    if !call.customOptions.isEmpty {
      let bytes = UnsafeRawBufferPointer(rebasing: reader.file.mapping.bytes[call.customOptions])
      op.namedAttributes.append(NamedAttribute("custom_options", .string(Array(bytes))))
    }
    var operands: [ValueID?] = []
    for input in call.inputs { operands.append(input < 0 ? nil : try reader.storedValue(of: input)) }
    let results = try reader.assembly.emit(op, operands: operands, count: call.outputs.count)
    for (index, value) in zip(call.outputs, results) {
      let tensor = try reader.tensor(index)
      if let element = tensor.element {
        reader.assembly.graph.setType(value, to: .tensor(element, tensor.signature.map { $0 < 0 ? .unknown : .number($0) }))
      }
      try reader.define(index, value)
    }
    reader.assembly.sink.warn("\(call.name) is not known; it is kept as it is", at: Place(graph: reader.source.name, node: reader.assembly.base))
  }
}
