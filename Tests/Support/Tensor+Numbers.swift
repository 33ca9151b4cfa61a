import Diagnostics
import GraphIR
import Tensors

extension Tensor {
  /// The elements as doubles. Throws `typeMismatch` for types that have none.
  public func numbers() throws(ModelError) -> [Double] {
    switch element {
    case .float32: try elements(as: Float.self).map(Double.init)
    case .float64: try elements(as: Double.self)
    case .float16: try elements(as: Float16.self).map(Double.init)
    case .bfloat16: try elements(as: UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) }
    default: try integers().map(Double.init)
    }
  }

  /// Numbers that depend on the seed alone: floats within ±1, small integers, truth values.
  public static func random(_ element: ElementType, _ shape: Shape, seed: UInt64) throws(ModelError) -> Tensor {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
    let draws = (0..<(shape.elementCount ?? 0)).map { _ -> UInt64 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    func unit(_ draw: UInt64) -> Double { Double(draw % 20_001) / 10_000 - 1 }
    switch element {
    case .float32: return try Tensor(element, shape, elements: draws.map { Float(unit($0)) })
    case .float64: return try Tensor(element, shape, elements: draws.map(unit))
    case .float16: return try Tensor(element, shape, elements: draws.map { Float16(unit($0)) })
    case .bool: return try Tensor(element, shape, elements: draws.map { UInt8($0 % 2) })
    case .int64: return try Tensor(element, shape, elements: draws.map { Int64($0 % 5) })
    case .int32: return try Tensor(element, shape, elements: draws.map { Int32($0 % 5) })
    case .uint8: return try Tensor(element, shape, elements: draws.map { UInt8($0 % 5) })
    case .int8: return try Tensor(element, shape, elements: draws.map { Int8($0 % 5) })
    default: throw ModelError(.unsupported, "no random \(element.rawValue)")
    }
  }

  /// What makes this differ from `expected` by more than DESIGN's equality allows; `nil` when nothing does.
  public func difference(from expected: Tensor) throws(ModelError) -> String? {
    guard element == expected.element, shape == expected.shape else {
      return "\(element.rawValue)\(shape) where \(expected.element.rawValue)\(expected.shape) is expected"
    }
    guard element.isFloatingPoint else { return try isIdentical(to: expected) ? nil : "the elements differ" }
    let (mine, theirs) = try (numbers(), expected.numbers())
    let largest = theirs.lazy.filter { $0.isFinite }.map(abs).max() ?? 0
    let (relative, absolute) = element == .float16 || element == .bfloat16 ? (2e-2, 1e-2) : (1e-3, 1e-5)
    for (index, (a, b)) in zip(mine, theirs).enumerated() where a != b && !(a.isNaN && b.isNaN) {
      if !(abs(a - b) <= relative * abs(b) + absolute * largest) { return "element \(index) is \(a) instead of \(b)" }
    }
    return nil
  }
}
