import Diagnostics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a bundle says about itself, the content of `manifest.json`: `Formats/bundle/manifest.schema.json` describes it.
///
/// Nothing in it depends on the machine or the time: the same input and recipe give the same bytes.
package struct Manifest: Codable, Sendable, Equatable {
  package static let schema = 1

  /// A file and its content's digest, 64 lower-case hexadecimal digits.
  package struct Entry: Codable, Sendable, Equatable {
    package var path: String
    /// In bytes.
    package var size: Int
    package var sha256: String

    package init(path: String, size: Int, sha256: String) {
      self.path = path
      self.size = size
      self.sha256 = sha256
    }
  }

  /// The model that was read: its format and its files, the one the user named first.
  package struct Source: Codable, Sendable, Equatable {
    package var format: String
    package var files: [Entry]
  }

  /// An input or output and its type as text, as in `f32[N,3,224,224]`.
  package struct Port: Codable, Sendable, Equatable {
    package var name: String
    package var type: String

    package init(name: String, type: String) {
      self.name = name
      self.type = type
    }
  }

  /// How the payload's results differ from the source's.
  package struct Verification: Codable, Sendable, Equatable {
    package struct Output: Codable, Sendable, Equatable {
      package var name: String
      /// The largest `|a − b|`, and the largest `|a − b| / |b|`.
      package var maxAbsolute: Double
      package var maxRelative: Double
      /// Cosine of the angle between both results; 1 for equal ones.
      package var cosine: Double

      package init(name: String, maxAbsolute: Double, maxRelative: Double, cosine: Double) {
        self.name = name
        self.maxAbsolute = maxAbsolute
        self.maxRelative = maxRelative
        self.cosine = cosine
      }
    }

    /// How many values are the source's by structure, and how many were compared by number; see the schema.
    package struct Proof: Codable, Sendable, Equatable {
      package var values: Int
      package var byStructure: Int
      package var byNumber: Int
      package var windows: Int

      package init(values: Int, byStructure: Int, byNumber: Int, windows: Int) {
        self.values = values
        self.byStructure = byStructure
        self.byNumber = byNumber
        self.windows = windows
      }
    }

    /// `sampled` or `full`.
    package var mode: String
    package var samples: Int
    package var passed: Bool
    package var outputs: [Output]
    package var proof: Proof?
    package var notes: [String]

    package init(mode: String, samples: Int, passed: Bool, outputs: [Output], proof: Proof? = nil, notes: [String] = []) {
      self.mode = mode
      self.samples = samples
      self.passed = passed
      self.outputs = outputs
      self.proof = proof
      self.notes = notes
    }
  }

  package var schema: Int
  package var ferry: String
  package var source: Source
  package var target: String
  package var inputs: [Port]
  package var outputs: [Port]
  /// Names of what was applied, in order.
  package var passes: [String]
  /// The recipe's text, when there was one.
  package var recipe: String?
  /// Absent when nothing was verified.
  package var verification: Verification?
  /// Every other file, sorted by path.
  package var entries: [Entry]

  init(_ head: ManifestHead, digests: [String], entries: [Entry], verification: Verification?) {
    schema = Self.schema
    ferry = ferryVersion
    source = Source(
      format: head.sourceFormat,
      files: zip(head.sourceFiles, digests).map { file, digest in
        Entry(path: file.name, size: file.mapping.bytes.count, sha256: digest)
      })
    target = head.target
    inputs = head.inputs
    outputs = head.outputs
    passes = head.passes
    recipe = head.recipe
    self.verification = verification
    self.entries = entries
  }

  /// Throws `internalInvariant`.
  func encoded() throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
    } catch {
      throw ModelError(.internalInvariant, "the manifest cannot be written: \(error)")
    }
  }

  /// Throws `malformed` for what is not a manifest, `unsupported` for a newer one.
  init(decoding bytes: [UInt8]) throws(ModelError) {
    struct Version: Codable { var schema: Int }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      let version = try decoder.decode(Version.self, from: Data(bytes)).schema
      if version > Self.schema {
        throw ModelError(.unsupported, "the manifest has schema \(version); this Ferry reads up to \(Self.schema)")
      }
      self = try decoder.decode(Manifest.self, from: Data(bytes))
    } catch let error as ModelError {
      throw error
    } catch {
      throw ModelError(.malformed, "the manifest is not valid: \(Self.summary(error))")
    }
  }

  private static func summary(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" has another type"
    default: "it is not JSON"
    }
  }
}
