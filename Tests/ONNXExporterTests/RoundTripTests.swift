import Diagnostics
import Foundation
import GraphIR
import ONNXExport
import ONNXImport
import ONNXTestSupport
import Tensors
import Testing

/// What is read comes back when it is written and read again.
@Suite struct RoundTripTests {
  typealias O = ONNXBytes
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func read(_ bytes: [UInt8], _ name: String, keepsForeign: Bool) throws -> Model {
    var options = ONNXImporter.Options()
    options.keepsForeign = keepsForeign
    return try ONNXImporter.read(path: folder.write(bytes, name), options: options)
  }

  private func expectSame(_ bytes: ProtoBytes, _ location: SourceLocation = #_sourceLocation) throws {
    for keepsForeign in [true, false] {
      var first = try read(bytes.bytes, "a.onnx", keepsForeign: keepsForeign)
      let files = try ONNXExporter.write(first, fileName: "b.onnx")
      if let weights = files.weights { try folder.write(weights.content.gathered(), weights.name) }
      var second = try read(files.model.gathered(), "b.onnx", keepsForeign: keepsForeign)
      first.sources = []
      second.sources = []
      #expect(second.difference(to: first) == nil, sourceLocation: location)
    }
  }

  @Test func everyPartOfTheFormat() throws { try expectSame(O.everything) }

  @Test func spellingsOfSizes() throws {
    let y = O.value("y", [-1, nil], more: ProtoBytes().text(3, "doc"))
    let graph = O.graph([O.node("F", ["x"], ["y"])], inputs: [O.value("x", symbols: ["N", "?1", "3", "", "a b"])], outputs: [y], more: ProtoBytes().message(13, y))
    try expectSame(O.model(graph))
    let model = try read(O.model(graph).bytes, "a.onnx", keepsForeign: true)
    let written = try ONNXExporter.write(model, fileName: "b.onnx").model.gathered()
    // The sizes are spelt as they were: -1, the empty dimension, and names that look like ours.
    #expect(contains(written, O.value("y", [-1, nil]).bytes) && contains(written, O.value("x", symbols: ["N", "?1", "3", "", "a b"]).bytes))
  }

  private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    bytes.indices.dropLast(part.count - 1).contains { bytes[$0..<$0 + part.count].elementsEqual(part) }
  }

  @Test func typesOfEveryKind() throws {
    let tensor = ProtoBytes().message(1, ProtoBytes().int(1, 1))
    let kinds = [
      ProtoBytes().message(4, ProtoBytes().message(1, tensor)), ProtoBytes().message(4, ProtoBytes()),
      ProtoBytes().message(9, ProtoBytes().message(1, tensor)), ProtoBytes().message(5, ProtoBytes().int(1, 7).message(2, tensor)),
      ProtoBytes().message(8, ProtoBytes().int(1, 1)), ProtoBytes().message(7, ProtoBytes().text(1, "d").text(2, "n")),
      ProtoBytes().text(6, "IMAGE"), ProtoBytes(), tensor.text(6, "TENSOR"),
    ]
    let inputs = kinds.enumerated().map { ProtoBytes().text(1, "x\($0)").message(2, $1) } + [ProtoBytes().text(1, "bare")]
    try expectSame(O.model(O.graph(inputs: inputs)))
  }

  @Test func oldModels() throws {
    let body = O.graph([O.node("Add", ["x", "w"], ["y"])], inputs: [O.value("x"), O.value("w")], outputs: [O.value("y")], initializers: [O.floats("w", [1, 2])])
    try expectSame(O.model(body, version: 3, opset: 7))
    try expectSame(ProtoBytes().int(1, 2).message(7, body))
  }

  @Test func namesInAttributesAndUnknownFields() throws {
    let named = ProtoBytes().message(5, O.floats("inside", [1]).text(12, "doc").message(16, ProtoBytes().text(1, "k").text(2, "v")))
    let node = O.node("F", [], ["y"], attributes: [O.attribute("value", kind: 4, named).text(13, "about")], more: ProtoBytes().message(10, ProtoBytes().text(1, "c")).text(98, "!"))
    try expectSame(O.model(O.graph([node], outputs: [O.value("y", more: ProtoBytes().text(77, "?"))]), more: ProtoBytes().message(26, ProtoBytes().text(1, "c"))))
  }

  @Test func weightsOutsideTheFile() throws {
    try folder.write((0..<64).map { UInt8($0) }, "w.bin")
    try expectSame(O.model(O.relu(initializers: [O.external("w", [4], [("location", "w.bin"), ("offset", "16")])])))
  }
}
