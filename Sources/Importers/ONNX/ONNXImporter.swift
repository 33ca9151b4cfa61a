import Diagnostics
import GraphIR
import Lowerings
import Tensors

/// Reads ONNX models: any operator set, functions, nested graphs, external data.
package enum ONNXImporter {
  package struct Options: Sendable {
    /// Reads weights into memory, so that a file that is truncated meanwhile does no harm.
    package var copiesWeights = false
    /// Folders, besides the model's own, whose files the model may refer to.
    package var trustedFolders: [String] = []
    /// Files that the model refers to and that are not to be looked for, by location: parts of an archive.
    package var givenFiles: [String: FileMapping] = [:]
    /// Leaves every node as the file has it: a `ForeignOperator`.
    package var keepsForeign = false
    package var sink: DiagnosticSink

    package init(sink: DiagnosticSink = DiagnosticSink()) { self.sink = sink }
  }

  /// Reads the model in the file at `path`.
  ///
  /// Throws what is wrong with the file, located in it: see `ModelError.Code`.
  package static func read(path: String, options: Options = Options()) throws(ModelError) -> Model {
    try read(FileMapping(path: path, copying: options.copiesWeights), options: options)
  }

  /// Reads the model in a mapped file; external data is looked for beside `file.path`. Its tensors keep pointing into the mapping.
  package static func read(_ file: FileMapping, options: Options = Options()) throws(ModelError) -> Model {
    do throws(ModelError) {
      var model = try ModelReader(ReadContext(file: file, options: options)).read()
      try model.graph.giveNestedValuesNamesOfTheirOwn()
      if !options.keepsForeign {
        let functions = model.functions.map { FunctionName(domain: $0.domain, name: $0.name, overload: $0.overload) }
        lift(&model.graph, opsets: model.opsetsInForce, functions: Set(functions), report: options.sink)
      }
      return model
    } catch {
      throw error.located(Place(file: file.path))
    }
  }
}
