import ArgumentParser
import Ferry

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a model on values from files, or on made-up ones.",
    discussion: """
      DIR holds input_0.pb, input_1.pb, … (serialised ONNX TensorProto, SequenceProto or OptionalProto) or input_0.npy, … in \
      the order of the model's inputs, or <input name>.npy. Outputs are written as output_0, output_1, ….
      """)

  @Argument(help: "A model or a bundle.", completion: .file())
  var model: String

  @Option(help: ArgumentHelp("Where the inputs are; without it they are made up.", valueName: "dir"), completion: .directory)
  var inputs: String?

  @Option(help: ArgumentHelp("Where to write the outputs.", valueName: "dir"), completion: .directory)
  var outputs: String?

  @Option(help: "The form of the outputs: pb or npy.")
  var format = ValueFormat.pb

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp("Run so many times after a first one and report the median latency and how many runs fit in a second.", valueName: "n"))
  var repeats: Int?

  @Option(help: ArgumentHelp("Iterations that all loops together may take.", valueName: "n"))
  var maxIterations = 1_000_000

  @Flag(help: "Tell where the time of one more run goes, by operator and by what computed it.")
  var profile = false

  @Flag(help: "Run the model as it is, node by node.")
  var noOptimize = false

  @OptionGroup var making: MakingFlags
  @OptionGroup var opening: OpeningFlags

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if let repeats, repeats < 1 { throw ValidationError("--repeat takes a number from 1 on") }
    if maxIterations < 0 { throw ValidationError("--max-iterations takes a number that is not negative") }
    try making.check(given: inputs)
  }

  func run() async throws {
    var options = RunOptions()
    options.inputs = try making.options(folder: inputs)
    options.outputs = outputs
    options.format = format
    options.repeats = repeats.map { $0 + 1 } ?? 1
    options.iterationLimit = maxIterations
    options.optimize = !noOptimize
    options.profile = profile
    let report = try await Ferry.run(model, options: options, opening: opening.options)
    for warning in report.warnings { Shell.printError("\(warning.severity): \(warning.message)") }
    if json { Shell.printJSON(report) } else { print(RunText.text(of: report)) }
  }
}

/// How inputs are made up.
struct MakingFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Begins the random numbers of made-up inputs.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp("Bounds of the numbers made up for an input; may be repeated.", valueName: "name=lo:hi"))
  var range: [String] = []

  func check(given folder: String?) throws {
    if folder != nil, !range.isEmpty { throw ValidationError("--range and --inputs exclude each other") }
    _ = try ranges()
  }

  func options(folder: String?) throws -> InputOptions {
    var options = InputOptions()
    options.folder = folder
    options.seed = seed
    options.ranges = try ranges()
    return options
  }

  /// A name may have `=` and `:` in it: the last ones count.
  private func ranges() throws -> [String: ClosedRange<Double>] {
    var ranges: [String: ClosedRange<Double>] = [:]
    for text in range {
      guard let equals = text.lastIndex(of: "="), let colon = text[equals...].firstIndex(of: ":"),
        let low = Double(text[text.index(after: equals)..<colon]), let high = Double(text[text.index(after: colon)...]),
        low.isFinite, high.isFinite, low <= high
      else { throw ValidationError("--range \(text): expected NAME=lo:hi, two numbers in order") }
      ranges[String(text[..<equals])] = low...high
    }
    return ranges
  }
}

extension ValueFormat: ExpressibleByArgument {}
