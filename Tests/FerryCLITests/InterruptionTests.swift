import Foundation
import Glibc
import Testing

/// What happens to a conversion half way leaves nothing but the input.
@Suite(.serialized) struct InterruptionTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try SparseModel.write(to: workspace.path("large.onnx"), mebibytes: 512)
    try workspace.makeFolder("out")
  }

  @Test(arguments: ["out/large.onnx", "out/large.zip", "out/large/"]) func interruptedWhileWriting(_ output: String) throws {
    let before = try workspace.digest(of: "large.onnx")
    try workspace.write(Array("old".utf8), to: "out/kept.onnx")
    let child = try Child([FerryProcess.executable, "convert", "large.onnx", "-o", output, "--no-optimize", "--verify", "none"], in: workspace)
    try waitForOutput()
    kill(child.process, SIGINT)
    let outcome = try child.outcome(within: .seconds(30))
    #expect(outcome.status == 130, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path("out")) == ["kept.onnx"])
    #expect(Set(try FileManager.default.contentsOfDirectory(atPath: workspace.folder)) == ["large.onnx", "out"])
    #expect(try workspace.digest(of: "large.onnx") == before)
  }

  /// The mapping then has pages without a file behind them, and touching one raises a signal.
  @Test(arguments: ["out/large.onnx", "out/large.zip"]) func inputTruncatedMeanwhile(_ output: String) throws {
    try workspace.write(Array("old".utf8), to: "out/kept.onnx")
    let child = try Child([FerryProcess.executable, "convert", "large.onnx", "-o", output, "--no-optimize", "--verify", "none"], in: workspace)
    try waitForOutput()
    #expect(truncate(workspace.path("large.onnx"), 1 << 20) == 0)
    let outcome = try child.outcome(within: .seconds(30))
    #expect(outcome.status == 5, "\(outcome.errors)")
    #expect(outcome.errors.contains("error: "), "\(outcome.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path("out")) == ["kept.onnx"])
  }

  /// Until something begins to be written.
  private func waitForOutput() throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      if try FileManager.default.contentsOfDirectory(atPath: workspace.path("out")).count > 1 { return }
      usleep(500)
    }
    Issue.record("nothing was written within a minute")
  }
}
