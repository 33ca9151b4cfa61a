import Bundle
import GraphIR
import Tensors

/// The README inside a bundle: what the files are, and how the device's runtime loads them.
struct DeviceGuide {
  private let platform: Platform
  private let fileName: String
  private let graph: Graph
  private let hasSelfTest: Bool

  init(_ platform: Platform, _ fileName: String, _ graph: Graph, hasSelfTest: Bool) {
    self.platform = platform
    self.fileName = fileName
    self.graph = graph
    self.hasSelfTest = hasSelfTest
  }

  var file: ArtifactFile { ArtifactFile(name: "README.md", content: ByteRope(Array(text.utf8)), role: .companion, isText: true) }

  private var text: String {
    var lines = ["# \(fileName)", "", "For \(platform.profile?.summary ?? platform.name). `manifest.json` tells what it was made from.", ""]
    if let profile = platform.profile, !profile.isVerified {
      lines += ["The profile \(profile.name) was written from its maker's documentation; nothing was run on the hardware.", ""]
    }
    lines += ["| | name | type |", "|---|---|---|"]
    lines += graph.inputs.map { "| input | `\(graph[$0].name)` | `\(graph[$0].type?.description ?? "?")` |" }
    lines += graph.outputs.map { "| output | `\(graph[$0].name)` | `\(graph[$0].type?.description ?? "?")` |" }
    lines += ["", "Unpack the files beside each other, then:", "", "```python"] + loading + ["```"]
    if hasSelfTest {
      lines += ["", "`\(SelfTest.folder)/input_0.npy` … are inputs in that order, `output_0.npy` … what the source model gives for them."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var loading: [String] {
    switch platform.name {
    case "openvino":
      ["import openvino", "model = openvino.Core().compile_model(\"\(fileName)\", \"AUTO\")", "outputs = model(inputs)"]
    case "litert":
      [
        "from ai_edge_litert.interpreter import Interpreter", "model = Interpreter(\"\(fileName)\").get_signature_runner()",
        "outputs = model(**inputs)",
      ]
    case "ncnn":
      ncnnLoading
    default:
      ["import onnxruntime", "model = onnxruntime.InferenceSession(\"\(fileName)\")", "outputs = model.run(None, inputs)"]
    }
  }

  /// Mats without the batch. On a phone the same calls exist in C++.
  private var ncnnLoading: [String] {
    let first = graph.inputs.first.map { graph[$0].name } ?? "x"
    return [
      "import ncnn, numpy", "net = ncnn.Net()", "net.load_param(\"\(fileName)\")", "net.load_model(\"\(stem).bin\")",
      "# One sample at a time: an input's first axis is left out where it is 1. Values are 32-bit floats, but positions in tables,",
      "# which are 32-bit integers. For the precision of the source: net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False",
      "extractor = net.create_extractor()", "extractor.input(\"\(first)\", ncnn.Mat(sample[0]).clone())",
    ] + graph.outputs.map { "_, output = extractor.extract(\"\(graph[$0].name)\"); numpy.array(output)" }
  }

  private var stem: String { fileName.lastIndex(of: ".").map { String(fileName[..<$0]) } ?? fileName }
}
