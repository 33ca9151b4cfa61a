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
  @Test func everyModelIsRightOnNcnnOrRefusedWithAReason() throws { try expectRight(on: "ncnn", atLeast: 30) }

  /// Each operator in small models, as ncnn's own runtime computes it.
  @Test func everyOperatorIsRightOnNcnn() throws {
    let (status, text) = try run(["Tests/Oracles/ncnn_operators.py"])
    #expect(status == 0, "\(text)")
  }
}
