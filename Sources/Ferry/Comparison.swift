import Evaluation

/// How two models are compared.
public struct CompareOptions: Sendable {
  public var inputs = InputOptions()
  /// Replace the defaults of `Tolerance` when given: `|a − b| ≤ relative · |b| + absolute`.
  public var relative: Double?
  public var absolute: Double?
  public var iterationLimit = 1_000_000
  public init() {}

  var tolerance: Tolerance {
    var tolerance = Tolerance()
    if let relative { tolerance.relative = relative }
    if let absolute { (tolerance.absolute, tolerance.floor) = (0, absolute) }
    return tolerance
  }
}

/// What `compare` found. Encodes as the object that `--json` prints.
public struct Comparison: Sendable, Encodable {
  /// How far two tensors are from each other.
  public typealias Figures = Agreement

  /// The first value, in the order in which the second model computes, that differs between the two.
  public struct Divergence: Sendable, Encodable {
    public var value: String
    public var node: String
    public var operatorName: String
    /// Nodes of the source model that it was made from.
    public var sources: [String]
    public var agreement: Agreement
    /// Values that both models have under one name and that agreed before it.
    public var agreedBefore: Int
  }

  public let schema = 1
  public var a: String
  public var b: String
  public var isEqual: Bool
  public var inputs: [RunReport.Port]
  public var outputs: [Agreement]
  public var firstDivergence: Divergence?
  public var warnings: [ConversionReport.Warning]
}
