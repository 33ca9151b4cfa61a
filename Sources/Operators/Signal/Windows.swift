import Diagnostics
import GraphIR
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A window of `size` samples made of cosines: `Σ aₖ cos(2πkn / N)`, where N is the size, or one less unless `periodic`.
package protocol CosineWindow: Evaluable where Operand == WindowOperand {
  /// a₀, a₁, … with their signs.
  static var coefficients: [Double] { get }
  var outputDatatype: ElementType { get }
  var periodic: Bool { get }
}

public enum WindowOperand: Int, OperandSlot { case size }

extension CosineWindow {
  public func infer(_ operands: Operands<WindowOperand, Fact>) throws(ModelError) -> [Fact] {
    [.tensor(outputDatatype, [try operands.one(.size).scalarExpression ?? .unknown])]
  }

  public func evaluate(_ operands: Operands<WindowOperand, Tensor>) throws(ModelError) -> [Tensor] {
    guard let size = try operands.one(.size).integers().first, size >= 0 else { throw ModelError(.typeMismatch, "a window of negative size") }
    try checkedCount(.float64, [size])
    let whole = Double(periodic ? size : max(size - 1, 1))
    let samples = (0..<size).map { index in
      Self.coefficients.enumerated().reduce(0.0) { $0 + $1.element * cos(2 * .pi * Double($1.offset) * Double(index) / whole) }
    }
    return [try Tensor(.float64, [size], elements: samples).converted(to: outputDatatype)]
  }
}

/// `1/2 - 1/2 cos`.
public struct HannWindow: CosineWindow {
  public static let name = "HannWindow"
  public static let since = 17
  public static let attributes: [AttributeSpec<Self>] = [.element("output_datatype", \.outputDatatype), .bool("periodic", \.periodic)]
  public var outputDatatype = ElementType.float32
  public var periodic = true
  public init() {}
  package static var coefficients: [Double] { [0.5, -0.5] }
}

/// `25/46 - 21/46 cos`.
public struct HammingWindow: CosineWindow {
  public static let name = "HammingWindow"
  public static let since = 17
  public static let attributes: [AttributeSpec<Self>] = [.element("output_datatype", \.outputDatatype), .bool("periodic", \.periodic)]
  public var outputDatatype = ElementType.float32
  public var periodic = true
  public init() {}
  package static var coefficients: [Double] { [25.0 / 46, -21.0 / 46] }
}

/// `0.42 - 0.5 cos + 0.08 cos` of the double angle.
public struct BlackmanWindow: CosineWindow {
  public static let name = "BlackmanWindow"
  public static let since = 17
  public static let attributes: [AttributeSpec<Self>] = [.element("output_datatype", \.outputDatatype), .bool("periodic", \.periodic)]
  public var outputDatatype = ElementType.float32
  public var periodic = true
  public init() {}
  package static var coefficients: [Double] { [0.42, -0.5, 0.08] }
}
