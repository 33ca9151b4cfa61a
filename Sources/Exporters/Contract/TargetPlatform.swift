import Bundle
import Diagnostics
import GraphIR
import Rewriting
import Tensors

/// A format that models are written in for somebody else's runtime: what it supports, how to get there, how to write it.
///
/// One folder of `Exporters` each. Nothing is written while a node is rejected.
package protocol TargetPlatform: Sendable {
  /// As `--to` names it.
  var name: String { get }

  /// Work on whole graphs before legality is asked, such as assigning a layout. Types are inferred before and after.
  var preparation: Pipeline { get }

  /// Rules that turn a rejected node into accepted ones. They are tried at rejected nodes alone, in this order, until none
  /// applies; what they add is judged too.
  var legalizations: [Rule] { get }

  /// Names of optimisations that would make operators which the target does not have of others that it has.
  var unwantedRules: Set<String> { get }

  /// Names of operators that are not taken apart, because their parts count on more digits of integers than the runtime computes with.
  var wholeOperators: Set<String> { get }

  /// Whether weights and other operands may be computed in the network. Where they must be constants, folding may make the model larger.
  var takesComputedOperands: Bool { get }

  /// Whether values are tensors, and nothing else, and any tensor is an input like another: what is none is given as one or several.
  var hasTensorsAlone: Bool { get }

  /// Whether tensors may have such elements.
  func has(_ element: ElementType) -> Bool

  /// Why the target cannot take a node; `nil` when it can. Types have been inferred.
  func rejection(of node: SubjectNode) -> Rejection?

  /// Why the target cannot take an input or output of the model; `nil` when it can.
  func rejection(ofPort type: ValueType?) -> Rejection?

  /// Why the target cannot give a constant as an output as it is; `nil` when it can.
  func rejection(ofConstantOutput constant: Tensor) -> Rejection?

  /// The files of a model of which nothing is rejected; the one with role `graph` is named `settings.fileName`.
  ///
  /// Throws `notExpressible` for what only shows while it is written, as a size that exceeds the format's.
  func emit(_ model: Model, _ settings: EmissionSettings) throws(ModelError) -> [ArtifactFile]
}

extension TargetPlatform {
  package var preparation: Pipeline { Pipeline([]) }
  package var legalizations: [Rule] { [] }
  package var unwantedRules: Set<String> { [] }
  package var wholeOperators: Set<String> { [] }
  package var takesComputedOperands: Bool { false }
  package var hasTensorsAlone: Bool { true }
  package func has(_ element: ElementType) -> Bool { true }
  package func rejection(ofConstantOutput constant: Tensor) -> Rejection? { nil }

  package func rejection(ofPort type: ValueType?) -> Rejection? {
    guard let type else { return nil }
    if case .tensor = type { return nil }
    return Rejection(.valueKind, "\(type)", remedy: "cut the model where it is a tensor")
  }
}

/// How a model is to be written, beyond what it is.
package struct EmissionSettings: Sendable {
  /// Of the file that holds the graph. Files beside it are named after it.
  package var fileName: String
  /// Stores floating-point constants in 16 bits, converted back when the model is loaded.
  package var halvesWeights = false
  /// The order in which images lie in inputs and outputs, where the format leaves a choice.
  package var layout: PortLayout?
  package var sink: DiagnosticSink

  package init(fileName: String, sink: DiagnosticSink = DiagnosticSink()) {
    self.fileName = fileName
    self.sink = sink
  }

  /// The file name without its extension.
  package var stem: String { fileName.lastIndex(of: ".").map { String(fileName[..<$0]) } ?? fileName }
}

package enum PortLayout: String, Sendable, CaseIterable { case nchw, nhwc }
