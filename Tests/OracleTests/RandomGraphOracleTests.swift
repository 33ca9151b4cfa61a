import Diagnostics
import FerryTestSupport
import Foundation
import GraphIR
import Lowerings
import ONNXExport
import Passes
import Rewriting
import Tensors
import Testing

/// Graphs made at random, before and after the standard pipeline, run by ONNX Runtime. `FERRY_FUZZ_GRAPHS` says how many.
@Suite(.serialized) struct RandomGraphOracleTests {
  private static let rounds = ProcessInfo.processInfo.environment["FERRY_FUZZ_GRAPHS"].flatMap { Int($0) } ?? 300

  @Test func optimisedGraphsGiveTheSameResultsInONNXRuntime() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-graphs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var rows: [String] = []
    for seed in 1...Self.rounds {
      var generator = GraphGenerator(seed: UInt64(seed), element: .float32)
      let original = try generator.generate(nodes: 10 + seed % 51)
      let opset = 20 + seed % 5
      var graph = original
      try Pipelines.standard.run(on: &graph, opsets: ["": opset], trace: RewriteTrace())
      let files = (folder.appending(path: "\(seed).onnx"), folder.appending(path: "\(seed)-optimised.onnx"))
      try write(original, opset, to: files.0)
      try write(graph, opset, to: files.1)
      rows.append("\(files.0.path)\t\(files.1.path)")
    }
    let list = folder.appending(path: "list.txt")
    try rows.joined(separator: "\n").write(to: list, atomically: true, encoding: .utf8)
    let answer = try ask("compare_models.py", ["--list", list.path])
    let lines = answer.text.split(separator: "\n")
    #expect(lines.count == rows.count, "ONNX Runtime did not come back from graph \(lines.count + 1)")
    let failures = lines.filter { !$0.contains("\"ok\": true") }.prefix(5).joined(separator: "\n")
    #expect(failures.isEmpty, "\(failures)")
    #expect(answer.isContent)
  }

  private func write(_ graph: Graph, _ opset: Int, to file: URL) throws {
    var model = Model(graph: graph, format: "onnx", opsets: [("", opset)])
    model.producer.formatVersion = 10
    try Data(ONNXExporter.write(model, fileName: file.lastPathComponent).model.gathered()).write(to: file)
  }
}
