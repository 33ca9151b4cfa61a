import Diagnostics
import GraphIR
import LiteRTSchema
import Lowerings
import Tensors

/// Reads LiteRT (TensorFlow Lite) models, schema version 3.
///
/// What is channels-last in the file becomes our operators with transpositions around them; a tensor's quantisation becomes pairs of
/// QuantizeLinear and DequantizeLinear. Variables become inputs with a default and outputs. An operator without a mapping is kept
/// as a `ForeignOperator` of the domain `tflite`, or `tflite.custom`.
package enum LiteRTImporter {
  package static let foreignDomain = "tflite"
  package static let customDomain = "tflite.custom"

  package struct Options: Sendable {
    package var sink: DiagnosticSink
    package init(sink: DiagnosticSink = DiagnosticSink()) { self.sink = sink }
  }

  /// Whether the bytes look like a LiteRT model, possibly a truncated one.
  package static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 8 && bytes[4..<8].elementsEqual(Schema.identifier)
  }

  /// Reads the model in a mapped file. Its tensors keep pointing into the mapping.
  ///
  /// Throws `truncated`, `malformed` or `limitExceeded` for a damaged file, `invalidGraph` for references to what is not there,
  /// `unsupported` for what has no equivalent here.
  package static func read(_ file: FileMapping, options: Options = Options()) throws(ModelError) -> Model {
    do throws(ModelError) {
      let source = try ModelFile(file)
      var model = try ModelReader(source, options.sink).read()
      model.sources = [file.path]
      lift(&model.graph, opsets: model.opsetsInForce, functions: [], report: options.sink)
      return model
    } catch {
      throw error.located(Place(file: file.path))
    }
  }
}
