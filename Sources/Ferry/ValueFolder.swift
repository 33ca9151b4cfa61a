import Bundle
import Diagnostics
import Evaluation
import GraphIR
import ONNXExport
import ONNXImport
import Operators
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of values in the layout of the ONNX backend suite: `input_0.pb`, `input_1.pb`, … or `.npy` in the order of the
/// graph's inputs, those with a default not counted; or `<input name>.npy`.
struct ValueFolder {
  let path: String

  private func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

  /// What the folder gives for each input of the graph; `nil` for an input left to its default.
  ///
  /// Throws `missingValue` for an input without a file and for a file without an input, and what reading the files throws.
  func inputs(of graph: Graph) throws(ModelError) -> [RuntimeValue?] {
    let names = try fileNames()
    let numbered = names.isDisjoint(with: Self.files(ofInput: 0)) ? [] : Set((0..<graph.inputs.count).flatMap(Self.files))
    var used: Set<String> = []
    var number = 0
    var values: [RuntimeValue?] = []
    for input in graph.inputs {
      let hasDefault = graph.defaults[input] != nil
      let name = graph[input].name
      // A file that stands for an input by its number is not another one's whose name is such a number.
      var candidates = name.isEmpty || name.contains("/") ? [] : ["\(name).npy", "\(name).pb"].filter { !numbered.contains($0) }
      if !hasDefault { candidates = Self.files(ofInput: number) + candidates }
      let found = candidates.filter { names.contains($0) && !used.contains($0) }
      guard found.count <= 1 else {
        throw ModelError(.duplicateName, "is given twice: \(found.joined(separator: " and "))", at: Place(file: path, value: name))
      }
      if let first = found.first {
        used.insert(first)
        values.append(try read(first, as: graph[input].type))
      } else if hasDefault {
        values.append(nil)
      } else {
        let type = graph[input].type.map { ": \($0)" } ?? ""
        throw ModelError(
          .missingValue, "no file for input \"\(name)\"\(type)", at: Place(file: path),
          notes: ["expected " + candidates.joined(separator: " or ")])
      }
      if !hasDefault { number += 1 }
    }
    let surplus = names.filter { $0.hasPrefix("input_") && isValueFile($0) && !used.contains($0) }.sorted()
    guard surplus.isEmpty else {
      throw ModelError(.missingValue, "the model has \(number) inputs: there is none for \(surplus.prefix(5).joined(separator: ", "))", at: Place(file: path))
    }
    return values
  }

  private static func files(ofInput number: Int) -> [String] { ["input_\(number).pb", "input_\(number).npy"] }

  private func fileNames() throws(ModelError) -> Set<String> {
    guard let folder = opendir(path) else {
      let code: ModelError.Code = errno == ENOENT ? .missingFile : .io
      throw ModelError(code, "cannot be read: \(String(cString: strerror(errno)))", at: Place(file: path))
    }
    defer { closedir(folder) }
    var names: Set<String> = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      names.insert(name)
    }
    return names
  }

  private func isValueFile(_ name: String) -> Bool { name.hasSuffix(".pb") || name.hasSuffix(".npy") }

  private func read(_ name: String, as type: ValueType?) throws(ModelError) -> RuntimeValue {
    let mapping = try FileMapping(path: file(name))
    guard name.hasSuffix(".npy") else { return try ONNXImporter.readValue(mapping, as: type) }
    return .tensor(try NumpyReader.read(mapping))
  }

  /// Writes `output_0`, `output_1`, … all or none; the folder is made when it is not there, other files in it stay.
  ///
  /// Gives the names of the files. Throws `io`, or `notExpressible` for values that the format cannot hold.
  func write(_ values: [RuntimeValue], of graph: Graph, as format: ValueFormat) throws(ModelError) -> [String] {
    var files: [ArtifactFile] = []
    for (index, value) in values.enumerated() {
      let name = graph[graph.outputs[index]].name
      let content: ByteRope
      do throws(ModelError) {
        switch format {
        case .pb: content = try ONNXExporter.write(value, name: name)
        case .npy:
          guard let tensor = value.tensor else {
            throw ModelError(.notExpressible, ".npy has no \(value.kind)", notes: ["--format pb writes every value"])
          }
          content = try NumpyWriter.write(tensor)
        }
      } catch {
        throw error.located(Place(value: name))
      }
      files.append(ArtifactFile(name: "output_\(index).\(format.rawValue)", content: content, role: .companion))
    }
    let head = ManifestHead(sourceFormat: "", sourceFiles: [], target: "", inputs: [], outputs: [], passes: [])
    try writeArtifacts(files, to: .package(path: path), manifest: head, force: true)
    return files.map(\.name)
  }
}
