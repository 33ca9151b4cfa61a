/// ONNX messages as tests need them.
package enum ONNXBytes {
  package static func model(
    _ graph: ProtoBytes, version: Int = 10, opset: Int = 21, functions: [ProtoBytes] = [], more: ProtoBytes = ProtoBytes()
  ) -> ProtoBytes {
    ProtoBytes().int(1, version).text(2, "test").message(7, graph).message(8, ProtoBytes().text(1, "").int(2, opset))
      .messages(25, functions).appending(more)
  }

  package static func graph(
    _ nodes: [ProtoBytes] = [], name: String = "g", inputs: [ProtoBytes] = [], outputs: [ProtoBytes] = [],
    initializers: [ProtoBytes] = [], more: ProtoBytes = ProtoBytes()
  ) -> ProtoBytes {
    ProtoBytes().messages(1, nodes).text(2, name).messages(5, initializers).messages(11, inputs).messages(12, outputs).appending(more)
  }

  package static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "", attributes: [ProtoBytes] = [],
    more: ProtoBytes = ProtoBytes()
  ) -> ProtoBytes {
    let head = ProtoBytes().texts(1, inputs).texts(2, outputs).text(3, name).text(4, type).messages(5, attributes)
    return (domain.isEmpty ? head : head.text(7, domain)).appending(more)
  }

  /// A value of float elements, `-1` and `nil` standing for sizes left open in the two ways that files do.
  package static func value(_ name: String, _ shape: [Int?]? = [2], element: Int = 1, more: ProtoBytes = ProtoBytes()) -> ProtoBytes {
    var tensor = ProtoBytes().int(1, element)
    if let shape {
      tensor = tensor.message(2, ProtoBytes().messages(1, shape.map { $0.map { ProtoBytes().int(1, $0) } ?? ProtoBytes() }))
    }
    return ProtoBytes().text(1, name).message(2, ProtoBytes().message(1, tensor)).appending(more)
  }

  package static func value(_ name: String, symbols: [String]) -> ProtoBytes {
    let shape = ProtoBytes().messages(1, symbols.map { ProtoBytes().text(2, $0) })
    return ProtoBytes().text(1, name).message(2, ProtoBytes().message(1, ProtoBytes().int(1, 1).message(2, shape)))
  }

  package static func tensor(_ name: String, _ shape: [Int], element: Int = 1, _ data: ProtoBytes) -> ProtoBytes {
    ProtoBytes().ints(1, shape).int(2, element).text(8, name).appending(data)
  }

  package static func floats(_ name: String, _ values: [Float]) -> ProtoBytes {
    tensor(name, [values.count], ProtoBytes().packed(9, elements: values))
  }

  package static func external(_ name: String, _ shape: [Int], _ entries: [(String, String)]) -> ProtoBytes {
    tensor(name, shape, ProtoBytes().messages(13, entries.map { ProtoBytes().text(1, $0.0).text(2, $0.1) }).int(14, 1))
  }

  package static func attribute(_ name: String, kind: Int, _ content: ProtoBytes) -> ProtoBytes {
    ProtoBytes().text(1, name).appending(content).int(20, kind)
  }

  package static func attribute(_ name: String, graph: ProtoBytes) -> ProtoBytes { attribute(name, kind: 5, ProtoBytes().message(6, graph)) }

  /// `y = Relu(x)`, with whatever else a test adds.
  package static func relu(more: ProtoBytes = ProtoBytes(), initializers: [ProtoBytes] = []) -> ProtoBytes {
    graph([node("Relu", ["x"], ["y"], name: "act")], inputs: [value("x")], outputs: [value("y")], initializers: initializers, more: more)
  }

  /// A model that has nearly every part of the format.
  package static var everything: ProtoBytes {
    let branch = { (name: String, other: String) in
      graph([node("Add", ["h", other], ["inner"], name: "add")], name: name, outputs: [value("inner")])
    }
    let meta = ProtoBytes().message(16, ProtoBytes().text(1, "k").text(2, "v"))
    let sparse = ProtoBytes().message(1, floats("s", [1, 2])).message(2, tensor("s_at", [2], element: 7, ProtoBytes().packed(7, [0, 3]))).int(3, 4)
    let body = graph(
      [
        node("Relu", ["x"], ["h"], name: "act", more: ProtoBytes().text(6, "doc").message(9, ProtoBytes().text(1, "a").text(2, "b"))),
        node("If", ["c"], ["z"], name: "if", attributes: [attribute("then_branch", graph: branch("t", "w")), attribute("else_branch", graph: branch("e", "x"))]),
        node("Twice", ["z", "", "s"], ["y", ""], name: "call", domain: "my", attributes: [attribute("ratio", kind: 1, ProtoBytes().float(2, 0.5))]),
      ],
      inputs: [value("x", [-1, 2]), value("c", [], element: 9), value("w")], outputs: [value("y", [nil, 2])],
      initializers: [floats("w", [1, 2]), tensor("n", [3], element: 22, ProtoBytes().packed(5, [0x21, 0x03])), tensor("u", [1], element: 8, ProtoBytes().text(6, "ä"))],
      more: ProtoBytes().text(10, "graph").message(13, value("h", [nil, 2])).message(13, value("stray")).message(15, sparse).appending(meta).text(99, "?"))
    let function = ProtoBytes().text(1, "Twice").texts(4, ["a", "b", "s"]).texts(5, ["r", "q"]).text(6, "ratio")
      .message(7, node("Elu", ["a"], ["r"], attributes: [ProtoBytes().text(1, "alpha").int(20, 1).text(21, "ratio")]))
      .message(7, node("Relu", ["a"], ["q"])).message(9, ProtoBytes().text(1, "").int(2, 21)).text(10, "my")
    return model(
      body, functions: [function],
      more: ProtoBytes().message(8, ProtoBytes().text(1, "my").int(2, 3)).text(6, "model").message(14, ProtoBytes().text(1, "m").data(2, [0xff])))
  }
}
