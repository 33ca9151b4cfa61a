import Foundation
import Glibc
import Testing

/// Weights in other files: what is missing, too short, or somewhere a model has no business.
@Suite struct ExternalFileTests {
  let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try workspace.makeFolder("model")
    try workspace.makeFolder("elsewhere")
    try workspace.write([UInt8](repeating: 1, count: 24), to: "elsewhere/secret.bin")
  }

  private func expectRefused(
    _ model: HostileModel, status: Int32 = 3, saying words: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try workspace.write(model, to: "model/m.onnx")
    for output in ["out.onnx", "out.zip"] {
      try workspace.expectRefusal(
        ["convert", "model/m.onnx", "-o", output], status: status, saying: words, sourceLocation: sourceLocation)
    }
  }

  private func link(_ target: String, _ name: String) throws {
    try FileManager.default.createSymbolicLink(atPath: workspace.path(name), withDestinationPath: target)
  }

  @Test func missing() throws {
    try expectRefused(.external(at: "weights.bin"), status: 5, saying: ["weights.bin"])
  }

  @Test func tooShort() throws {
    try workspace.write([UInt8](repeating: 0, count: 23), to: "model/weights.bin")
    try expectRefused(.external(at: "weights.bin"), saying: ["\"w\""])
    try expectRefused(.external(at: "weights.bin", offset: "4", length: "20"), saying: ["\"w\""])
  }

  @Test func numbersThatOverflow() throws {
    try workspace.write([UInt8](repeating: 0, count: 64), to: "model/weights.bin")
    for offset in ["9223372036854775800", "9223372036854775807", "18446744073709551615", "-24", "0x10", "", "1e3"] {
      try expectRefused(.external(at: "weights.bin", offset: offset), saying: ["\"w\""])
    }
    for length in ["9223372036854775807", "18446744073709551616", "-1", "23"] {
      try expectRefused(.external(at: "weights.bin", length: length), saying: ["\"w\""])
    }
  }

  @Test func climbingPath() throws {
    for location in ["../elsewhere/secret.bin", "./../elsewhere/secret.bin", "a/../../elsewhere/secret.bin"] {
      try expectRefused(.external(at: location), saying: ["secret.bin"])
    }
  }

  @Test func absolutePath() throws {
    try expectRefused(.external(at: workspace.path("elsewhere/secret.bin")), saying: ["secret.bin"])
    try expectRefused(.external(at: "/etc/passwd"), saying: ["/etc/passwd"])
  }

  @Test func symbolicLink() throws {
    try link("../elsewhere/secret.bin", "model/weights.bin")
    try expectRefused(.external(at: "weights.bin"), saying: ["weights.bin"])
    try link("../elsewhere", "model/sub")
    try expectRefused(.external(at: "sub/secret.bin"), saying: ["sub/secret.bin"])
  }

  @Test func linkThatGoesRound() throws {
    try link("weights.bin", "model/weights.bin")
    try workspace.write(HostileModel.external(at: "weights.bin"), to: "model/m.onnx")
    let outcome = try FerryProcess.run(["convert", "model/m.onnx", "-o", "out.onnx"], in: workspace)
    #expect([3, 5].contains(outcome.status), "\(outcome.errors)")
  }

  @Test func hardLink() throws {
    try FileManager.default.linkItem(atPath: workspace.path("elsewhere/secret.bin"), toPath: workspace.path("model/weights.bin"))
    try expectRefused(.external(at: "weights.bin"), saying: ["weights.bin", "hard link"])
  }

  @Test func deviceAndOtherKinds() throws {
    try link("/dev/zero", "model/weights.bin")
    try expectRefused(.external(at: "weights.bin"), saying: ["weights.bin"])
    try workspace.makeFolder("model/folder.bin")
    try expectRefused(.external(at: "folder.bin"), status: 5, saying: ["folder.bin"])
    #expect(mkfifo(workspace.path("model/pipe.bin"), 0o600) == 0)
    try expectRefused(.external(at: "pipe.bin"), status: 5, saying: ["pipe.bin"])
  }

  @Test func linkWithinTheFolder() throws {
    try workspace.makeFolder("model/blobs")
    try workspace.write([UInt8](repeating: 2, count: 24), to: "model/blobs/abc")
    try link("blobs/abc", "model/weights.bin")
    try workspace.write(HostileModel.external(at: "weights.bin"), to: "model/m.onnx")
    let outcome = try FerryProcess.run(["convert", "model/m.onnx", "-o", "out.zip"], in: workspace)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func trustedFolder() throws {
    try link("../elsewhere/secret.bin", "model/weights.bin")
    try workspace.write(HostileModel.external(at: "weights.bin"), to: "model/m.onnx")
    let refused = try FerryProcess.run(["convert", "model/m.onnx", "-o", "out.onnx"], in: workspace)
    #expect(refused.errors.contains("--trust-folder"), "the error names the way out: \(refused.errors)")
    let outcome = try FerryProcess.run(["convert", "model/m.onnx", "-o", "out.onnx", "--trust-folder", "elsewhere"], in: workspace)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try workspace.read("elsewhere/secret.bin") == [UInt8](repeating: 1, count: 24))
  }

  @Test func trustDoesNotReachFurther() throws {
    try workspace.makeFolder("third")
    try workspace.write([UInt8](repeating: 3, count: 24), to: "third/secret.bin")
    try link("../third/secret.bin", "model/weights.bin")
    try workspace.write(HostileModel.external(at: "weights.bin"), to: "model/m.onnx")
    try workspace.expectRefusal(
      ["convert", "model/m.onnx", "-o", "out.onnx", "--trust-folder", "elsewhere"], status: 3, saying: ["weights.bin"])
    try link("../third/secret.bin", "elsewhere/hop.bin")
    try workspace.write(HostileModel.external(at: "../elsewhere/hop.bin"), to: "model/m.onnx")
    try workspace.expectRefusal(
      ["convert", "model/m.onnx", "-o", "out.onnx", "--trust-folder", "elsewhere"], status: 3, saying: ["hop.bin"])
  }
}
