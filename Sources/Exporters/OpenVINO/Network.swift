import Diagnostics
import GraphIR
import Tensors

/// One output of a layer, and what flows there.
struct Wire {
  let layer: Int
  /// Counts the layer's outputs.
  let port: Int
  let element: ElementType
  let shape: [Dim]?

  var rank: Int? { shape?.count }
}

/// One layer of a network, as it is written.
struct Layer {
  struct Output {
    var element: ElementType
    /// Where it is not the element type's.
    var precision: String?
    var shape: [Dim]?
    /// By which the runtime's user finds it.
    var names: [String] = []
  }

  var name: String
  var type: String
  /// The operator set that first had this form of the operator.
  var opset: Int
  var data: [(String, String)] = []
  var inputs: [Wire] = []
  var outputs: [Output] = []
  /// Of a `Result`: the names of the network's output.
  var outputNames: [String] = []
  /// Marks a conversion that only undoes the compression of a constant.
  var isDecompression = false
  /// How ports and the layers of nested networks belong together.
  var portMaps: [PortMap] = []
  var backEdges: [(from: Int, to: Int)] = []
  var bodies: [(tag: String, network: Network)] = []
}

/// What connects a layer's ports with parameters and results of a nested network.
struct PortMap {
  var tag: String
  var rows: [(tag: String, attributes: [(String, String)])]
}

/// Layers and the wires between them.
struct Network {
  var layers: [Layer] = []

  func write(to text: inout XMLText) {
    text.open("layers")
    for (id, layer) in layers.enumerated() { layer.write(id: id, to: &text) }
    text.close("layers")
    text.open("edges")
    for (id, layer) in layers.enumerated() {
      for (port, wire) in layer.inputs.enumerated() {
        text.element(
          "edge",
          [
            ("from-layer", String(wire.layer)), ("from-port", String(layers[wire.layer].inputs.count + wire.port)),
            ("to-layer", String(id)), ("to-port", String(port)),
          ])
      }
    }
    text.close("edges")
  }
}

extension Layer {
  fileprivate func write(id: Int, to text: inout XMLText) {
    var attributes = [("id", String(id)), ("name", name), ("type", type), ("version", "opset\(opset)")]
    if !outputNames.isEmpty { attributes.append(("output_names", Self.joined(outputNames))) }
    text.open("layer", attributes)
    if !data.isEmpty { text.element("data", data) }
    for map in portMaps {
      text.open(map.tag)
      for row in map.rows { text.element(row.tag, row.attributes) }
      text.close(map.tag)
    }
    if !backEdges.isEmpty {
      text.open("back_edges")
      for edge in backEdges { text.element("edge", [("from-layer", String(edge.from)), ("to-layer", String(edge.to))]) }
      text.close("back_edges")
    }
    if isDecompression {
      text.open("rt_info")
      text.element("attribute", [("name", "decompression"), ("version", "0")])
      text.close("rt_info")
    }
    writePorts(to: &text)
    for body in bodies {
      text.open(body.tag)
      body.network.write(to: &text)
      text.close(body.tag)
    }
    text.close("layer")
  }

  private func writePorts(to text: inout XMLText) {
    if !inputs.isEmpty {
      text.open("input")
      for (index, wire) in inputs.enumerated() { Self.write(index, wire.element.openVINO?.precision, wire.shape, [], to: &text) }
      text.close("input")
    }
    if !outputs.isEmpty {
      text.open("output")
      for (index, output) in outputs.enumerated() {
        Self.write(inputs.count + index, output.precision ?? output.element.openVINO?.precision, output.shape, output.names, to: &text)
      }
      text.close("output")
    }
  }

  private static func write(_ port: Int, _ precision: String?, _ shape: [Dim]?, _ names: [String], to text: inout XMLText) {
    var attributes = [("id", String(port)), ("precision", precision ?? "UNSPECIFIED")]
    if !names.isEmpty { attributes.append(("names", joined(names))) }
    guard let shape, !shape.isEmpty else { return text.element("port", attributes) }
    text.open("port", attributes)
    for dim in shape { text.element("dim", text: dim.number.map(String.init) ?? "-1") }
    text.close("port")
  }

  /// A list of names, in which a comma within a name is escaped.
  private static func joined(_ names: [String]) -> String {
    names.map { $0.replacing(",", with: "\\,") }.joined(separator: ",")
  }
}

extension [Dim]? {
  /// A shape as the attribute of a `Parameter`: `?` is an open size, `...` an open rank.
  var openVINO: String {
    guard let self else { return "..." }
    return self.map { $0.number.map(String.init) ?? "?" }.joined(separator: ",")
  }
}
