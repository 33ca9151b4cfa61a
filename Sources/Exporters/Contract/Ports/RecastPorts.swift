import Diagnostics
import GraphIR
import Operators
import Tensors

extension Graph {
  /// Gives values for which a target has no form another that holds the same: an optional input is a tensor and whether it is there, a
  /// sequence of tensors of one shape a tensor with a further first axis, a complex number a pair, a narrow number a wider one.
  ///
  /// Only values that are moved about, never those that something is computed with. Returns what became of inputs and outputs, for people;
  /// types have been inferred, and must be again.
  @discardableResult
  package mutating func recastPorts(for target: any TargetPlatform) throws(ModelError) -> [String] {
    guard target.hasTensorsAlone else { return [] }
    let before = portTypes
    splitOptionalInputs()
    stackSequences()
    var inference = TypeInference()
    try inference.run(on: &self)
    try carryElements(for: target)
    return notes(since: before)
  }

  private var portTypes: [String: ValueType] {
    var types: [String: ValueType] = [:]
    for value in inputs + outputs { types[self[value].name] = self[value].type }
    return types
  }

  private func notes(since before: [String: ValueType]) -> [String] {
    var seen: Set<String> = []
    return (inputs + outputs).compactMap { value -> String? in
      let name = self[value].name
      guard let type = self[value].type, seen.insert(name).inserted else { return nil }
      guard let old = before[name] else { return "there is a further input \"\(name)\", \(type): whether the optional is there" }
      guard old.isRecast(as: type) else { return nil }
      return "\"\(name)\" is \(type), which stands for \(old)\(old.tensorType?.element.isComplex == true ? ": real and imaginary part in the last axis" : "")"
    }
  }
}

extension ValueType {
  fileprivate func isRecast(as other: ValueType) -> Bool {
    guard case .tensor(let a) = self, case .tensor(let b) = other else { return self != other }
    return a.element != b.element
  }
}

extension ElementType {
  var isComplex: Bool { self == .complex64 || self == .complex128 }

  /// An element type that holds every number of this one and that targets are likelier to have; of complex numbers, that of the parts.
  var carrier: ElementType? {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float6e2m3, .float6e3m2, .float4e2m1, .bfloat16: .float32
    case .int2, .int4: .int8
    case .uint2, .uint4: .uint8
    default: nil
    }
  }
}
