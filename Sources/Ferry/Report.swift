import Diagnostics
import Evaluation
import Rewriting

/// What a conversion did. Encodes as the object that `--json` prints.
public struct ConversionReport: Sendable, Encodable {
  public struct Size: Sendable, Encodable {
    /// Nodes, constants not counted, graphs within graphs included.
    public var nodes: Int
    /// Bytes of the model's files.
    public var bytes: Int
  }

  public struct Rewrite: Sendable, Encodable {
    public var rule: String
    public var count: Int
    /// Nodes removed minus nodes added.
    public var nodesSaved: Int
    /// Bytes of constants removed minus bytes added.
    public var bytesSaved: Int
    /// How far results were apart, for a rule that rounds in other places; `nil` for the others, and where nothing was run.
    public var difference: Difference?
  }

  public struct Warning: Sendable, Encodable {
    public var severity: String
    public var message: String
  }

  public let schema = 1
  public var source: String
  public var sourceFormat: String
  public var target: String
  /// `nil` for a dry run.
  public var output: String?
  public var before: Size
  public var after: Size
  /// In order of first application.
  public var rewrites: [Rewrite]
  public var verification: Verification
  public var warnings: [Warning]
  /// Wall-clock time by phase, in seconds.
  public var seconds: [String: Double]
  /// The files that the model was read from.
  public var sources: [String] = []
  /// Where every node of the output comes from, when that was asked for.
  public var provenance: [NodeProvenance]?
}

/// Where a node of the output comes from.
public struct NodeProvenance: Sendable, Encodable {
  /// The names of the graphs within each other, as in `main/then_branch`.
  public var graph: String
  public var node: String
  public var operatorName: String
  /// Names of nodes of the source model.
  public var sources: [String]
  /// The rules that made the node, none for a node of the source.
  public var rules: [String]
}

/// The outcome of comparing source and result.
public struct Verification: Sendable, Encodable {
  /// What was shown, and how. Values are the results of the outermost graph's nodes in the result.
  public struct Proof: Sendable, Encodable {
    public var values: Int
    /// Computed by the same operators from the same constants and values as in the source.
    public var byStructure: Int
    /// Compared by running the rewritten parts before them on made-up values. The others lie inside those parts.
    public var byNumber: Int
    /// The rewritten parts that were run.
    public var windows: Int
  }
  public enum Outcome: String, Sendable, Encodable {
    case equal, different
    case notRun
  }
  public var mode: VerificationMode
  public var outcome: Outcome
  /// Sets of inputs that were run.
  public var samples: Int
  /// The worst over all samples of each output or, where only rewritten parts were run, of each value that those end in.
  public var outputs: [Agreement]
  /// `nil` when everything was run.
  public var proof: Proof?
  /// Why it was not run, or not in full.
  public var notes: [String]
  /// What was run where not everything was.
  var windows: [RewriteProof.ShownWindow] = []

  private enum CodingKeys: CodingKey { case mode, outcome, samples, outputs, proof, notes }

  /// What was to be run in full and could not be counts as a difference.
  public var isFailure: Bool { outcome == .different || outcome == .notRun && mode == .full }

  public init(mode: VerificationMode, outcome: Outcome, samples: Int = 0, outputs: [Agreement] = [], notes: [String] = []) {
    self.mode = mode
    self.outcome = outcome
    self.samples = samples
    self.outputs = outputs
    self.notes = notes
  }
}
