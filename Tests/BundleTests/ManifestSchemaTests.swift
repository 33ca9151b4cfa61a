import Bundle
import FoundationEssentials
import Tensors
import Testing

/// A JSON value, as far as comparing keys needs it.
private indirect enum Json: Decodable {
  case object([String: Json])
  case array([Json])
  case leaf(String)

  init(from decoder: any Decoder) throws {
    let single = try decoder.singleValueContainer()
    if let object = try? single.decode([String: Json].self) {
      self = .object(object)
    } else if let array = try? single.decode([Json].self) {
      self = .array(array)
    } else {
      self = .leaf((try? single.decode(String.self)) ?? "")
    }
  }

  subscript(_ key: String) -> Json? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  var elements: [Json] {
    if case .array(let elements) = self { elements } else { [] }
  }

  var text: String? {
    if case .leaf(let text) = self { text } else { nil }
  }
}

@Suite struct ManifestSchemaTests {
  let scratch = Scratch()

  /// A manifest with everything in it has exactly the keys that the schema names.
  @Test func theSchemaNamesExactlyTheKeysOfAManifest() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    let schema = try JSONDecoder().decode(Json.self, from: Data(bytes(of: path + "/Formats/bundle/manifest.schema.json")))
    var full = head(sources: [.init(name: "s.onnx", mapping: try FileMapping(path: scratch.write("s.onnx", [1])))])
    full.recipe = "quantize: int8"
    let found = Manifest.Verification(
      mode: "full", samples: 1, passed: false, outputs: [.init(name: "y", maxAbsolute: .nan, maxRelative: 0, cosine: 1)],
      proof: .init(values: 3, byStructure: 1, byNumber: 1, windows: 1), notes: ["y differs"])
    try writeArtifacts(artifacts(), to: .folder(path: scratch("m/")), manifest: full, beforeSeal: { _ in found })
    let manifest = try JSONDecoder().decode(Json.self, from: Data(bytes(of: scratch("m/manifest.json"))))
    compare(manifest, schema, root: schema, at: "manifest")
  }

  private func compare(_ value: Json, _ schema: Json, root: Json, at place: String) {
    if let reference = schema["$ref"]?.text, let name = reference.split(separator: "/").last,
      let definition = root["$defs"]?[String(name)]
    {
      return compare(value, definition, root: root, at: place)
    }
    switch value {
    case .object(let members):
      guard case .object(let properties)? = schema["properties"] else {
        Issue.record("\(place) has no properties in the schema")
        return
      }
      #expect(members.keys.sorted() == properties.keys.sorted(), "\(place)")
      for (key, member) in members where properties[key] != nil {
        if let property = properties[key] { compare(member, property, root: root, at: "\(place).\(key)") }
      }
    case .array:
      #expect(!value.elements.isEmpty, "\(place) is not exercised")
      for element in value.elements {
        if let items = schema["items"] { compare(element, items, root: root, at: "\(place)[]") }
      }
    case .leaf: break
    }
  }
}
