import GraphIR
import Operators
import Retargeting

/// Why operators without a layer cannot be written with others either: what in ncnn stands against it.
enum MissingLayers {
  static func rejection(of op: any Operator) -> Rejection {
    switch op.name {
    case "Loop":
      return Rejection(
        .noEquivalent, "a Loop: all layers of a network run once; rounds are written one after the other where their number is known and nothing ends them early",
        remedy: "fix the number of rounds, or the sizes that it follows from, with --shape")
    case "Scan":
      return Rejection(
        .noEquivalent, "a Scan: all layers of a network run once; steps are written one after the other where their number is known",
        remedy: "fix the length with --shape")
    case "If":
      return Rejection(.noEquivalent, "an If: all layers of a network run; both branches do, and one is taken, where both give tensors of the same known type")
    case "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap", "SplitToSequence",
      "ConcatFromSequence":
      return Rejection(.noEquivalent, "a sequence whose items are not known one by one: a network has a fixed number of Mats")
    case "Optional", "OptionalHasElement", "OptionalGetElement":
      return Rejection(.noEquivalent, "a value that may be missing: every Mat of a network is there")
    case "NonZero", "Compress", "Unique", "NonMaxSuppression", "StringSplit":
      return Rejection(.noEquivalent, "\(op.name): no layer gives a Mat whose size follows from the elements of another")
    default: return Rejection(.noEquivalent, "ncnn has no layer that computes \(op.name)")
    }
  }
}
