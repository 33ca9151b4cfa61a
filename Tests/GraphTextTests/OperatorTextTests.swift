import GraphIR
import GraphText
import Operators
import Tensors
import Testing

@Suite struct OperatorTextTests {
  @Test func everyOperatorIsReadBackWithItsAttributes() throws {
    let names = (operatorNames).compactMap { OperatorRegistry.type(named: $0) }
    #expect(names.count > 1)
    for type in names {
      var graph = Graph(name: "main")
      let x = graph.addInput("x", nil)
      for written: UInt64 in [0, .max] {
        let node = graph.addNode(type.init(), [x, nil], results: [("y\(written)", nil)])
        graph.updateNode(node) { $0.writtenAttributes = $0.op.statedAttributes(written: written).mask }
      }
      try expectRoundTrip(graph)
    }
  }

  @Test func typeOfAnAttributeIsChecked() {
    #expect(throws: (any Error).self) { try Graph(parsing: "graph(%x) -> () { %y = Conv(%x) {group: 1.0} }") }
    #expect(throws: (any Error).self) { try Graph(parsing: "graph(%x) -> () { %y = Conv(%x) {auto_pad: \"SAME\"} }") }
  }

  /// A selection by name; the registry does not list itself.
  private var operatorNames: [String] {
    [
      "Abs", "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Constant", "Conv", "ConvTranspose", "Elu", "Expand",
      "Flatten", "Gather", "Gelu", "GlobalAveragePool", "HardSigmoid", "Identity", "If", "LeakyRelu", "Loop", "MatMul", "MaxPool", "Pad", "Relu",
      "Reshape", "Resize", "Scan", "Selu", "Slice", "Softmax", "Split", "Squeeze", "Transpose", "Unsqueeze", "Where",
    ]
  }
}
