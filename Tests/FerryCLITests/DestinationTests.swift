import Foundation
import Glibc
import Testing

/// Outputs that would destroy the input, cannot be written, or run out of room.
@Suite struct DestinationTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.write(HostileModel.valid)
  }

  private func writeExternalModel() throws {
    try workspace.write([UInt8](repeating: 1, count: 24), to: "weights.bin")
    try workspace.write(HostileModel.external(at: "weights.bin"), to: "external.onnx")
  }

  /// A model of 64 MiB that takes no room on the disk.
  private func writeLargeModel(_ name: String = "large.onnx") throws {
    try SparseModel.write(to: workspace.path(name), mebibytes: 64)
  }

  @Test func outputIsTheInput() throws {
    for output in ["model.onnx", "./model.onnx", workspace.path("model.onnx")] {
      try workspace.expectRefusal(["convert", "model.onnx", "-o", output], status: 5, saying: ["model.onnx: error: ", "input"])
      try workspace.expectRefusal(["optimize", "model.onnx", output], status: 5, saying: ["model.onnx: error: ", "input"])
    }
  }

  @Test func outputIsALinkToTheInput() throws {
    let manager = FileManager.default
    try manager.linkItem(atPath: workspace.path("model.onnx"), toPath: workspace.path("hard.onnx"))
    try workspace.expectRefusal(["convert", "model.onnx", "-o", "hard.onnx"], status: 5, saying: ["hard.onnx"])
    try manager.createSymbolicLink(atPath: workspace.path("soft.onnx"), withDestinationPath: "model.onnx")
    try workspace.expectRefusal(["convert", "model.onnx", "-o", "soft.onnx"], status: 5, saying: ["soft.onnx"])
    try workspace.expectRefusal(["convert", "soft.onnx", "-o", "model.onnx"], status: 5, saying: ["model.onnx"])
  }

  @Test func outputIsAFileTheInputRefersTo() throws {
    try writeExternalModel()
    try FileManager.default.moveItem(atPath: workspace.path("weights.bin"), toPath: workspace.path("weights.onnx"))
    try workspace.write(HostileModel.external(at: "weights.onnx"), to: "external.onnx")
    try workspace.expectRefusal(["convert", "external.onnx", "-o", "weights.onnx"], status: 5, saying: ["weights.onnx"])
  }

  @Test func sidecarIsAFileTheInputRefersTo() throws {
    let name = try sidecarName()
    try workspace.write([UInt8](repeating: 1, count: 1 << 16), to: name)
    let tensor = HostileModel.external("w", [128, 128], ["location": name, "offset": "0", "length": "65536"])
    var model = HostileModel.adding(tensor)
    model.inputs = [HostileModel.port("x", [128, 128])]
    model.outputs = [HostileModel.port("y", [128, 128])]
    try workspace.write(model, to: "big.onnx")
    try workspace.expectRefusal(["convert", "big.onnx", "-o", "out.onnx"], status: 5, saying: [name])
  }

  /// What the weights of `out.onnx` are called, found out by converting.
  private func sidecarName() throws -> String {
    try workspace.makeFolder("trial")
    try workspace.write([UInt8](repeating: 1, count: 1 << 16), to: "trial/w.bin")
    let tensor = HostileModel.external("w", [128, 128], ["location": "w.bin", "offset": "0", "length": "65536"])
    var model = HostileModel.adding(tensor)
    model.inputs = [HostileModel.port("x", [128, 128])]
    model.outputs = [HostileModel.port("y", [128, 128])]
    try workspace.write(model, to: "trial/m.onnx")
    _ = try FerryProcess.run(["convert", "trial/m.onnx", "-o", "trial/out.onnx"], in: workspace)
    let names = try FileManager.default.contentsOfDirectory(atPath: workspace.path("trial"))
    return try #require(names.first { !["w.bin", "m.onnx", "out.onnx"].contains($0) }, "no sidecar was written")
  }

  @Test func bundleFolderHoldsTheInput() throws {
    try workspace.makeFolder("dir")
    try workspace.write(HostileModel.valid, to: "dir/model.onnx")
    try workspace.expectRefusal(["convert", "dir/model.onnx", "-o", "dir/", "--force"], status: 5, saying: ["input"])
  }

  @Test func folderThatDoesNotExist() throws {
    for output in ["nowhere/out.onnx", "nowhere/out.zip", "nowhere/deeper/out/"] {
      try workspace.expectRefusal(["convert", "model.onnx", "-o", output], status: 5, saying: ["nowhere"])
    }
  }

  @Test func fileWhereAFolderIsNeeded() throws {
    try workspace.write(Array("x".utf8), to: "file")
    for output in ["file/out.onnx", "file/out.zip", "file/"] {
      try workspace.expectRefusal(["convert", "model.onnx", "-o", output], status: 5, saying: ["file"])
    }
  }

  @Test func placesThatCannotBeWritten() throws {
    try workspace.makeFolder("out.onnx")
    for output in ["/proc/out.onnx", "/proc/out.zip", "/dev/null/out.onnx"] {
      try workspace.expectRefusal(["convert", "model.onnx", "-o", output], status: 5, saying: ["out."])
    }
  }

  @Test func folderWithSomethingInIt() throws {
    try workspace.makeFolder("full")
    try workspace.write(Array("mine".utf8), to: "full/notes.txt")
    try workspace.expectRefusal(["convert", "model.onnx", "-o", "full/"], status: 5, saying: ["full", "something in it"])
    let forced = try FerryProcess.run(["convert", "model.onnx", "-o", "full/", "--force"], in: workspace)
    #expect(forced.status == 0, "\(forced.errors)")
    #expect(try workspace.read("full/notes.txt") == Array("mine".utf8))
    #expect(workspace.exists("full/manifest.json") && workspace.exists("full/model.onnx"))
  }

  @Test func existingFileIsReplacedOnlyByAWholeOne() throws {
    try workspace.write(Array("old".utf8), to: "out.onnx")
    try workspace.write(Array("old".utf8), to: "out.zip")
    try writeLargeModel()
    for output in ["out.onnx", "out.zip"] {
      try workspace.expectRefusal(
        ["convert", "large.onnx", "-o", output, "--verify", "none"], status: 5, saying: [output], prefixed: ["prlimit", "--fsize=1048576"])
      let outcome = try FerryProcess.run(["convert", "model.onnx", "-o", output], in: workspace)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try workspace.read(output) != Array("old".utf8))
    }
  }

  @Test func fileSizeLimit() throws {
    try writeLargeModel()
    for output in ["out.onnx", "out.zip", "out/"] {
      try workspace.expectRefusal(
        ["convert", "large.onnx", "-o", output, "--verify", "none"], status: 5, saying: ["out"], prefixed: ["prlimit", "--fsize=1048576"])
    }
  }

  /// On a file system of one megabyte, mounted for that process alone; needs the right to do so.
  @Test(.enabled(if: FullDisk.isAvailable, "unshare -m is not permitted here"), arguments: ["out.onnx", "out.zip", "out/"])
  func fullDisk(_ output: String) throws {
    try writeLargeModel()
    try workspace.makeFolder("tiny")
    let script = """
      mount -t tmpfs -o size=1m none tiny && "$0" convert large.onnx -o tiny/\(output) --verify none; status=$?; ls -A tiny >&2; exit $status
      """
    let child = try Child(FullDisk.command + ["sh", "-c", script, FerryProcess.executable], in: workspace)
    let outcome = try child.outcome(within: .seconds(60))
    #expect(outcome.status == 5, "\(outcome.errors)")
    let lines = outcome.errors.split(separator: "\n").filter { !$0.hasPrefix("  note: ") }
    #expect(lines.count == 1 && lines[0].contains("No space left"), "one line, and nothing left in the folder: \(outcome.errors)")
  }

  @Test func reportThatCannotBeWritten() throws {
    let outcome = try FerryProcess.run(["convert", "model.onnx", "-o", "out.onnx", "--report", "nowhere/r.json"], in: workspace)
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("nowhere/r.json"))
  }
}

enum FullDisk {
  static let command = ["unshare", "--map-root-user", "--mount"]

  static let isAvailable: Bool = {
    guard let workspace = try? Workspace() else { return false }
    let trial = try? Child(command + ["sh", "-c", "mount -t tmpfs -o size=1m none ."], in: workspace).outcome(within: .seconds(10))
    return trial?.status == 0
  }()
}
