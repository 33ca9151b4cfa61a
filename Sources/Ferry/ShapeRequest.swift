import Diagnostics
import GraphIR

/// A shape that an input is to have: `NAME=1x3x640x640` or `NAME=1,3,640,640`, or with symbols `NAME=Nx3xHxW`. `NAME=` is a scalar's.
///
/// A `?` leaves an axis as it is. The name ends at the last `=`.
public struct ShapeRequest: Sendable, Equatable {
  public var input: String
  /// `nil` for an axis that stays as it is.
  public var sizes: [Dim?]

  /// Throws `usage` for anything else.
  public init(_ text: String) throws(ModelError) {
    guard let end = text.lastIndex(of: "=") else { throw Self.failure(text, "there is no =") }
    input = String(text[..<end])
    sizes = []
    let list = text[text.index(after: end)...]
    if list.isEmpty { return }
    let separator: Character = list.contains(",") ? "," : "x"
    for part in list.split(separator: separator, omittingEmptySubsequences: false) { sizes.append(try Self.size(part, text)) }
  }

  private static func size(_ part: Substring, _ text: String) throws(ModelError) -> Dim? {
    if part == "?" { return nil }
    if let number = Int(part) {
      guard number >= 0 else { throw failure(text, "a size is negative") }
      return .number(number)
    }
    guard let first = part.first, first.isLetter || first == "_", part.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
    else { throw failure(text, "\"\(part)\" is neither a number nor a name") }
    return .symbol(String(part))
  }

  private static func failure(_ text: String, _ reason: String) -> ModelError {
    ModelError(.usage, "\"\(text)\" is no shape: \(reason)", notes: ["expected NAME=1x3x640x640 or, with symbols, NAME=Nx3xHxW"])
  }
}

extension Model {
  /// Gives inputs the shapes asked for. A symbol that becomes a number or another symbol does so everywhere.
  ///
  /// Throws `usage` for an input that does not exist, for another number of axes, for what contradicts the model or itself, and where
  /// the operators do not accept the sizes.
  mutating func reshapeInputs(_ requests: [ShapeRequest], sink: DiagnosticSink) throws(ModelError) {
    guard !requests.isEmpty else { return }
    var symbols: [String: Dim] = [:]
    var own: [(ValueID, [Dim])] = []
    for request in requests {
      let (id, shape) = try input(for: request)
      own.append((id, try zipped(request, shape, &symbols)))
    }
    graph.substitute(symbols)
    for (id, shape) in own {
      guard let element = graph[id].type?.tensorType?.element else { continue }
      let isDeclared = graph[id].isTypeDeclared
      graph.setType(id, to: .tensor(element, shape.map { $0.substituting(symbols) }))
      if isDeclared { graph.setDeclaredType(id, to: graph[id].type) }
    }
    do {
      var inference = TypeInference(sink: sink)
      try inference.run(on: &graph)
    } catch {
      throw ModelError(.usage, "the shapes asked for do not fit: \(error.message)", at: error.place, notes: error.notes)
    }
    stateOutputs()
  }

  /// Sizes of outputs that have become numbers are stated as such, whatever symbols the model had for them.
  private mutating func stateOutputs() {
    for id in graph.outputs {
      guard let stated = graph[id].declaredType?.tensorType, let known = graph[id].type?.tensorType, stated.element == known.element,
        let old = stated.shape, let new = known.shape, old.count == new.count
      else { continue }
      graph.setDeclaredType(id, to: .tensor(stated.element, zip(old, new).map { $1.number == nil ? $0 : $1 }))
    }
  }

  private func input(for request: ShapeRequest) throws(ModelError) -> (ValueID, [Dim]) {
    guard let id = graph.inputs.first(where: { graph[$0].name == request.input }) else {
      throw ModelError(
        .usage, "there is no input \"\(request.input)\"", notes: ["there are: " + graph.inputs.map { graph[$0].name }.joined(separator: ", ")])
    }
    guard let type = graph[id].type?.tensorType else {
      throw ModelError(.usage, "the input is no tensor", at: graph.place(of: id))
    }
    let shape = type.shape ?? request.sizes.indices.map { Dim.symbol("\(request.input)_\($0)") }
    guard shape.count == request.sizes.count else {
      throw ModelError(
        .usage, "\(request.sizes.count) sizes are given for \(shape.count) axes", at: graph.place(of: id), notes: ["the model says \(type)"])
    }
    return (id, shape)
  }

  /// The shape that an input gets, and what becomes of its symbols.
  private func zipped(_ request: ShapeRequest, _ shape: [Dim], _ symbols: inout [String: Dim]) throws(ModelError) -> [Dim] {
    var result: [Dim] = []
    for (axis, (old, wanted)) in zip(shape, request.sizes).enumerated() {
      guard let wanted, wanted != old else {
        result.append(old)
        continue
      }
      let place = Place(graph: graph.name, value: request.input)
      if let number = old.number {
        throw ModelError(.usage, "axis \(axis) is \(number) in the model, \(wanted) is asked for", at: place)
      }
      if let name = old.symbolName {
        if let before = symbols[name], before != wanted {
          throw ModelError(.usage, "\(name) is asked to be \(before) and \(wanted)", at: place)
        }
        symbols[name] = wanted
      } else if let evaluated = old.substituting(symbols).number, evaluated != wanted.number {
        throw ModelError(.usage, "axis \(axis) is \(old) = \(evaluated), \(wanted) is asked for", at: place)
      }
      result.append(wanted)
    }
    return result
  }
}
