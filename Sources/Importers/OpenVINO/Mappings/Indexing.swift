import Diagnostics
import GraphIR
import Operators
import Tensors

extension LayerReading {
  func readIndexing() throws(ModelError) -> [ValueID]? {
    switch type {
    case "Gather":
      guard try integer("batch_dims", 0) == 0, let axis = try constants(2).first else { throw ModelError(.unsupported, "gathering by batches") }
      var gather = Gather()
      gather.axis = axis
      return try make(gather, [input(0), input(1)])
    case "GatherElements":
      var gather = GatherElements()
      gather.axis = try integer("axis", 0)
      return try make(gather, [input(0), input(1)])
    case "GatherND":
      var gather = GatherND()
      gather.batchDims = try integer("batch_dims", 0)
      return try make(gather, [input(0), input(1)])
    case "ScatterElementsUpdate", "ScatterNDUpdate": return try readScatter()
    case "OneHot": return try readOneHot()
    case "Unique":
      var unique = Unique()
      unique.sorted = bool("sorted", true)
      unique.axis = try inputs.count > 1 ? constants(1).first : nil
      return try network.add(unique, [input(0)], count: 4, named: layer.attributes["name"] ?? "")
    case "NonZero": return try make(NonZero(), [input(0)])
    case "ShapeOf": return try make(ShapeOf(), [input(0)])
    case "Range": return try make(RangeOf(), [input(0), input(1), input(2)])
    case "ReverseSequence":
      var reverse = ReverseSequence()
      (reverse.batchAxis, reverse.timeAxis) = (try integer("batch_axis", 0), try integer("seq_axis", 1))
      return try make(reverse, [input(0), input(1)])
    case "NonMaxSuppression":
      var suppression = NonMaxSuppression()
      suppression.centerPointBox = text("box_encoding") == "center"
      let first = try one(suppression, inputs)
      // The scores and the count are what Ferry never asks for.
      return [first, first, first]
    case "Eye": return try readEye()
    default: return nil
    }
  }

  private func readScatter() throws(ModelError) -> [ValueID] {
    let known: [String: ScatterReduction] = ["none": .none, "sum": .add, "prod": .mul, "max": .max, "min": .min]
    guard let reduction = known[text("reduction") ?? "none"] else { throw layer.fault("reduction \(text("reduction") ?? "")") }
    let operands = [try input(0), try input(1), try input(2)]
    if type == "ScatterNDUpdate" {
      var scatter = ScatterND()
      scatter.reduction = reduction
      return try make(scatter, operands)
    }
    guard let axis = try constants(3).first else { throw layer.fault("no axis") }
    var scatter = ScatterElements()
    (scatter.axis, scatter.reduction) = (axis, reduction)
    return try make(scatter, operands)
  }

  private func readOneHot() throws(ModelError) -> [ValueID] {
    var oneHot = OneHot()
    oneHot.axis = try integer("axis", -1)
    let parts = [network.one(Unsqueeze(), [try input(3), try network.integers([0])]), network.one(Unsqueeze(), [try input(2), try network.integers([0])])]
    return try make(oneHot, [input(0), input(1), network.one(Concat(), parts)])
  }

  /// A matrix of that size in which the row's and column's numbers meet; `EyeLike` takes the size from a tensor.
  private func readEye() throws(ModelError) -> [ValueID] {
    var eye = EyeLike()
    eye.dtype = try element("output_type")
    guard let diagonal = try constants(2).first else { throw layer.fault("no diagonal") }
    eye.k = diagonal
    let sizes = try [0, 1].map { (index: Int) throws(ModelError) in network.one(Unsqueeze(), [try input(index), try network.integers([0])]) }
    return try make(eye, [network.one(ConstantOfShape(), [network.one(Concat(), sizes)])])
  }
}
