import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Writes models as ONNX.
package enum ONNXExporter {
  package struct Options: Sendable {
    package enum ExternalData: Sendable {
      /// When the source had external data, or the model would be larger than protobuf allows.
      case automatic
      case always, never
    }

    package var externalData = ExternalData.automatic
    /// Tensors of fewer bytes stay in the model.
    package var externalThreshold = 1024
    /// The largest message that readers of protobuf accept.
    package var largestMessage = Int(Int32.max)
    /// True for a model whose nodes are all foreign already.
    package var isLowered = false
    /// True for a model that asks for other operator set versions than its source did. See `lower`.
    package var isRetargeted = false
    package var sink: DiagnosticSink

    package init(sink: DiagnosticSink = DiagnosticSink()) { self.sink = sink }
  }

  /// The files of a model, not yet written.
  package struct Files: Sendable {
    package var model: ByteRope
    /// To be put beside the model under exactly this name.
    package var weights: (name: String, content: ByteRope)?
  }

  /// The files of `model`, the model's own to be named `fileName`.
  ///
  /// Throws `notExpressible` for what ONNX, or the versions that the model asks for, cannot say.
  package static func write(_ model: Model, fileName: String, options: Options = Options()) throws(ModelError) -> Files {
    var model = model
    if !options.isLowered { try lower(&model.graph, opsets: model.opsetsInForce, retargeting: options.isRetargeted) }
    model.listConstantsThatNoNodeCanHold()
    let isExternal =
      switch options.externalData {
      case .always: true
      case .never: false
      case .automatic: model.sources.count > 1
      }
    if !isExternal {
      let encoder = try ModelWriter(model, weights: nil, options).encode()
      if encoder.byteCount <= options.largestMessage { return Files(model: encoder.rope) }
      guard options.externalData == .automatic else {
        throw ModelError(
          .notExpressible, "\(encoder.byteCount) bytes are more than one ONNX file can hold", notes: ["weights in a file of their own are needed"])
      }
      options.sink.report(Diagnostic(.note, "\(encoder.byteCount) bytes do not fit one ONNX file: the weights go into \(fileName).data"))
    }
    let writer = ModelWriter(model, weights: WeightsFile(name: fileName + ".data", threshold: options.externalThreshold), options)
    let encoder = try writer.encode()
    guard encoder.byteCount <= options.largestMessage else {
      throw ModelError(.notExpressible, "\(encoder.byteCount) bytes without weights are more than one ONNX file can hold")
    }
    let weights = writer.context.weights.map { (name: $0.name, content: $0.content) }
    return Files(model: encoder.rope, weights: weights?.content.byteCount ?? 0 > 0 ? weights : nil)
  }
}

extension Model {
  /// Before IR version 4 a constant is a `Constant` node or listed among the inputs; before operator set 9 the node holds
  /// floats alone.
  fileprivate mutating func listConstantsThatNoNodeCanHold() {
    guard producer.formatVersion < 4, (opset("") ?? 1) < 9 else { return }
    let listed = Set(graph.listedConstants)
    for id in graph.valueIDs where !graph[id].name.isEmpty && !listed.contains(id) && graph[id].carried?.fields["initializer"] == nil {
      guard let element = graph[id].constant?.element, ![.float32, .float64, .float16].contains(element) else { continue }
      graph.listedConstants.append(id)
    }
  }
}
