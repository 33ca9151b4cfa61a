/// In what form values are written.
public enum ValueFormat: String, Sendable, CaseIterable {
  /// Serialised ONNX messages: every value.
  case pb
  /// NumPy arrays: tensors of the element types that NumPy has.
  case npy
}

/// Where inputs come from.
public struct InputOptions: Sendable {
  /// A folder of values; without one, inputs are made up from `seed`.
  public var folder: String?
  public var seed: UInt64 = 1
  /// Bounds of the numbers made up for an input, by its name.
  public var ranges: [String: ClosedRange<Double>] = [:]
  public init() {}
}

/// How a model is run.
public struct RunOptions: Sendable {
  public var inputs = InputOptions()
  /// Where the outputs are written to; without it they are only described.
  public var outputs: String?
  public var format = ValueFormat.pb
  /// More than 1 measures: the first run is not counted.
  public var repeats = 1
  /// Runs once more at the end and tells where the time goes.
  public var profile = false
  /// Iterations that all loops together may take.
  public var iterationLimit = 1_000_000
  /// Runs the optimised graph. What is computed is the same.
  public var optimize = true
  public init() {}
}

/// What a run did. Encodes as the object that `--json` prints.
public struct RunReport: Sendable, Encodable {
  public struct Port: Sendable, Encodable {
    public var name: String
    public var type: String
    /// `nil` for a value that is neither read nor written.
    public var file: String?
  }

  public struct Latency: Sendable, Encodable {
    /// Runs that were timed.
    public var runs: Int
    public var medianSeconds: Double
    public var minimumSeconds: Double
    public var maximumSeconds: Double
    public var runsPerSecond: Double
  }

  /// What computed the nodes.
  public struct Kernels: Sendable, Encodable {
    /// Nodes that oneDNN computed; none in a single run, which is over before its preparation would pay.
    public var oneDNN: Int
    /// Nodes computed by a kernel of Ferry's own that does several at once, or that has an operand prepared.
    public var fused: Int
    public var plain: Int
    /// Nodes that were oneDNN's to compute and that plain kernels computed instead.
    public var refused: [Refusal]

    public struct Refusal: Sendable, Encodable {
      public var node: String
      public var operatorName: String
      public var reason: String

      enum CodingKeys: String, CodingKey {
        case node, reason
        case operatorName = "operator"
      }
    }
  }

  /// Steps that compute the same operators in the same way.
  public struct ProfileRow: Sendable, Encodable {
    /// What is computed at once, as in `Conv+Relu`.
    public var operators: String
    /// `oneDNN`, `fused` or `plain`, as in `Kernels`.
    public var kernel: String
    public var steps: Int
    public var seconds: Double
  }

  public let schema = 1
  public var model: String
  public var inputs: [Port]
  public var outputs: [Port]
  /// `nil` unless the model was run several times.
  public var latency: Latency?
  public var kernels: Kernels
  /// The most bytes that inputs, results and outputs took at one time, kernels' own scratch aside; `nil` when the model was run several
  /// times, and freed results were kept.
  public var peakActivationBytes: Int?
  /// `nil` unless it was asked for.
  public var profile: [ProfileRow]?
  public var warnings: [ConversionReport.Warning]
  /// Wall-clock time by phase, in seconds.
  public var seconds: [String: Double]
}
