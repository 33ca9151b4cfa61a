import Foundation
import Testing

/// Holds what is written for other platforms against their own runtimes, which come from PyPI: `Tests/Oracles/make-venv targets`.
@Suite(.serialized) struct TargetTableTests {
  private let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func table(_ target: String) throws -> (status: Int32, text: String) {
    try run(["Tests/Oracles/target_table.py", "--target", target, "--limit", "2"])
  }

  private func run(_ arguments: [String]) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = top.appending(path: ".venv-targets/bin/python")
    process.arguments = arguments
    process.currentDirectoryURL = top
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  private func expectRight(on target: String, atLeast least: Int) throws {
    let (status, text) = try table(target)
    #expect(status == 0, "\(text)")
    let figure = text.split(separator: "\n").last { $0.hasPrefix("\(target): ") }
    let right = figure?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    #expect(right >= least, "\(text)")
  }

  @Test func everyModelIsRightOnOpenVINOOrRefusedWithAReason() throws { try expectRight(on: "openvino", atLeast: 34) }
  @Test func everyModelIsRightOnLiteRTOrRefusedWithAReason() throws { try expectRight(on: "litert", atLeast: 36) }
  @Test func everyModelIsRightOnNcnnOrRefusedWithAReason() throws { try expectRight(on: "ncnn", atLeast: 32) }

  /// From `.tflite` to the other formats and back.
  @Test func everyFetchedLiteRTModelAgrees() throws { try expectSuccess(["Tests/Oracles/litert_table.py"]) }

  @Test func quantizedGraphsRunInIntegersOnLiteRT() throws { try expectSuccess(["Tests/Oracles/check_quantized.py"]) }

  @Test func quotientsAreExactOnLiteRT() throws { try expectSuccess(["Tests/Oracles/check_quotients.py"]) }

  /// Whole models, as ONNX Runtime's own tool quantises them.
  @Test func quantizedModelsArrive() throws { try expectSuccess(["Tests/Oracles/quantized_models.py"]) }

  @Test func quantizedGraphsAndWeightsRunAsSuchOnOpenVINO() throws { try expectSuccess(["Tests/Oracles/check_openvino_quantized.py"]) }

  @Test func halvedWeightsRunOnEveryRuntime() throws { try expectSuccess(["Tests/Oracles/check_halves.py"]) }

  /// Every ninth case of the ONNX backend suite, as OpenVINO computes it.
  @Test func operatorsAreRightOnOpenVINO() throws { try expectSuccess(["Tests/Conformance/conform-openvino", "--every", "9"]) }

  /// Every third of them on LiteRT.
  @Test func operatorsAreRightOnLiteRT() throws { try expectSuccess(["Tests/Conformance/conform-litert", "--every", "3"]) }

  /// Each operator on each element type.
  @Test func elementTypesAreRightOnLiteRT() throws { try expectSuccess(["Tests/Oracles/litert_elements.py"]) }

  private func expectSuccess(_ arguments: [String]) throws {
    let (status, text) = try run(arguments)
    #expect(status == 0, "\(text)")
    print(text.split(separator: "\n").filter { $0.contains(" agree") || $0.contains("conformance") || $0.contains("right") }.joined(separator: "\n"))
  }

  /// Each operator in small models, as ncnn's own runtime computes it.
  @Test func everyOperatorIsRightOnNcnn() throws {
    let (status, text) = try run(["Tests/Oracles/ncnn_operators.py"])
    #expect(status == 0, "\(text)")
  }
}
