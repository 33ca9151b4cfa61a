import Foundation
import Glibc
import Testing

/// `batch`: everything is tried, nothing stops the rest, and what is done is not done again.
@Suite struct BatchTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.makeFolder("models/deep")
    try workspace.write(HostileModel.valid, to: "models/a.onnx")
    try workspace.write([1, 2, 3], to: "models/broken.onnx")
    try workspace.write(HostileModel.valid, to: "models/deep/b.onnx")
    try workspace.write([1], to: "models/readme.txt")
  }

  private func run(_ arguments: String...) throws -> Outcome { try FerryProcess.run(["batch"] + arguments, in: workspace) }

  private func records(_ name: String = "out/results.jsonl") throws -> [[String: Any]] {
    try String(decoding: workspace.read(name), as: UTF8.self).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }

  private func outcomes(_ records: [[String: Any]]) -> [String: String] {
    Dictionary(records.map { ($0["model"] as? String ?? "", $0["outcome"] as? String ?? "") }) { _, last in last }
  }

  @Test func oneBadModelDoesNotStopTheRest() throws {
    let outcome = try run("models", "-o", "out", "--jobs", "2")
    #expect(outcome.status == 6, "\(outcome.errors)")
    #expect(outcomes(try records()) == ["models/a.onnx": "done", "models/broken.onnx": "invalid", "models/deep/b.onnx": "done"])
    #expect(workspace.exists("out/a.onnx") && workspace.exists("out/deep/b.onnx") && !workspace.exists("out/broken.onnx"))
    #expect(outcome.output.contains("done 2") && outcome.output.contains("invalid  models/broken.onnx"), "\(outcome.output)")
    let names = try FileManager.default.contentsOfDirectory(atPath: workspace.path("out"))
    #expect(names.allSatisfy { !$0.hasPrefix(".") }, "\(names)")
  }

  @Test func jsonPrintsOneLineAResult() throws {
    let outcome = try run("models", "-o", "out", "--json", "--bundle")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 3)
    for line in lines { #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any]) }
    #expect(workspace.exists("out/a.zip"))
  }

  @Test func resumingDoesOnlyWhatIsLeft() throws {
    #expect(try run("models", "-o", "out").status == 6)
    let first = try records().count
    #expect(try run("models", "-o", "out").status == 2, "the folder has something in it")
    #expect(try run("models", "-o", "out", "--resume").status == 6)
    #expect(try records().count == first, "nothing is left to be done")
    try workspace.write(HostileModel.valid, to: "models/broken.onnx")
    try FileManager.default.removeItem(atPath: workspace.path("out/a.onnx"))
    #expect(try run("models", "-o", "out", "--resume").status == 0)
    #expect(try records().count == first + 2)
    #expect(try run("models", "-o", "out", "--resume", "--", "--verify", "full").status == 0)
    #expect(try records().count == first + 5, "other options are other work")
  }

  @Test func lineThatWasCutOffIsNoHarm() throws {
    #expect(try run("models", "-o", "out").status == 6)
    let whole = try workspace.read("out/results.jsonl")
    try workspace.write(Array(whole.dropLast(20)), to: "out/results.jsonl")
    #expect(try run("models", "-o", "out", "--resume").status == 6)
    let lines = try String(decoding: workspace.read("out/results.jsonl"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 4)
  }

  /// The process itself is killed; what was done stays done.
  @Test func resumesAfterBeingKilled() throws {
    for index in 0..<40 { try workspace.write(HostileModel.valid, to: "models/many\(index).onnx") }
    let child = try Child([FerryProcess.executable, "batch", "models", "-o", "out", "--jobs", "2"], in: workspace)
    for _ in 0..<2000 where !workspace.exists("out/results.jsonl") || (try? records().count) ?? 0 < 3 { usleep(2000) }
    kill(child.process, SIGKILL)
    _ = try child.outcome(within: .seconds(20))
    let outcome = try run("models", "-o", "out", "--resume")
    #expect(outcome.status == 6)
    #expect(outcomes(try records()).values.filter { $0 == "done" }.count == 42)
    #expect(outcome.output.contains("done 42"), "\(outcome.output)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path("out")).allSatisfy { !$0.hasPrefix(".batch-") })
  }

  @Test func modelThatTakesTooLongIsEnded() throws {
    mkfifo(workspace.path("models/endless.onnx"), 0o600)
    try workspace.write(HostileModel.valid, to: "models/z.onnx")
    let outcome = try run("models", "-o", "out", "--timeout", "20")
    #expect(!outcome.timedOut && outcome.status == 6)
    #expect(outcomes(try records())["models/z.onnx"] == "done")
    #expect(outcomes(try records())["models/endless.onnx"] != "done")
  }

  @Test func partsCoverEverythingOnce() throws {
    for index in 1...3 { _ = try run("models", "-o", "out", "--shard", "\(index)/3", "--force") }
    let all = try (1...3).flatMap { try records("out/results-\($0)-of-3.jsonl") }
    #expect(all.count == 3 && outcomes(all).count == 3)
    for wrong in ["0/3", "4/3", "1", "a/b"] { #expect(try run("models", "-o", "out2", "--shard", wrong).status == 2) }
  }

  @Test func listOfPathsIsReadBesideItsFile() throws {
    try workspace.write(Array("# two of them\na.onnx\n\ndeep/b.onnx\n".utf8), to: "models/list.txt")
    let outcome = try run("models/list.txt", "-o", "out")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(workspace.exists("out/a.onnx") && workspace.exists("out/b.onnx"))
    try FileManager.default.createSymbolicLink(atPath: workspace.path("link"), withDestinationPath: "models/deep")
    #expect(try run("link", "-o", "linked").status == 0 && workspace.exists("linked/b.onnx"))
    #expect(try run("nowhere", "-o", "out3").status == 5)
    try workspace.makeFolder("empty")
    #expect(try run("empty", "-o", "out4").status == 5)
  }
}
