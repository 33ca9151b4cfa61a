/// How a model is opened.
public struct OpenOptions: Sendable {
  /// Folders, besides the model's own, that files it refers to may lie in.
  public var trustedFolders: [String] = []
  /// Reads weights into memory instead of mapping them, so that somebody truncating the file meanwhile does no harm.
  public var copyWeights = false
  public init() {}
}

/// How much of a conversion is checked by running source and result side by side.
public enum VerificationMode: String, Sendable, CaseIterable, Codable {
  case none
  /// As many inputs as a fixed amount of arithmetic allows; a model too costly for one is reported, not failed.
  case sampled
  /// As `sampled`, without the limit; what cannot be run is a failure.
  case full
}

/// How a model is converted.
public struct ConversionOptions: Sendable {
  public var optimize = true
  public var verify = VerificationMode.sampled
  /// Leaves the output in place when verification finds a difference.
  public var keepOnDifference = false
  /// Allows an output folder that has something in it.
  public var force = false
  /// Names of rules and passes that are switched off.
  public var disabledRules: Set<String> = []
  /// When there are some, all others are switched off.
  public var onlyRules: Set<String> = []
  /// Names of rules that apply on request alone, to be used too.
  public var enabledRules: Set<String> = []
  /// Uses the rules whose results differ by more than rounding, or which assume a range.
  public var fastMath = false
  /// Lists in the report where every node of the output comes from.
  public var tracesProvenance = false
  /// Ends the rewriting after so many rewrites.
  public var stopAfter: Int?
  /// Where images in inputs and outputs are to have their channels; `nil` leaves them.
  public var layout: PortOrder?
  /// Does everything but writing.
  public var dryRun = false
  /// The version of the standard operator set to write; `nil` keeps that of the source where it can.
  public var opset: Int?
  /// Says operators of `com.microsoft` in standard ones, at the operator set of the source where it has them.
  public var standardOnly = false
  /// Shapes for inputs, fixed or with other symbols; see `parseShape`.
  public var shapes: [ShapeRequest] = []
  /// Values that become the inputs, in place of what computes them.
  public var cutFrom: [String] = []
  /// Values that become the outputs.
  public var cutTo: [String] = []
  /// Stores floating-point weights in 16 bits, for targets that convert them back when they load a model.
  public var halvesWeights = false
  /// Puts inputs and the outputs expected of them into a bundle or folder.
  public var selfTest = false
  public init() {}
}

/// The order of an image's axes.
public enum PortOrder: String, Sendable, CaseIterable { case nchw, nhwc }

/// What a model is converted to.
public enum Target: Sendable, Equatable {
  /// The format it came in.
  case same
  /// By the name that `targets` lists.
  case named(String)
  /// A profile of the user's own, by its path.
  case profile(String)

  /// What `--to` says: a path for what has a slash or ends in `.yaml`, else a name.
  public init(_ text: String) {
    self = text.contains("/") || text.hasSuffix(".yaml") || text.hasSuffix(".yml") ? .profile(text) : .named(text)
  }
}

/// What is being done, and how much of it is done: 0 to 1.
public struct Progress: Sendable {
  public enum Phase: String, Sendable { case reading, optimizing, writing, verifying, converting }
  public var phase: Phase
  public var fraction: Double

  public init(phase: Phase, fraction: Double) {
    self.phase = phase
    self.fraction = fraction
  }
}
