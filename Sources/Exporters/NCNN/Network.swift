import Diagnostics
import GraphIR
import Tensors

/// A layer's parameter in a `.param` file.
enum Parameter: Equatable {
  case int(Int)
  case float(Float)
  case ints([Int])
  case floats([Float])
  case text(String)
}

/// A tensor in the `.bin` file, in the form in which its layer loads it.
enum Weight {
  /// Behind a flag that says how it is stored: 32-bit floats, or 16-bit ones where weights are halved.
  case tagged(Tensor)
  /// 8-bit integers behind their flag.
  case bytes(Tensor)
  /// 32-bit floats alone.
  case plain(Tensor)
}

struct Layer {
  var type: String
  var name: String
  var inputs: [Int] = []
  var outputs: [Int] = []
  var parameters: [(key: Int, value: Parameter)] = []
  var weights: [Weight] = []
}

/// A Mat between layers.
struct Blob {
  var index: Int
  /// Outermost first, 1 to 4.
  var sizes: [Dim]
}

/// Layers in the order in which they run, and the names of what flows between them.
struct Network {
  var layers: [Layer] = []
  /// By blob.
  var names: [String] = []
  /// By blob; nothing for those that `finish` adds.
  var sizes: [[Dim]] = []
  /// Names of outputs and the blobs they are.
  var outputs: [(name: String, blob: Int)] = []
  private var taken: Set<String> = []

  /// A name that ncnn's reader takes whole, unlike every other: no white space, fewer than 256 bytes.
  mutating func uniqueName(_ wanted: String) -> String {
    var base = String(wanted.map { $0.isWhitespace || $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } ?? false ? "_" : $0 })
    while base.utf8.count > 200 { base.removeLast() }
    if base.isEmpty { base = "blob" }
    var (name, count) = (base, 1)
    while !taken.insert(name).inserted {
      name = "\(base)_\(count)"
      count += 1
    }
    return name
  }

  mutating func addBlob(_ wanted: String, _ sizes: [Dim] = []) -> Int {
    names.append(uniqueName(wanted))
    self.sizes.append(sizes)
    return names.count - 1
  }

  /// Keeps `name` for the output of that name.
  mutating func reserve(_ name: String) { taken.insert(name) }

  /// Gives every blob one reader, as ncnn wants it, and every output its name.
  mutating func finish() {
    fuseBiases()
    fuseProjectedAttention()
    fuseActivations()
    removeUnread()
    var readers: [Int: Int] = [:]
    for layer in layers { for input in layer.inputs { readers[input, default: 0] += 1 } }
    for output in outputs { readers[output.blob, default: 0] += 1 }
    var parts: [Int: [Int]] = [:]
    var old = layers
    layers = []
    for index in old.indices {
      old[index].inputs = old[index].inputs.map { parts[$0]?.popLast() ?? $0 }
      layers.append(old[index])
      for blob in old[index].outputs where readers[blob, default: 0] > 1 {
        let split = (0..<(readers[blob] ?? 0)).map { addBlob("\(names[blob])_split_\($0)") }
        parts[blob] = split.reversed()
        layers.append(Layer(type: "Split", name: uniqueName("split_\(names[blob])"), inputs: [blob], outputs: split))
      }
    }
    let fed = Set(layers.filter { $0.type == "Input" }.flatMap(\.outputs))
    for output in outputs {
      var blob = parts[output.blob]?.popLast() ?? output.blob
      if fed.contains(blob) {
        let copy = addBlob("\(names[blob])_copy")
        layers.append(Layer(type: "Noop", name: uniqueName("noop_\(names[blob])"), inputs: [blob], outputs: [copy]))
        blob = copy
      }
      names[blob] = output.name
    }
  }

  /// Drops layers that nobody reads, inputs apart.
  private mutating func removeUnread() {
    var wanted = Set(outputs.map(\.blob))
    var kept: [Layer] = []
    for layer in layers.reversed() where layer.type == "Input" || layer.outputs.contains(where: wanted.contains) {
      wanted.formUnion(layer.inputs)
      kept.append(layer)
    }
    layers = kept.reversed()
  }

  /// Convolutions and products compute the activation that alone reads them.
  private mutating func fuseActivations() {
    var readers: [Int: Int] = [:]
    for layer in layers { for input in layer.inputs { readers[input, default: 0] += 1 } }
    for output in outputs { readers[output.blob, default: 0] += 1 }
    var producers: [Int: Int] = [:]
    var dropped = Set<Int>()
    for index in layers.indices {
      if let input = layers[index].inputs.first, layers[index].inputs.count == 1, readers[input] == 1, let producer = producers[input],
        let activation = layers[index].activation, layers[producer].takesActivation
      {
        layers[producer].parameters += activation
        layers[producer].outputs = layers[index].outputs
        dropped.insert(index)
        for output in layers[index].outputs { producers[output] = producer }
      } else {
        for output in layers[index].outputs { producers[output] = index }
      }
    }
    layers = layers.indices.filter { !dropped.contains($0) }.map { layers[$0] }
  }
}

extension Layer {
  private static let fusing: Set<String> = [
    "Convolution", "ConvolutionDepthWise", "Convolution1D", "ConvolutionDepthWise1D", "Deconvolution", "DeconvolutionDepthWise", "InnerProduct",
  ]

  fileprivate var takesActivation: Bool { Self.fusing.contains(type) && !parameters.contains { $0.key == 9 } && outputs.count == 1 }

  /// The parameters by which another layer computes what this one does.
  fileprivate var activation: [(key: Int, value: Parameter)]? {
    switch type {
    case "ReLU":
      guard case .float(let slope)? = parameters.first?.value else { return [(9, .int(1))] }
      return [(9, .int(2)), (10, .floats([slope]))]
    case "Clip":
      let bounds = parameters.compactMap { if case .float(let value) = $0.value { value } else { nil } }
      return bounds.count == 2 ? [(9, .int(3)), (10, .floats(bounds))] : nil
    case "Sigmoid": return [(9, .int(4))]
    case "Mish": return [(9, .int(5))]
    default: return nil
    }
  }
}
