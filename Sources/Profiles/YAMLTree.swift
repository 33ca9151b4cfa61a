internal import CLibYAML
import Diagnostics

/// A part of a YAML text, and where it begins: line and column from 1.
struct YAMLNode {
  indirect enum Content {
    case scalar(String)
    case sequence([YAMLNode])
    /// In the order of the text.
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  let content: Content
  let line: Int
  let column: Int
}

/// Reads one document as a tree.
///
/// Anchors and aliases are refused: a few lines of them stand for more nodes than any memory holds.
struct YAMLTree: ~Copyable {
  private static let depthLimit = 32
  private var parser = yaml_parser_t()

  /// Throws `malformed`, with line and column, for what is not one document without references; `limitExceeded` for deep nesting.
  static func read(_ text: String) throws(ModelError) -> YAMLNode {
    var text = text
    let result: Result<YAMLNode, ModelError> = text.withUTF8 { bytes in
      Result { () throws(ModelError) in
        var tree = try YAMLTree()
        yaml_parser_set_input_string(&tree.parser, bytes.baseAddress, bytes.count)
        return try tree.document()
      }
    }
    return try result.get()
  }

  private init() throws(ModelError) {
    guard yaml_parser_initialize(&parser) == 1 else { throw ModelError(.limitExceeded, "there is no memory for a reader of YAML") }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
  }

  deinit {
    var parser = parser
    yaml_parser_delete(&parser)
  }

  private mutating func document() throws(ModelError) -> YAMLNode {
    var root: YAMLNode?
    while true {
      let event = try next()
      switch event.kind {
      case YAML_STREAM_END_EVENT:
        guard let root else { throw Self.fault("the profile is empty", 1, 1) }
        return root
      case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
      default:
        if root != nil { throw event.fault("a second document") }
        root = try node(event, depth: 0)
      }
    }
  }

  private mutating func node(_ event: Event, depth: Int) throws(ModelError) -> YAMLNode {
    guard depth < Self.depthLimit else { throw ModelError(.limitExceeded, "line \(event.line): lists and mappings nest too deeply") }
    if event.isReference { throw event.fault("a profile has no anchors and aliases") }
    let content: YAMLNode.Content =
      switch event.kind {
      case YAML_SEQUENCE_START_EVENT: .sequence(try nodes(until: YAML_SEQUENCE_END_EVENT, depth + 1))
      case YAML_MAPPING_START_EVENT: .mapping(try entries(nodes(until: YAML_MAPPING_END_EVENT, depth + 1)))
      default: .scalar(event.text)
      }
    return YAMLNode(content: content, line: event.line, column: event.column)
  }

  private mutating func nodes(until end: yaml_event_type_t, _ depth: Int) throws(ModelError) -> [YAMLNode] {
    var result: [YAMLNode] = []
    while true {
      let event = try next()
      if event.kind == end { return result }
      result.append(try node(event, depth: depth))
    }
  }

  /// Keys and values by turns, as pairs.
  private func entries(_ nodes: [YAMLNode]) throws(ModelError) -> [(key: YAMLNode, value: YAMLNode)] {
    var seen: Set<String> = []
    var result: [(key: YAMLNode, value: YAMLNode)] = []
    for index in stride(from: 0, to: nodes.count - 1, by: 2) {
      let key = nodes[index]
      if case .scalar(let name) = key.content, !seen.insert(name).inserted { throw Self.fault("\(name) twice in one mapping", key.line, key.column) }
      result.append((key, nodes[index + 1]))
    }
    return result
  }

  private mutating func next() throws(ModelError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(&parser, &event) == 1 else {
      let problem = parser.problem.map { String(cString: $0) } ?? "is not YAML"
      throw Self.fault(problem, Int(parser.problem_mark.line) + 1, Int(parser.problem_mark.column) + 1)
    }
    defer { yaml_event_delete(&event) }
    return Event(event)
  }

  private static func fault(_ message: String, _ line: Int, _ column: Int) -> ModelError {
    ModelError(.malformed, "line \(line), column \(column): \(message)")
  }

  /// What a tree is made of, free of the parser's memory.
  private struct Event {
    let kind: yaml_event_type_t
    let line: Int
    let column: Int
    /// Of a scalar.
    let text: String
    let isReference: Bool

    init(_ event: yaml_event_t) {
      (kind, line, column) = (event.type, Int(event.start_mark.line) + 1, Int(event.start_mark.column) + 1)
      let scalar = event.data.scalar
      text = kind == YAML_SCALAR_EVENT ? String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self) : ""
      isReference =
        switch kind {
        case YAML_ALIAS_EVENT: true
        case YAML_SCALAR_EVENT: scalar.anchor != nil
        case YAML_SEQUENCE_START_EVENT: event.data.sequence_start.anchor != nil
        case YAML_MAPPING_START_EVENT: event.data.mapping_start.anchor != nil
        default: false
        }
    }

    func fault(_ message: String) -> ModelError { YAMLTree.fault(message, line, column) }
  }
}
