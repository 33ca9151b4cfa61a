internal import CONNXProto
internal import CProtoWire
internal import CProtobufC
import Diagnostics
import GraphIR
import Tensors

/// Reads a whole model.
struct ModelReader {
  private let context: ReadContext

  init(_ context: ReadContext) { self.context = context }

  func read() throws(ModelError) -> Model {
    guard !context.file.bytes.isEmpty else { throw ModelError(.truncated, "the file is empty") }
    var arena: OpaquePointer?
    var failure = PWError()
    let bytes = context.file.bytes
    var shell = Onnx__ModelProto()
    onnx__model_proto__init(&shell)
    guard
      let message = pw_decode_deferring(
        shell.base.descriptor, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, PWLimits(), DeferredMessages.fields, &arena,
        &failure)
    else { throw Self.error(failure) }
    defer { pw_arena_free(arena) }
    return try message.withMemoryRebound(to: Onnx__ModelProto.self, capacity: 1) { (model) throws(ModelError) in
      try read(model.pointee)
    }
  }

  private func read(_ proto: Onnx__ModelProto) throws(ModelError) -> Model {
    guard let graph = proto.graph else { throw ModelError(.invalidGraph, "the model has no graph") }
    guard let version = Int(exactly: proto.ir_version), version >= 0 else {
      throw ModelError(.malformed, "the version of the file's structure is \(proto.ir_version)")
    }
    context.formatVersion = version
    if version > 14 {
      context.sink.warn("IR version \(version) is newer than 14, the latest known", at: Place(file: context.file.path))
    }
    let opsets = try context.opsets(Messages(proto.opset_import, proto.n_opset_import))
    for training in Messages(proto.training_info, proto.n_training_info) { try requireInline(training.pointee) }
    let scope = try GraphReader.read(graph, context, opsets: opsets, path: nil, owner: nil, deferred: DeferredMessages(context.file.bytes))
    var model = Model(graph: scope.graph, format: "onnx", opsets: opsets)
    for function in Messages(proto.functions, proto.n_functions) {
      model.functions.append(try GraphReader.read(function, context, modelOpsets: opsets))
    }
    try FunctionCalls.check(model.functions)
    fill(&model, from: proto)
    model.sources = [context.file.path] + context.externalFiles.paths
    return model
  }

  private func fill(_ model: inout Model, from proto: Onnx__ModelProto) {
    var rest = proto
    rest.has_ir_version = 0
    rest.graph = nil
    rest.n_opset_import = 0
    rest.n_metadata_props = 0
    rest.n_functions = 0
    rest.has_doc_string = 0
    rest.has_model_version = 0
    model.producer.formatVersion = context.formatVersion
    if proto.has_model_version != 0 { model.producer.modelVersion = Int(proto.model_version) }
    // What is not UTF-8 stays among the carried fields.
    func take(_ data: ProtobufCBinaryData, _ flag: inout protobuf_c_boolean) -> String? {
      guard flag != 0, let text = FieldBytes(data).text else { return nil }
      flag = 0
      return text
    }
    model.producer.name = take(proto.producer_name, &rest.has_producer_name)
    model.producer.version = take(proto.producer_version, &rest.has_producer_version)
    model.producer.domain = take(proto.domain, &rest.has_domain)
    let bytes = serialized(rest)
    model.carried = context.carried(
      documentation: proto.has_doc_string == 0 ? nil : proto.doc_string,
      metadata: Messages(proto.metadata_props, proto.n_metadata_props),
      fields: bytes.isEmpty ? [:] : ["ModelProto": [bytes]], in: "the model")
  }

  /// Training graphs are carried as bytes, so that their data has to be in them.
  private func requireInline(_ training: Onnx__TrainingInfoProto) throws(ModelError) {
    for graph in [training.initialization, training.algorithm] {
      guard let graph = graph?.pointee else { continue }
      for tensor in Messages(graph.initializer, graph.n_initializer) { try context.requireInline(tensor) }
    }
  }

  static func error(_ failure: PWError) -> ModelError {
    let code: ModelError.Code =
      switch failure.status {
      case PW_TRUNCATED, PW_LENGTH_PAST_END: .truncated
      case PW_TOO_DEEP, PW_TOO_MUCH_MEMORY, PW_OUT_OF_MEMORY: .limitExceeded
      default: .malformed
      }
    var message = String(cString: pw_status_text(failure.status))
    if failure.status == PW_LENGTH_PAST_END { message += " (\(failure.value) bytes, where \(failure.limit) are left)" }
    if let name = failure.message.map({ String(cString: $0) }) {
      message += " in \(name)" + (failure.field.map { ".\(String(cString: $0))" } ?? "")
    }
    return ModelError(code, message, at: Place(byteOffset: Int(clamping: failure.offset)))
  }
}
