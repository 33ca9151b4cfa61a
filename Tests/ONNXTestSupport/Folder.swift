import Foundation

/// A folder of its own for each test, gone when the test is done.
package final class Folder {
  package let path: String

  package init() throws {
    path = NSTemporaryDirectory() + "/ferry-onnx-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path + "/model", withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file into the model's folder, or where `name` leads from there.
  @discardableResult
  package func write(_ bytes: [UInt8], _ name: String = "m.onnx") throws -> String {
    let file = path + "/model/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  package func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path + "/model/" + name, withDestinationPath: target)
  }

  package func hardLink(_ name: String, to target: String) throws {
    try FileManager.default.linkItem(atPath: path + "/model/" + target, toPath: path + "/model/" + name)
  }
}
