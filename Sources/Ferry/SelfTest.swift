import Bundle
import Diagnostics
import Evaluation
import GraphIR

/// Inputs and the outputs that the source gives for them, to be run on the device.
enum SelfTest {
  static let folder = "self-test"

  /// `input_0.npy` and `output_0.npy` and so on, in order. Throws `unsupported` when the model cannot be run here within the limits
  /// of a sample.
  static func files(of source: Model, narrowed: (@Sendable (inout Graph) throws(ModelError) -> Void)? = nil) throws(ModelError) -> [ArtifactFile] {
    var model = source
    try model.inlineFunctions()
    var inference = TypeInference()
    try inference.run(on: &model.graph)
    if let narrowed {
      try narrowed(&model.graph)
      try inference.run(on: &model.graph)
    }
    guard let (inputs, outputs) = try SideBySide(mode: .sampled).sample(of: model.graph) else {
      throw ModelError(.unsupported, "the model cannot be run here, so there are no results for --self-test")
    }
    var files: [ArtifactFile] = []
    for (kind, tensors) in [("input", inputs), ("output", outputs)] {
      for (index, tensor) in tensors.enumerated() {
        files.append(
          ArtifactFile(name: "\(folder)/\(kind)_\(index).npy", content: try NumpyWriter.write(tensor), role: .companion))
      }
    }
    return files
  }
}
