import Diagnostics
import Foundation
import GraphIR
import Lowerings
import Operators
import Tensors
import Testing

/// One line of operator-forms.txt: what a node of one operator and version may look like.
struct OperatorForm {
  struct Attribute {
    var name: String
    var kind: String
    var isRequired: Bool
    var initial: String?
  }

  var name: String
  var version: Int
  var operands: ClosedRange<Int>
  var results: ClosedRange<Int>
  var attributes: [Attribute]

  init?(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count >= 4, let version = Int(words[1]), let operands = Self.range(words[2]), let results = Self.range(words[3]) else {
      return nil
    }
    (name, self.version, self.operands, self.results) = (String(words[0]), version, operands, results)
    attributes = words.dropFirst(4).map { word in
      let parts = word.split(separator: ":", maxSplits: 1)
      let tail = parts[1].split(separator: "=", maxSplits: 1)
      let kind = tail[0].hasSuffix("!") ? tail[0].dropLast() : tail[0]
      return Attribute(
        name: String(parts[0]), kind: String(kind), isRequired: tail[0].hasSuffix("!"), initial: tail.count > 1 ? String(tail[1]) : nil)
    }
  }

  private static func range(_ text: Substring) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-")
    guard ends.count == 2, let low = Int(ends[0]) else { return nil }
    return ends[1] == "*" ? max(low, 1)...max(low, 3) : Int(ends[1]).map { low...$0 }
  }

  static func all() throws -> [OperatorForm] {
    return try String(contentsOf: golden("operator-forms.txt"), encoding: .utf8).split(separator: "\n").compactMap(OperatorForm.init)
  }
}

private func golden(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden/\(name)")
}

extension OperatorForm {
  /// A node with what must be given, or with everything that may be.
  func node(at version: Int, complete: Bool, typed: Bool) throws -> Graph {
    let given = attributes.filter { complete || $0.isRequired }.filter { name != "Constant" || $0.name == "value" }
    let isBareConstant = given.isEmpty && name == "Constant"
    let stated = isBareConstant ? attributes.filter { $0.name == "value" } : given
    let values = try stated.map { NamedAttribute($0.name, try sample($0)) }
    let count = complete ? operands.upperBound : operands.lowerBound
    let operands = (0..<count).map { _ in typed ? Given.image : .unknown }
    return graph(name, version, values, operands, results: max(1, complete ? results.upperBound : results.lowerBound))
  }

  private func sample(_ attribute: Attribute) throws -> AttributeValue {
    let initial = attribute.initial
    switch attribute.kind {
    case "i": return .int(initial.flatMap { Int64($0) } ?? Self.integers[attribute.name] ?? 1)
    case "f": return .float(initial.flatMap { Float($0) } ?? Self.floats[attribute.name] ?? 0.5)
    case "s": return .string(initial.map { $0 == "foward" ? "forward" : $0 } ?? Self.strings[attribute.name] ?? "a")
    case "is": return .ints(initial.map { $0.split(separator: ",").compactMap { Int64($0) } } ?? Self.lists[attribute.name] ?? [1, 1])
    case "fs": return .floats([1, 1, 2, 2])
    case "ss": return .strings((initial ?? "Tanh").split(separator: ",").map { Array($0.utf8) })
    case "t": return .tensor(try Tensor(.float32, [1], elements: [Float(2)]))
    case "g": return .graph(Graph(name: attribute.name))
    case "type": return .type(.tensor(.float32, nil))
    default: return .int(1)
    }
  }

  private static let integers: [String: Int64] = ["is_test": 1, "blocksize": 2, "num_outputs": 3, "axis": 1]
  private static let floats: [String: Float] = ["value": 0]
  private static let lists: [String: [Int64]] = ["pads": [0, 0, 1, 1], "paddings": [0, 0, 1, 1], "consumed_inputs": [0, 0]]
  private static let strings: [String: String] = ["direction": "LEFT", "to": "FLOAT", "equation": "ij,jk,kl->il", "mode": "TF"]
}

@Suite struct EveryVersionTests {
  /// At every version of every operator: what is read is written back, and what does not become typed is listed with the reason.
  @Test func everyFormSurvivesOrIsListed() throws {
    var foreign: [String] = []
    let forms = Dictionary(grouping: try OperatorForm.all(), by: \.name)
    for (name, entry) in OperatorHistory.entries.sorted(by: { $0.key < $1.key }) {
      for version in entry.versions {
        guard let form = forms[name]?.last(where: { $0.version <= version }) else {
          Issue.record("\(name) \(version) is not in operator-forms.txt")
          continue
        }
        guard OperatorRegistry.type(named: stepsUp(from: name, at: version).name) != nil else { continue }
        for (complete, typed, label) in [(false, false, "sparse"), (true, false, "full"), (true, true, "typed")] {
          let source = try form.node(at: version, complete: complete, typed: typed)
          let sink = DiagnosticSink()
          let result = lifted(source, version, report: sink)
          if result.op(ForeignOperator.self) != nil { foreign.append("\(name) \(version) \(label): \(sink.all.first?.message ?? "")") }
          let difference = Result { try lowered(result, version).difference(to: source) }
          #expect((try? difference.get()) == .some(nil), "\(name) \(version) \(label): \(difference)")
        }
      }
    }
    let list = golden("stays-foreign.txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
      try (foreign.joined(separator: "\n") + "\n").write(to: list, atomically: true, encoding: .utf8)
    }
    let listed = try String(contentsOf: list, encoding: .utf8).split(separator: "\n").map(String.init).filter { line in
      let words = line.split(separator: " ")
      return OperatorRegistry.type(named: stepsUp(from: String(words[0]), at: Int(words[1]) ?? 0).name) != nil
    }
    #expect(listed == foreign)
  }

  @Test func stepsAreSorted() {
    #expect(zip(opsetSteps, opsetSteps.dropFirst()).allSatisfy { $0.version <= $1.version })
  }

  /// A misspelt operator in a step would never be found.
  @Test func stepsNameKnownOperators() {
    for step in opsetSteps {
      for name in step.operators + (step.newName.map { [$0] } ?? []) {
        let isKnown = OperatorHistory.entries[name] != nil
        #expect(isKnown, "\(name)")
      }
    }
  }

  /// A step leads to a version that defines the operator anew.
  @Test func stepsLeadToVersionsThatDefineTheirOperators() {
    for step in opsetSteps where step.version != OpsetStep.structVersion && step.newName == nil {
      for name in step.operators {
        #expect(OperatorHistory.entries[name]?.versions.contains(step.version) == true, "\(name) \(step.version)")
      }
    }
  }

  /// A struct says what the newest definition says.
  @Test func operatorsDateFromTheirNewestDefinition() {
    for (name, entry) in OperatorHistory.entries {
      guard let type = OperatorRegistry.type(named: name) else { continue }
      #expect(entry.versions.last == type.since, "\(name)")
    }
  }
}
