/// The one error of the package: what went wrong, where, and what would have been right.
///
/// A layer that knows part of the place fills that part (`located`); the message itself never repeats the place.
public struct ModelError: Error, Sendable, Equatable {
  /// Stable identification of a kind of failure, for tests, scripts and the exit status.
  public enum Code: String, Sendable, CaseIterable {
    case usage
    case unrecognizedFormat, truncated, malformed, limitExceeded, outsideFolder
    case invalidGraph, typeMismatch, duplicateName, cycle, missingValue
    case unsupported, notExpressible
    case io, missingFile, wouldOverwriteInput
    case different
    case goalNotMet
    case interrupted
    case internalInvariant
  }

  public var code: Code
  public var message: String
  public var place: Place
  public var notes: [String]

  public init(_ code: Code, _ message: String, at place: Place = Place(), notes: [String] = []) {
    self.code = code
    self.message = message
    self.place = place
    self.notes = notes
  }

  /// The same error with the unset parts of its place taken from `outer`.
  public func located(_ outer: Place) -> ModelError {
    var copy = self
    copy.place.fillUnset(from: outer)
    return copy
  }

  /// Process exit status of `ferry` for this error.
  public var exitStatus: Int32 {
    switch code {
    case .different: 1
    case .usage: 2
    case .unrecognizedFormat, .truncated, .malformed, .limitExceeded, .outsideFolder, .invalidGraph, .typeMismatch,
      .duplicateName, .cycle, .missingValue, .internalInvariant:
      3
    case .unsupported, .notExpressible: 4
    case .io, .missingFile, .wouldOverwriteInput: 5
    case .goalNotMet: 6
    case .interrupted: 130
    }
  }
}

extension ModelError: CustomStringConvertible {
  /// `file: error: place: message`, followed by one indented line per note. Control characters, as names from a file may hold
  /// them, are escaped.
  public var description: String {
    let file = place.file.map { "\($0): " } ?? ""
    let inside = place.insideFile
    let head = "\(file)error: \(inside.isEmpty ? "" : inside + ": ")\(message)"
    return ([head] + notes.map { "  note: \($0)" }).map(\.onOneLine).joined(separator: "\n")
  }
}

/// Where in a model something was found. Every part is optional; layers add what they know.
public struct Place: Sendable, Equatable, Codable {
  public var file: String?
  /// Path of nested graphs from the outermost, as in `main/then_branch`.
  public var graph: String?
  public var node: String?
  public var operatorName: String?
  public var attribute: String?
  public var value: String?
  /// Offset in bytes from the start of `file`.
  public var byteOffset: Int?

  public init(
    file: String? = nil, graph: String? = nil, node: String? = nil, operatorName: String? = nil,
    attribute: String? = nil, value: String? = nil, byteOffset: Int? = nil
  ) {
    self.file = file
    self.graph = graph
    self.node = node
    self.operatorName = operatorName
    self.attribute = attribute
    self.value = value
    self.byteOffset = byteOffset
  }

  mutating func fillUnset(from outer: Place) {
    file = file ?? outer.file
    graph = graph ?? outer.graph
    node = node ?? outer.node
    operatorName = operatorName ?? outer.operatorName
    attribute = attribute ?? outer.attribute
    value = value ?? outer.value
    byteOffset = byteOffset ?? outer.byteOffset
  }

  /// The parts within the file, in the words of an error message.
  var insideFile: String {
    var parts: [String] = []
    if node != nil || operatorName != nil {
      let quoted = node.map { " \"\($0)\"" } ?? ""
      let type = operatorName.map { " (\($0))" } ?? ""
      let inGraph = graph.map { " in graph \"\($0)\"" } ?? ""
      parts.append("node\(quoted)\(type)\(inGraph)")
    } else if let graph {
      parts.append("graph \"\(graph)\"")
    }
    if let attribute { parts.append("attribute \"\(attribute)\"") }
    if let value { parts.append("value \"\(value)\"") }
    if let byteOffset { parts.append("byte \(byteOffset)") }
    return parts.joined(separator: ", ")
  }
}
