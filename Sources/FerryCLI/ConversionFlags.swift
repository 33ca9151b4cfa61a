import ArgumentParser
import Diagnostics
import Ferry
import FoundationEssentials

/// What `convert` and `optimize` share.
struct ConversionFlags: ParsableArguments {
  @Option(help: "Run source and result side by side: none, sampled (within a fixed amount of arithmetic) or full.")
  var verify = VerificationMode.sampled

  @Option(help: ArgumentHelp("Switch a rule or pass off; may be repeated.", valueName: "rule"))
  var disable: [String] = []

  @Option(help: ArgumentHelp("Use this rule or pass and no other; may be repeated.", valueName: "rule"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Also use this rule, one that applies on request alone; may be repeated.", valueName: "rule"))
  var enable: [String] = []

  @Flag(help: "Also use rules whose results differ by more than rounding, or which assume a range.")
  var fastMath = false

  @Flag(help: "List in --json where every node of the output comes from.")
  var provenance = false

  @Option(help: ArgumentHelp("End the rewriting after N rewrites, to find a wrong one by bisection.", valueName: "n"))
  var stopAfter: Int?

  @Option(help: ArgumentHelp("The version of ONNX's operator set to write; by default the source's, where it can say everything.", valueName: "n"))
  var opset: Int?

  @Flag(help: "Say operators of com.microsoft in standard ones, so that any runtime of ONNX takes the model.")
  var standard = false

  @OptionGroup var shaping: ShapingFlags

  @Option(help: "Store weights in fewer bits: fp16, for targets that convert them back when they load a model.")
  var quantize: WeightStorage?

  @Flag(help: "Put inputs and the outputs expected of them into the bundle or folder.")
  var selfTest = false

  @Flag(help: "Leave the output in place when verification finds a difference.")
  var keep = false

  @Flag(help: "Write into a folder that has something in it.")
  var force = false

  @Option(help: "Put the channels of images in inputs and outputs second (nchw) or last (nhwc).")
  var layout: PortOrder?

  @Flag(help: "Do everything but writing.")
  var dryRun = false

  @OptionGroup var opening: OpeningFlags

  @Option(help: ArgumentHelp("Also write what --json prints to this file.", valueName: "file"), completion: .file())
  var report: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if let stopAfter, stopAfter < 0 { throw ValidationError("--stop-after takes a number that is not negative") }
    if disable.isEmpty, only.isEmpty, enable.isEmpty { return }
    let known = Set(Ferry.ruleNames)
    for (flag, rules) in [("--disable", disable), ("--only", only), ("--enable", enable)] {
      for rule in rules where !known.contains(rule) {
        throw ValidationError("\(flag) \(rule): no such rule. There are: \(Ferry.ruleNames.joined(separator: ", "))")
      }
    }
  }

  /// What the flags say, all but whether to optimise.
  func conversionOptions() throws -> ConversionOptions {
    var options = ConversionOptions()
    options.verify = verify
    options.keepOnDifference = keep
    options.force = force
    options.disabledRules = Set(disable)
    options.onlyRules = Set(only)
    options.enabledRules = Set(enable)
    options.fastMath = fastMath
    options.tracesProvenance = provenance
    options.stopAfter = stopAfter
    options.layout = layout
    options.dryRun = dryRun
    options.opset = opset
    options.standardOnly = standard
    options.halvesWeights = quantize == .fp16
    options.selfTest = selfTest
    try shaping.apply(to: &options)
    return options
  }

  func convert(_ input: String, to output: String, target: Target, optimize: Bool) async throws {
    var options = try conversionOptions()
    options.optimize = optimize
    try await conclude { progress in
      try await Ferry.convert(input, to: target, options: options, opening: opening.options, output: output, progress: progress)
    }
  }

  /// Runs a conversion under a progress bar, and tells what it did.
  func conclude(_ work: (@escaping @Sendable (Progress) -> Void) async throws -> ConversionReport) async throws {
    let bar = ProgressBar()
    defer { bar.finish() }
    let result = try await work { bar.update($0) }
    bar.finish()
    try finish(result)
  }

  private func finish(_ result: ConversionReport) throws {
    for warning in result.warnings { Shell.printError("\(warning.severity): \(warning.message)") }
    if let report = self.report { try write(result, to: report) }
    if json { Shell.printJSON(result) } else { print(Summary.text(of: result)) }
    if result.verification.isFailure { throw Shell.ExitStatus(code: 1) }
  }

  private func write(_ result: ConversionReport, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      try encoder.encode(result).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw ModelError(.io, "the report cannot be written", at: Place(file: path), notes: ["\(error)"])
    }
  }
}

/// How a model is opened.
struct OpeningFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Allow files that the model refers to in this folder too; may be repeated.", valueName: "dir"), completion: .directory)
  var trustFolder: [String] = []

  @Flag(help: "Read weights instead of mapping them.")
  var copyWeights = false

  var options: OpenOptions {
    var options = OpenOptions()
    options.trustedFolders = trustFolder
    options.copyWeights = copyWeights
    return options
  }
}

extension VerificationMode: ExpressibleByArgument {}
extension PortOrder: ExpressibleByArgument {}

/// What `--quantize` takes.
enum WeightStorage: String, ExpressibleByArgument, CaseIterable { case fp16 }
