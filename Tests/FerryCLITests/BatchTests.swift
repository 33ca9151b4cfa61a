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

  /// A path given twice is one model, and the space around it is none of it.
  @Test func listMayBeCareless() throws {
    try workspace.write(Array("  a.onnx\t\r\na.onnx\n \n\u{FFFD}\u{0}\nmissing.onnx\n.\n".utf8), to: "models/list.txt")
    let outcome = try run("models/list.txt", "-o", "out")
    #expect(outcome.status == 6, "\(outcome.errors)")
    #expect(outcomes(try records()).values.sorted() == ["done", "failed", "failed", "failed"])
  }

  @Test func theEnvironmentSaysWhichPart() throws {
    let slurm = ["SLURM_ARRAY_TASK_ID=9", "SLURM_ARRAY_TASK_MIN=5", "SLURM_ARRAY_TASK_STEP=4", "SLURM_ARRAY_TASK_COUNT=3"]
    #expect(try run(with: slurm).status == 6)
    #expect(outcomes(try records("out/results-2-of-3.jsonl")) == ["models/broken.onnx": "invalid"])
    // The first part's folder is the second's, too.
    #expect(try run(with: ["JOB_COMPLETION_INDEX=0", "COMPLETIONS=3"]).status == 0)
    #expect(try run(with: ["JOB_COMPLETION_INDEX=0", "COMPLETIONS=3"]).status == 2, "that part has something in it")
    #expect(try run(with: slurm, "--shard", "3/3").status == 0)
  }

  /// Were it passed over, every process would do everything.
  @Test(arguments: [
    ["JOB_COMPLETION_INDEX=1"], ["JOB_COMPLETION_INDEX=9223372036854775807", "COMPLETIONS=2"], ["JOB_COMPLETION_INDEX=2", "COMPLETIONS=2"],
    ["JOB_COMPLETION_INDEX=-1", "COMPLETIONS=2"], ["JOB_COMPLETION_INDEX=x", "COMPLETIONS=2"], ["SLURM_ARRAY_TASK_ID=3"],
    ["SLURM_ARRAY_TASK_ID=4", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_STEP=2", "SLURM_ARRAY_TASK_COUNT=3"],
    ["SLURM_ARRAY_TASK_ID=-9223372036854775808", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_COUNT=3"],
    ["SLURM_ARRAY_TASK_ID=1", "SLURM_ARRAY_TASK_STEP=0", "SLURM_ARRAY_TASK_COUNT=3"],
  ])
  func anEnvironmentThatNamesNoPart(_ variables: [String]) throws {
    let outcome = try run(with: variables)
    #expect(outcome.status == 2 && outcome.errors.contains("--shard"), "\(outcome.errors)")
    #expect(!workspace.exists("out"))
  }

  private func run(with variables: [String], _ arguments: String...) throws -> Outcome {
    try Child(["env"] + variables + [FerryProcess.executable, "batch", "models", "-o", "out"] + arguments, in: workspace)
      .outcome(within: .seconds(120))
  }

  /// What it has started ends with it, and leaves nothing.
  @Test(arguments: [SIGTERM, SIGINT, SIGKILL]) func conversionsEndWithTheBatch(_ signal: Int32) throws {
    for index in 0..<200 { try workspace.write(HostileModel.valid, to: "models/many\(index).onnx") }
    let batch = try Child([FerryProcess.executable, "batch", "models", "-o", "out2", "--jobs", "4"], in: workspace)
    for _ in 0..<2000 {
      if let done = try? records("out2/results.jsonl"), done.count >= 3 { break }
      usleep(2000)
    }
    kill(batch.process, signal)
    let outcome = try batch.outcome(within: .seconds(20))
    usleep(300_000)
    if signal != SIGKILL {
      #expect(outcome.status == 130)
      #expect(try !FileManager.default.contentsOfDirectory(atPath: workspace.path("out2")).contains { $0.hasPrefix(".") })
    }
    let before = try workspace.snapshot().keys.filter { $0.hasPrefix("out2/") }.count
    usleep(500_000)
    #expect(try workspace.snapshot().keys.filter { $0.hasPrefix("out2/") }.count == before, "nobody goes on")
  }
}
