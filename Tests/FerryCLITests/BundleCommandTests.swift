import Foundation
import Testing

/// Bundles through the command line: made, read back, unpacked, refused when they are not what was made.
@Suite struct BundleCommandTests {
  let workspace: Workspace
  let bundle: [UInt8]

  init() throws {
    workspace = try Workspace()
    var model = HostileModel.valid
    model.initializers = [HostileModel.tensor("w", [128, 128], rawBytes: 1 << 16)]
    (model.inputs, model.outputs) = ([HostileModel.port("x", [128, 128])], [HostileModel.port("y", [128, 128])])
    try workspace.write(model)
    let outcome = try FerryProcess.run(["convert", "model.onnx", "-o", "m.zip"], in: workspace)
    try #require(outcome.status == 0, "\(outcome.errors)")
    bundle = try workspace.read("m.zip")
  }

  @Test func unpackedIsWhatTheFolderFormWrites() throws {
    #expect(try FerryProcess.run(["unpack", "m.zip", "-o", "unpacked"], in: workspace).status == 0)
    #expect(try FerryProcess.run(["convert", "model.onnx", "-o", "folder/"], in: workspace).status == 0)
    let names = try FileManager.default.subpathsOfDirectory(atPath: workspace.path("unpacked")).sorted()
    #expect(try FileManager.default.subpathsOfDirectory(atPath: workspace.path("folder")).sorted() == names)
    for name in names { #expect(try workspace.read("unpacked/\(name)") == workspace.read("folder/\(name)"), "\(name)") }
  }

  @Test func bundleConvertsLikeItsModel() throws {
    let outcome = try FerryProcess.run(["convert", "m.zip", "-o", "again.onnx"], in: workspace)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func everyDamagedByteIsFound() throws {
    for place in stride(from: 0, to: bundle.count, by: max(bundle.count / 60, 1)) {
      var damaged = bundle
      damaged[place] ^= 0x10
      try workspace.write(damaged, to: "damaged.zip")
      let inspected = try FerryProcess.run(["inspect", "damaged.zip"], in: workspace)
      let unpacked = try FerryProcess.run(["unpack", "damaged.zip", "-o", "u"], in: workspace)
      #expect(inspected.status == unpacked.status, "byte \(place)")
      #expect(!inspected.crashed && !unpacked.crashed, "byte \(place)")
      if unpacked.status == 0 {
        #expect(try isTheSame("u"), "byte \(place) was changed and not noticed")
        try FileManager.default.removeItem(atPath: workspace.path("u"))
      } else {
        #expect(unpacked.status == 3, "byte \(place): \(unpacked.errors)")
        #expect(!workspace.exists("u"), "byte \(place)")
      }
    }
  }

  /// Whether the model in an unpacked bundle is the one that went in: some bytes of a zip, such as times, carry no content.
  private func isTheSame(_ folder: String) throws -> Bool {
    if !workspace.exists("good") { _ = try FerryProcess.run(["unpack", "m.zip", "-o", "good"], in: workspace) }
    let names = try FileManager.default.subpathsOfDirectory(atPath: workspace.path("good")).sorted()
    guard try FileManager.default.subpathsOfDirectory(atPath: workspace.path(folder)).sorted() == names else { return false }
    return try names.allSatisfy { try workspace.read("good/\($0)") == workspace.read("\(folder)/\($0)") }
  }

  @Test func changedWeightIsRefused() throws {
    var damaged = bundle
    let weights = try #require(
      stride(from: 0, to: damaged.count, by: 64).first { damaged[$0...].starts(with: [UInt8](repeating: 0x3F, count: 1 << 16)) },
      "the weight does not lie on a boundary of 64 bytes")
    damaged[weights] = 1
    try workspace.write(damaged, to: "damaged.zip")
    try workspace.expectRefusal(["unpack", "damaged.zip", "-o", "u"], status: 3, saying: ["damaged.zip: error: "])
    try workspace.expectRefusal(["inspect", "damaged.zip"], status: 3, saying: ["damaged.zip: error: "])
    try workspace.expectRefusal(["convert", "damaged.zip", "-o", "out.onnx"], status: 3, saying: ["damaged.zip: error: "])
  }

  @Test func truncatedIsRefused() throws {
    for count in stride(from: 4, to: bundle.count, by: max(bundle.count / 20, 1)) {
      try workspace.write(Array(bundle[..<count]), to: "cut.zip")
      try workspace.expectRefusal(["unpack", "cut.zip", "-o", "u"], status: 3, saying: ["cut.zip: error: "])
    }
  }

  @Test(arguments: ["../evil.onnx", "/tmp/evil.onnx", "a/../../evil.onnx"]) func escapingEntryIsRefused(_ name: String) throws {
    let script = "import sys, zipfile; z = zipfile.ZipFile('evil.zip', 'w'); z.writestr(sys.argv[1], b'x'); z.writestr('manifest.json', b'{}')"
    #expect(try Child(["python3", "-c", script, name], in: workspace).outcome(within: .seconds(60)).status == 0)
    try workspace.expectRefusal(["unpack", "evil.zip", "-o", "u"], status: 3, saying: ["evil.zip: error: ", "evil.onnx"])
  }

  @Test func explodingEntryIsRefused() throws {
    let script = """
      import zipfile
      with zipfile.ZipFile('bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        with z.open('model.onnx', 'w', force_zip64=True) as f:
          for _ in range(2048): f.write(bytes(1 << 20))
        z.writestr('manifest.json', b'{}')
      """
    #expect(try Child(["python3", "-c", script], in: workspace).outcome(within: .seconds(100)).status == 0)
    try workspace.expectRefusal(
      ["unpack", "bomb.zip", "-o", "u"], status: 3, saying: ["bomb.zip: error: "], prefixed: ["prlimit", "--data=268435456"])
  }
}
