import Foundation
import Testing

/// `diff` between models that call the same by other names.
@Suite struct MatchingTests {
  let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private static let layers = ["Relu", "Add", "Sigmoid", "Add", "Tanh", "Neg", "Abs"]

  /// A chain of layers, values named by `name`.
  private func chain(_ layers: [String], weight: String, _ name: (Int) -> String) -> HostileModel {
    var model = HostileModel()
    model.initializers = [HostileModel.tensor(weight, [2, 3], rawBytes: 24)]
    for (index, layer) in layers.enumerated() {
      let from = index == 0 ? "x" : name(index - 1)
      let to = index == layers.count - 1 ? "y" : name(index)
      model.nodes.append(HostileModel.node(layer, layer == "Add" ? [from, weight] : [from], [to]))
    }
    return model
  }

  private func difference() throws -> (status: Int32, renamed: Int, changes: [[String: Any]], text: String) {
    let outcome = try FerryProcess.run(["diff", "a.onnx", "b.onnx", "--json"], in: workspace)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
    let text = try FerryProcess.run(["diff", "a.onnx", "b.onnx"], in: workspace).output
    return (outcome.status, try #require(object["renamed"] as? Int), try #require(object["changes"] as? [[String: Any]]), text)
  }

  @Test func otherNamesAreNoDifference() throws {
    try workspace.write(chain(Self.layers, weight: "w") { "layer\($0)" }, to: "a.onnx")
    try workspace.write(chain(Self.layers, weight: "onnx::Add_7") { "\(100 + $0)" }, to: "b.onnx")
    let (status, renamed, changes, text) = try difference()
    #expect(status == 0 && changes.isEmpty, "\(changes)")
    #expect(renamed == 6)
    #expect(text == "no difference; 6 values by other names\n")
  }

  /// Numbers that both exports count their values by, shifted by one layer more.
  @Test func oneLayerMoreIsOneDifference() throws {
    var longer = Self.layers
    longer.insert("Exp", at: 3)
    try workspace.write(chain(Self.layers, weight: "w") { "\($0)" }, to: "a.onnx")
    try workspace.write(chain(longer, weight: "v") { "\($0)" }, to: "b.onnx")
    let (status, _, changes, text) = try difference()
    #expect(status == 1)
    let added = changes.filter { $0["kind"] as? String == "added" }
    #expect(added.count == 1 && added.first?["operatorName"] as? String == "Exp", "\(text)")
    #expect(changes.count == 2, "the new node, and the one that now reads it: \(text)")
  }

  @Test func oneOtherLayerIsOneDifference() throws {
    var other = Self.layers
    other[4] = "Softplus"
    try workspace.write(chain(Self.layers, weight: "w") { "a\($0)" }, to: "a.onnx")
    try workspace.write(chain(other, weight: "w") { "b\($0)" }, to: "b.onnx")
    let (status, _, changes, text) = try difference()
    #expect(status == 1)
    #expect(changes.count <= 3 && changes.contains { $0["operatorName"] as? String == "Softplus" }, "\(text)")
  }
}
