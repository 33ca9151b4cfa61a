import FerryTestSupport
import Foundation
import GraphIR
import GraphText
import Lowerings
import Passes
import Rewriting
import Testing

/// Every rule's own example, taken from its tests, inside a branch, a loop's body, a scan's body and a function: it applies there too.
@Suite struct RulesInGraphsTests {
  /// What is only about the whole model.
  private static let outermost: Set = ["RemoveExporterNotes", "TakePossibleBranch"]

  struct Example: Sendable, CustomTestStringConvertible {
    var rule: String
    var opset: Int
    var inputs: [(name: String, type: String)]
    var outputs: [String]
    var body: String
    var testDescription: String { rule }

    private var operands: String { inputs.indices.map { ", %outer\($0)" }.joined() }
    private var parameters: String { inputs.enumerated().map { ", %outer\($0): \($1.type)" }.joined() }
    private var results: String { outputs.indices.map { "%result\($0)" }.joined(separator: ", ") }
    private var captures: String { inputs.isEmpty ? "" : "captures (" + inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ") " }

    var inABranch: String {
      let branch = "graph () \(captures)-> (\(outputs.joined(separator: ", "))) {\n\(body)\n}"
      let other = branch.replacing(/%(\w+)/) { "%\($0.1)_else" }
      return """
        graph main(%choice: bool\(parameters)) -> (\(results)) {
          \(results) = If(%choice\(operands)) {then_branch: \(branch), else_branch: \(other)}
        }
        """
    }

    var inALoop: String {
      """
      graph main(%trips: i64\(parameters)) -> (\(results)) {
        \(results) = Loop(%trips, _\(operands)) {
          body: graph (%turn: i64, %go: bool) \(captures)-> (%again, \(outputs.joined(separator: ", "))) {
            %again = Identity(%go)
            \(body)
          }
        }
      }
      """
    }

    var inAScan: String {
      """
      graph main(%rows: f32[4]\(parameters)) -> (\(results)) {
        \(results) = Scan(%rows\(operands)) {
          body: graph (%row: f32) \(captures)-> (\(outputs.joined(separator: ", "))) {
            \(body)
          }
        }
      }
      """
    }

    var inAFunction: Model {
      get throws {
        let call = "graph main(\(parameters.dropFirst(2))) -> (\(results)) { \(results) = local::Example(\(operands.dropFirst(2))) }"
        var model = Model(graph: try Graph(parsing: call), format: "onnx", opsets: [("", opset), ("local", 1)])
        let list = inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
        let body = try Graph(parsing: "graph main(\(list)) -> (\(outputs.joined(separator: ", "))) {\n\(self.body)\n}")
        model.functions = [
          Function(
            domain: "local", name: "Example", overload: "", opsets: [("", opset)], requiredAttributes: [], defaultAttributes: [], body: body)
        ]
        return model
      }
    }
  }

  /// The first example of each rule that is rewritten.
  static func examples() throws -> [Example] {
    var examples: [Example] = []
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.lastPathComponent.hasSuffix("Tests.swift") {
      let rule = String(file.deletingPathExtension().lastPathComponent.dropLast(5))
      guard Pipelines.standard.names.contains(rule), !outermost.contains(rule) else { continue }
      let source = try String(contentsOf: file, encoding: .utf8)
      let call = try Regex(#"expectRewrite\(\s*"# + rule + #"\(\),(?: opset: (\d+),)?\s*(?:"""\n(?s:(.*?))"""|"(graph [^\n]*)",)"#)
      guard let match = source.firstMatch(of: call) else {
        Issue.record("no example of \(rule) can be read")
        continue
      }
      let text = (match[2].substring ?? match[3].substring ?? "").replacing(#"\""#, with: "\"")
      let header = /graph main\((.*?)\) -> \((.*?)\) \{(?s:(.*))\}/
      let graph = try #require(text.firstMatch(of: header), "\(rule): \(text)")
      let inputs = graph.1.matches(of: /(%\w+): ([^%=]+?)(?=, %|$)/).map { (name: String($0.1), type: String($0.2)) }
      examples.append(
        Example(
          rule: rule, opset: match[1].substring.flatMap { Int($0) } ?? 25, inputs: inputs,
          outputs: graph.2.split(separator: ", ").map(String.init), body: String(graph.3)))
    }
    return examples
  }

  @Test func thereIsAnExampleOfEveryRule() throws {
    let known = try Self.examples().map(\.rule)
    #expect(Set(known) == Set(Pipelines.standard.names).subtracting(Self.outermost))
  }

  @Test(arguments: try examples()) func appliesInsideOtherGraphs(_ example: Example) throws {
    for (place, text) in [("a branch", example.inABranch), ("a loop", example.inALoop), ("a scan", example.inAScan)] {
      #expect(try applications(of: example, in: verified(text)) > 0, "in \(place):\n\(text)")
    }
    var model = try example.inAFunction
    try model.inlineFunctions()
    var inference = TypeInference()
    try inference.run(on: &model.graph)
    #expect(try applications(of: example, in: model.graph) > 0, "in a function")
  }

  private func applications(of example: Example, in original: Graph) throws -> Int {
    var graph = original
    let stage = Pipelines.standard.stages.compactMap { stage -> Pipeline.Stage? in
      switch stage {
      case .rules(let rules): rules.first { $0.name == example.rule }.map { .rules([$0]) }
      case .pass(let pass): pass.name == example.rule ? stage : nil
      case .graphsWithin: nil
      }
    }.first
    let trace = RewriteTrace(enabled: [example.rule])
    try Pipeline([try #require(stage)]).run(on: &graph, opsets: ["": example.opset], trace: trace)
    try graph.verify()
    return trace.applicationCount
  }
}
