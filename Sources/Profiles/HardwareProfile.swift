import GraphIR
import Tensors

/// What one kind of hardware takes of a format: data, read from YAML.
public struct HardwareProfile: Sendable, Encodable, Equatable {
  /// A limit and where it is written down.
  public struct Limit<Value: Sendable & Encodable & Equatable>: Sendable, Encodable, Equatable {
    public var value: Value
    public var source: String
  }

  /// Operators by name: those alone, or all but those.
  public struct Operators: Sendable, Encodable, Equatable {
    public var isAllowList: Bool
    public var names: [String]
  }

  /// What quantised tensors look like.
  public struct Quantization: Sendable, Encodable, Equatable {
    /// Whether nothing may be computed in floating point.
    public var isRequired = false
    public var activations: [String]?
    public var weights: [String]?
    /// Zero points are zero.
    public var isSymmetric = false
    /// Whether weights may have a scale for each channel.
    public var allowsPerChannel = true
    public var powerOfTwoScales = false
  }

  public var name: String
  public var summary: String
  /// The format that is written, by its target's name.
  public var format: String
  /// Whether what is written for it has been run on it.
  public var isVerified: Bool
  /// The newest ONNX operator set.
  public var opset: Limit<Int>?
  public var staticShapes: Limit<Bool>?
  /// Element types of operands and results, as in the `.graph` text.
  public var elementTypes: Limit<[String]>?
  public var operators: Limit<Operators>?
  public var rank: Limit<Int>?
  /// How many of the innermost axes may have sizes above 1, in what is computed.
  public var innerAxes: Limit<Int>?
  public var quantization: Limit<Quantization>?
  /// `nchw` or `nhwc`.
  public var layout: Limit<String>?
  /// Bytes of the written files.
  public var size: Limit<Int>?
}
