import ArgumentParser
import Ferry

struct ConvertCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a model, optimise it on the way and verify the result.",
    discussion: """
      The form of the output follows from its name: `out.onnx` is the bare model, `out.zip` a bundle with a manifest and \
      checksums, `out/` the same as a folder.
      """)

  @Argument(help: "The model to read.", completion: .file())
  var model: String

  @Option(name: [.customShort("o"), .long], help: "Where to write.", completion: .file())
  var output: String

  @Option(help: "What to write: a target of `ferry targets`, or the path of a profile. Without it, the format of the input.")
  var to: String?

  @Flag(help: "Write the model as it is, node by node.")
  var noOptimize = false

  @OptionGroup var options: ConversionFlags

  func run() async throws {
    try await options.convert(model, to: output, target: to.map { Target($0) } ?? .same, optimize: !noOptimize)
  }
}

struct OptimizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimize", abstract: "Write the same model in the same format, with fewer nodes, and verify it.",
    aliases: ["optimise"])

  @Argument(help: "The model to read.", completion: .file())
  var input: String

  @Argument(help: "Where to write.", completion: .file())
  var output: String

  @OptionGroup var options: ConversionFlags

  func run() async throws { try await options.convert(input, to: output, target: .same, optimize: true) }
}
