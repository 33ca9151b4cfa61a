import Diagnostics
import GraphIR
import Tensors

/// Reads OpenVINO's intermediate representation, as far as Ferry writes it: for comparing what was written with its source.
package enum OpenVINOImporter {
  /// True for XML whose first element is a network.
  package static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let head = String(decoding: bytes.prefix(1024), as: UTF8.self)
    return (head.hasPrefix("<?xml") || head.hasPrefix("<net")) && head.contains("<net ")
  }

  /// The model of a network and its weights. Constants point into `weights`.
  ///
  /// Throws `malformed` for what is no such network, `unsupported` for layers that Ferry does not write.
  package static func read(_ network: FileMapping, weights: FileMapping) throws(ModelError) -> Model {
    do throws(ModelError) {
      let root = try XMLTree.read(network.bytes)
      guard root.name == "net" else { throw root.fault("<\(root.name)> where a <net> is expected") }
      let version = try root.integer("version")
      guard version == 10 || version == 11 else { throw ModelError(.unsupported, "a network of version \(version)") }
      let reading = NetworkReading(weights: weights, name: root.attributes["name"] ?? "main", names: NameSet(reserving: root))
      try reading.readWhole(NetworkElements(root))
      var model = Model(graph: reading.graph, format: "openvino", opsets: [("", 17)])
      model.sources = [network.path, weights.path]
      return model
    } catch {
      throw error.located(Place(file: network.path))
    }
  }
}

/// Names that are given once each. Those by which the network's user knows a value are given to that value alone.
final class NameSet {
  private var taken: [String: Int] = [:]

  init(reserving root: XMLNode) {
    var open = [root]
    while let node = open.popLast() {
      if node.name == "port", let names = node.attributes["names"] {
        for name in NetworkReading.split(names) { taken[name] = 1 }
      }
      open += node.children
    }
  }

  func unique(_ wanted: String) -> String {
    let base = wanted.isEmpty ? "value" : wanted
    let count = taken[base, default: 0]
    taken[base] = count + 1
    return count == 0 ? base : unique("\(base)_\(count)")
  }
}

/// The layers of one network in an order in which each follows those it depends on, and what feeds them.
struct NetworkElements {
  struct Source: Hashable {
    var layer: Int
    var port: Int
  }

  private(set) var layers: [Int: XMLNode] = [:]
  private(set) var order: [Int] = []
  /// What feeds each layer, by the order of its input ports.
  private(set) var sources: [Int: [Source]] = [:]

  /// Throws `malformed` for ids that are used twice or lead nowhere, `cycle` for layers that feed each other.
  init(_ parent: XMLNode) throws(ModelError) {
    guard let list = parent.first("layers") else { throw parent.fault("<\(parent.name)> has no <layers>") }
    var ids: [Int] = []
    for layer in list.all("layer") {
      let id = try layer.integer("id")
      guard layers.updateValue(layer, forKey: id) == nil else { throw layer.fault("layer \(id) is there twice") }
      ids.append(id)
    }
    var feeds: [Source: Source] = [:]
    for edge in parent.first("edges")?.all("edge") ?? [] {
      let from = Source(layer: try edge.integer("from-layer"), port: try edge.integer("from-port"))
      let to = Source(layer: try edge.integer("to-layer"), port: try edge.integer("to-port"))
      guard layers[from.layer] != nil, layers[to.layer] != nil else { throw edge.fault("an edge of a layer that is not there") }
      feeds[to] = from
    }
    for id in ids {
      guard let layer = layers[id] else { continue }
      var list: [Source] = []
      for port in layer.first("input")?.all("port") ?? [] {
        guard let source = feeds[Source(layer: id, port: try port.integer("id"))] else { throw port.fault("nothing feeds the port") }
        list.append(source)
      }
      sources[id] = list
    }
    try sort(ids)
  }

  private mutating func sort(_ ids: [Int]) throws(ModelError) {
    var state: [Int: Int] = [:]  // 1 open, 2 done
    for root in ids where state[root] == nil {
      var stack = [(id: root, next: 0)]
      state[root] = 1
      while let (id, next) = stack.last {
        guard let source = sources[id].flatMap({ next < $0.count ? $0[next] : nil }) else {
          state[id] = 2
          order.append(id)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        switch state[source.layer] {
        case nil:
          state[source.layer] = 1
          stack.append((source.layer, 0))
        case 1: throw ModelError(.cycle, "layer \(source.layer) depends on its own result")
        default: break
        }
      }
    }
  }
}

extension ElementType {
  /// By OpenVINO's name of it.
  init?(openVINO name: String) {
    let known: [String: ElementType] = [
      "f32": .float32, "f64": .float64, "f16": .float16, "bf16": .bfloat16, "f8e4m3": .float8e4m3fn, "f8e5m2": .float8e5m2,
      "f8e8m0": .float8e8m0, "f4e2m1": .float4e2m1, "i64": .int64, "i32": .int32, "i16": .int16, "i8": .int8, "i4": .int4,
      "u64": .uint64, "u32": .uint32, "u16": .uint16, "u8": .uint8, "u4": .uint4, "u2": .uint2, "boolean": .bool,
      "string": .string,
    ]
    guard let element = known[name] else { return nil }
    self = element
  }
}
