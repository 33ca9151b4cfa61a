import Diagnostics
import Ferry
import Foundation
import Testing

/// Holds conversions against the runtimes and checkers that define what a model means. They come from PyPI: `Tests/Oracles`.
@Suite(.serialized) struct OracleTests {
  private let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every model of Samples and of `Samples/fetch`, by path from the top.
  private func models() throws -> [String] {
    let folders = ["Samples", "Samples/structural"] + subfolders(of: "Samples/fetched")
    let models = try folders.flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: top.appending(path: folder).path)
        .filter { $0.hasSuffix(".onnx") }.map { "\(folder)/\($0)" }
    }
    return models.sorted()
  }

  private func subfolders(of folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: top.appending(path: folder).path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
  }

  /// The structural samples that ONNX Runtime cannot load; Samples/README.md says why.
  private func unrunnable() throws -> Set<String> {
    let text = try String(contentsOf: top.appending(path: "Samples/structural/unrunnable.txt"), encoding: .utf8)
    return Set(text.split(separator: "\n").map { $0.split(separator: "#")[0].trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty })
  }

  private func stem(_ model: String) -> String { URL(filePath: model).deletingPathExtension().lastPathComponent }

  /// Converts all models into a folder of their own; returns pairs of source and result.
  private func convertAll(optimize: Bool, into folder: URL) async throws -> [(source: String, result: String)] {
    var pairs: [(String, String)] = []
    for model in try models() {
      let output = folder.appending(path: model.replacing("/", with: "_")).path
      var options = ConversionOptions()
      options.optimize = optimize
      options.verify = .none
      _ = try await Ferry.convert(top.appending(path: model).path, options: options, output: output)
      pairs.append((model, output))
    }
    return pairs
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ferry-oracles-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  private func list(_ rows: [[String]], in folder: URL) throws -> String {
    let file = folder.appending(path: "list.txt")
    try rows.map { $0.joined(separator: "\t") }.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  @Test func theRealModelsAreThere() throws {
    #expect(try models().filter { $0.hasPrefix("Samples/fetched/") }.count == 13, "run Samples/fetch")
    #expect(FileManager.default.fileExists(atPath: top.appending(path: ".venv-oracles/bin/python").path), "run Tests/Oracles/make-venv")
  }

  @Test func identityConversionLosesNoField() async throws {
    try await withFolder { folder in
      let pairs = try await convertAll(optimize: false, into: folder)
      let answer = try ask("compare_lossless.py", ["--list", list(pairs.map { [$0.source, $0.result] }, in: folder)])
      #expect(answer.isContent, "\(answer.text)")
      #expect(answer.text.split(separator: "\n").count { $0.hasSuffix(": same") } == pairs.count)
    }
  }

  @Test func optimizedModelsAreValidAndGiveTheSameResults() async throws {
    try await withFolder { folder in
      let pairs = try await convertAll(optimize: true, into: folder)
      let unrunnable = try unrunnable()
      let runnable = pairs.filter { !unrunnable.contains(stem($0.source)) }
      #expect(pairs.count - runnable.count == unrunnable.count)
      let valid = try ask("check_valid.py", runnable.map(\.result))
      #expect(valid.isContent, "\(valid.text)")
      let rows = runnable.map { pair in
        let inputs = "Samples/inputs/\(stem(pair.source))"
        let hasInputs = FileManager.default.fileExists(atPath: top.appending(path: inputs).path)
        return [pair.source, pair.result] + (hasInputs ? [inputs] : [])
      }
      let equal = try ask("compare_models.py", ["--list", list(rows, in: folder), "--limit", "6"])
      #expect(equal.isContent, "\(equal.text)")
    }
  }

  /// Every case of the ONNX backend suite through `ferry run`; `Tests/Conformance/failing.tsv` names those that do not pass, and
  /// is wrong in either direction when this fails.
  @Test func theBackendSuitePassesButForTheCasesListed() throws {
    let answer = try ask("../Conformance/conform", [])
    let figure = answer.text.split(separator: "\n").first { $0.hasPrefix("conformance: ") }
    print(figure ?? "no figure")
    #expect(answer.isContent, "\(answer.text.suffix(4000))")
    #expect(figure?.contains(" of 2024 cases pass") ?? false)
  }

  /// No other shape inference finds out more about the real models.
  @Test func inferenceFindsOutAsMuchAsOthers() throws {
    let program = top.appending(path: ".build/release/ferry").path
    let answer = try ask("compare_inference.py", [program] + models().filter { $0.hasPrefix("Samples/fetched/") })
    print(answer.text.split(separator: "\n").suffix(3).joined(separator: "\n"))
    #expect(answer.isContent, "\(answer.text)")
  }

  /// A fixed part of ONNX's own cases, down to every operator set and up again; `make table` takes all of them.
  @Test func convertedOperatorsKeepTheirMeaning() throws {
    let program = top.appending(path: ".build/release/ferry").path
    let answer = try ask("probe_opsets.py", [program, "--every", "11"])
    #expect(answer.isContent, "\(answer.text)")
    #expect(answer.text.contains(" 0 wrong"), "\(answer.text)")
  }

  @Test func theSamplesStillRecognizeDigits() async throws {
    for name in ["digits-cnn", "digits-transformer"] {
      let report = try await Ferry.convert(
        top.appending(path: "Samples/\(name).onnx").path,
        output: FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString).zip").path)
      #expect(report.verification.outcome == .equal)
      #expect(report.after.nodes < report.before.nodes)
      try? FileManager.default.removeItem(atPath: report.output ?? "")
    }
  }
}
