import Diagnostics
import Tensors

/// The profiles that come with Ferry, and those that users write.
public enum ProfileLibrary {
  /// Formats that a profile may name.
  static let formats = ["onnx", "openvino", "litert", "ncnn"]

  /// Names of the shipped profiles, sorted.
  public static var names: [String] { embeddedProfiles.map(\.name).sorted() }

  /// A shipped profile; `nil` when there is none of that name.
  public static func shipped(_ name: String) throws(ModelError) -> HardwareProfile? {
    guard let entry = embeddedProfiles.first(where: { $0.name == name }) else { return nil }
    return try read(entry.text, path: "\(name).yaml")
  }

  /// The profile in a file. Throws `malformed` with line and column, `io`, `missingFile`.
  public static func read(path: String) throws(ModelError) -> HardwareProfile {
    let file = try FileMapping(path: path, copying: true)
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      throw ModelError(.malformed, "is not text in UTF-8", at: Place(file: path))
    }
    return try read(text, path: path)
  }

  /// A profile as text; `path` is named in errors.
  public static func read(_ text: String, path: String) throws(ModelError) -> HardwareProfile {
    do throws(ModelError) {
      return try ProfileReader(formats: formats).read(text)
    } catch {
      throw error.located(Place(file: path))
    }
  }
}
