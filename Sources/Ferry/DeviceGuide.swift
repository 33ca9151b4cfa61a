import Bundle
import GraphIR
import LiteRTExport
import Tensors

/// The README inside a bundle: what the files are, and how the device's runtime loads them.
struct DeviceGuide {
  private let platform: Platform
  private let fileName: String
  private let graph: Graph
  private let hasSelfTest: Bool
  private let signature: (key: String, names: [String: String])

  init(_ platform: Platform, _ fileName: String, _ model: Model, hasSelfTest: Bool) {
    self.platform = platform
    self.fileName = fileName
    graph = model.graph
    signature = model.liteRTSignature
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
    lines += ["", "Unpack the files beside each other, then:"]
    for sample in samples { lines += ["", "\(sample.place):", "", "```\(sample.language)"] + sample.lines + ["```"] }
    if hasSelfTest {
      lines += ["", "`\(SelfTest.folder)/input_0.npy` … are inputs in that order, `output_0.npy` … what the source model gives for them."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How one kind of place loads the model and runs it.
  private struct Sample {
    let place: String
    let language: String
    let lines: [String]
  }

  private var samples: [Sample] {
    switch platform.name {
    case "openvino": openVINO
    case "litert": liteRT
    case "ncnn": ncnn
    default:
      [
        Sample(
          place: "Python", language: "python",
          lines: ["import onnxruntime", "model = onnxruntime.InferenceSession(\"\(fileName)\")", "outputs = model.run(None, inputs)"])
      ]
    }
  }

  private var openVINO: [Sample] {
    [
      Sample(
        place: "Python", language: "python",
        lines: ["import openvino", "model = openvino.Core().compile_model(\"\(fileName)\", \"AUTO\")", "outputs = model(inputs)"]),
      Sample(
        place: "C++", language: "cpp",
        lines: ["auto request = ov::Core().compile_model(\"\(fileName)\", \"AUTO\").create_infer_request();"]
          + graph.inputs.map { "request.set_tensor(\"\(graph[$0].name)\", tensor);" } + ["request.infer();"]
          + graph.outputs.map { "request.get_tensor(\"\(graph[$0].name)\");" }),
    ]
  }

  private var liteRT: [Sample] {
    func map(_ values: [ValueID], _ word: String) -> String {
      "mapOf(" + values.enumerated().map { "\"\(signature.names[graph[$0.element].name] ?? graph[$0.element].name)\" to \(word)\($0.offset)" }.joined(separator: ", ") + ")"
    }
    return [
      Sample(
        place: "Python", language: "python",
        lines: [
          "from ai_edge_litert.interpreter import Interpreter", "model = Interpreter(\"\(fileName)\").get_signature_runner()",
          "inputs = {\(graph.inputs.map { "\"\(signature.names[graph[$0].name] ?? graph[$0].name)\": …" }.joined(separator: ", "))}", "outputs = model(**inputs)",
        ]),
      Sample(
        place: "Android, with com.google.ai.edge.litert:litert", language: "kotlin",
        lines: [
          "import org.tensorflow.lite.Interpreter", "val model = Interpreter(File(\"\(fileName)\"))",
          "// Direct ByteBuffers in native order, or arrays of the shapes above.",
          "model.runSignature(\(map(graph.inputs, "input")), \(map(graph.outputs, "output")), \"\(signature.key)\")",
        ]),
    ]
  }

  /// Mats without the batch.
  private var ncnn: [Sample] {
    let inputs = graph.inputs.map { graph[$0].name }
    let outputs = graph.outputs.map { graph[$0].name }
    return [
      Sample(
        place: "Python", language: "python",
        lines: [
          "import ncnn, numpy", "net = ncnn.Net()", "net.load_param(\"\(fileName)\")", "net.load_model(\"\(stem).bin\")",
          "# One sample at a time: an input's first axis is left out where it is 1. Values are 32-bit floats, but positions in tables,",
          "# which are 32-bit integers. For the precision of the source: net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False",
          "extractor = net.create_extractor()",
        ] + inputs.map { "extractor.input(\"\($0)\", ncnn.Mat(sample[0]).clone())" }
          + outputs.map { "_, output = extractor.extract(\"\($0)\"); numpy.array(output)" }),
      Sample(
        place: "C++, on a phone as on a board", language: "cpp",
        lines: [
          "ncnn::Net net;", "net.load_param(\"\(fileName)\");", "net.load_model(\"\(stem).bin\");",
          "ncnn::Extractor extractor = net.create_extractor();", "ncnn::Mat output;",
        ] + inputs.map { "extractor.input(\"\($0)\", sample);" } + outputs.map { "extractor.extract(\"\($0)\", output);" }),
    ]
  }

  private var stem: String { fileName.lastIndex(of: ".").map { String(fileName[..<$0]) } ?? fileName }
}
