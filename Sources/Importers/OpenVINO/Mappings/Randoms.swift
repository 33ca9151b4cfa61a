import Diagnostics
import GraphIR
import Operators
import Tensors

/// Layers that draw at random. The node has the layer's name without what the exporter adds (`NAME/draws`).
extension LayerReading {
  func readRandom() throws(ModelError) -> [ValueID]? {
    switch type {
    case "RandomUniform": return [try readUniform()]
    case "Multinomial":
      guard bool("log_probs"), bool("with_replacement"), let count = try constants(1).first else {
        throw ModelError(.unsupported, "outcomes drawn by shares, once each, or of a computed number")
      }
      var outcomes = Multinomial()
      (outcomes.dtype, outcomes.sampleSize, outcomes.seed) = (try element("convert_type"), count, try seed())
      return try network.add(outcomes, [input(0)], named: drawsName)
    default: return nil
    }
  }

  private func readUniform() throws(ModelError) -> ValueID {
    let (low, high, element) = (try number(1), try number(2), try element("output_type"))
    guard let sizes = try fact(0).integers else {
      var like = RandomUniformLike()
      (like.dtype, like.low, like.high, like.seed) = (element, low, high, try seed())
      return try network.add(like, [network.one(ConstantOfShape(), [input(0)])], named: drawsName)[0]
    }
    var uniform = RandomUniform()
    (uniform.shape, uniform.dtype, uniform.low, uniform.high, uniform.seed) = (sizes, element, low, high, try seed())
    return try network.add(uniform, [], named: drawsName)[0]
  }

  private var drawsName: String {
    let name = layer.attributes["name"] ?? ""
    return name.hasSuffix("/draws") ? String(name.dropLast("/draws".count)) : name
  }

  private func seed() throws(ModelError) -> Float? {
    let (global, own) = (try integer("global_seed", 0), try integer("op_seed", 0))
    guard global != 0 || own != 0 else { return nil }
    guard let bits = UInt32(exactly: own) else { throw ModelError(.unsupported, "a seed of more than 32 bits") }
    return Float(bitPattern: bits)
  }
}
