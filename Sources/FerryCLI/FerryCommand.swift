import ArgumentParser
import Diagnostics
import Ferry

/// The root of the command line. Exit statuses are documented in `discussion` and in README.md.
@main
struct FerryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ferry",
    abstract: "Carries trained models from one platform's format to another, optimised and verified.",
    discussion: """
      Begin with:
        ferry inspect model.onnx                    what is in the file
        ferry optimize model.onnx smaller.onnx      the same model, fewer nodes, checked by running both
        ferry convert model.onnx -o model.zip       a bundle with a manifest and checksums

      Exit status: 0 done, 1 results differ, 2 wrong usage, 3 the input is unreadable or invalid, 4 not supported \
      by the target, 5 input/output failed, 6 a goal was not met, 130 interrupted.
      """,
    version: Ferry.version,
    subcommands: [
      InspectCommand.self, ConvertCommand.self, OptimizeCommand.self, CheckCommand.self, RunCommand.self, CompareCommand.self,
      DiffCommand.self, MergeCommand.self, ExplainCommand.self, BatchCommand.self, UnpackCommand.self, TargetsCommand.self,
    ])

  static func main() async {
    await Shell.run(arguments: Array(CommandLine.arguments.dropFirst()))
  }
}
