import ArgumentParser
import Ferry

struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run two models on the same inputs and tell how far their outputs are from each other.",
    discussion: """
      Equal means, for 32-bit floats and wider, |a − b| ≤ 1e-3·|a| + 1e-5·max|a| at every element; for narrower floats a cosine of \
      at least 0.999; everything else the same. Where the first model rounds to steps, as quantised ones do, also what is at most \
      four times as far off as it is from itself with what is rounded multiplied by 1 ± 2⁻¹⁸. --rtol and --atol change all that \
      to |a − b| ≤ rtol·|a| + atol. When an output differs, the first intermediate value that does is named, and the exit status is 1.
      """)

  @Argument(help: "The reference.", completion: .file())
  var a: String

  @Argument(help: "The model to compare with it.", completion: .file())
  var b: String

  @Option(help: ArgumentHelp("Where the inputs are, as for `run`; without it they are made up.", valueName: "dir"), completion: .directory)
  var inputs: String?

  @Option(help: ArgumentHelp("Relative difference that is allowed.", valueName: "r"))
  var rtol: Double?

  @Option(help: ArgumentHelp("Absolute difference that is allowed.", valueName: "a"))
  var atol: Double?

  @OptionGroup var making: MakingFlags
  @OptionGroup var opening: OpeningFlags

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    for (name, value) in [("--rtol", rtol), ("--atol", atol)] {
      if let value, !(value >= 0 && value.isFinite) { throw ValidationError("\(name) takes a number that is not negative") }
    }
    try making.check(given: inputs)
  }

  func run() async throws {
    var options = CompareOptions()
    options.inputs = try making.options(folder: inputs)
    options.relative = rtol
    options.absolute = atol
    let comparison = try await Ferry.compare(a, b, options: options, opening: opening.options)
    for warning in comparison.warnings { Shell.printError("\(warning.severity): \(warning.message)") }
    if json { Shell.printJSON(comparison) } else { print(RunText.text(of: comparison)) }
    if !comparison.isEqual { throw Shell.ExitStatus(code: 1) }
  }
}
