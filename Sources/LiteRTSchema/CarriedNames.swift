#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a LiteRT file calls its ports, and says of itself, as text that models of other formats carry among their metadata: so it comes back.
package enum CarriedNames {
  /// The key of a signature, as `SignatureText` spells it.
  package static let signature = "litert.signature"
  /// The key of the file's own description, for apps: the numbers of inputs and outputs that it describes, and its bytes in base 64.
  package static let description = "litert.metadata"
}

/// A signature's key, and by tensor what it calls inputs and outputs: a line each, parted by tabs.
package struct SignatureText: Equatable {
  package struct Port: Equatable {
    package var tensor: String
    package var name: String
    package init(tensor: String, name: String) { (self.tensor, self.name) = (tensor, name) }
  }

  package var key: String
  package var inputs: [Port]
  package var outputs: [Port]

  package init(key: String, inputs: [Port], outputs: [Port]) { (self.key, self.inputs, self.outputs) = (key, inputs, outputs) }

  /// `nil` for text of another form.
  package init?(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self), bytes.count <= 1 << 20 else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first else { return nil }
    (key, inputs, outputs) = (String(first), [], [])
    for line in lines.dropFirst() {
      let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 3 else { return nil }
      let port = Port(tensor: words[1], name: words[2])
      switch words[0] {
      case "input": inputs.append(port)
      case "output": outputs.append(port)
      default: return nil
      }
    }
  }

  /// `nil` where a name holds what parts names.
  package var text: [UInt8]? {
    let ports = inputs.map { ("input", $0) } + outputs.map { ("output", $0) }
    guard (ports.flatMap { [$0.1.tensor, $0.1.name] } + [key]).allSatisfy({ !$0.contains("\n") && !$0.contains("\t") }) else { return nil }
    return Array(([key] + ports.map { "\($0.0)\t\($0.1.tensor)\t\($0.1.name)" }).joined(separator: "\n").utf8)
  }

  /// Whether it says what a file says anyway.
  package var isPlain: Bool { key == "serving_default" && (inputs + outputs).allSatisfy { $0.tensor == $0.name } }
}

/// A file's description of itself and the ports that it describes.
package struct DescriptionText: Equatable {
  package var inputs: Int
  package var outputs: Int
  package var content: [UInt8]

  package init(inputs: Int, outputs: Int, content: [UInt8]) { (self.inputs, self.outputs, self.content) = (inputs, outputs, content) }

  package init?(_ bytes: [UInt8]) {
    let words = bytes.split(separator: UInt8(ascii: " "))
    guard words.count == 3, let inputs = Int(String(decoding: words[0], as: UTF8.self)), let outputs = Int(String(decoding: words[1], as: UTF8.self)),
      let content = Data(base64Encoded: Data(words[2]))
    else { return nil }
    (self.inputs, self.outputs, self.content) = (inputs, outputs, Array(content))
  }

  package var text: [UInt8] { Array("\(inputs) \(outputs) ".utf8) + Array(Data(content).base64EncodedData()) }
}
