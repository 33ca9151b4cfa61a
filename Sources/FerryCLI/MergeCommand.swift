import ArgumentParser
import Ferry

struct MergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Join two models: outputs of the first feed inputs of the second.",
    discussion: "Example: ferry merge encoder.onnx decoder.onnx -o both.onnx --map hidden=memory")

  @Argument(help: "The model that comes first.", completion: .file())
  var first: String

  @Argument(help: "The model that it feeds.", completion: .file())
  var second: String

  @Option(name: [.customShort("o"), .long], help: "Where to write.", completion: .file())
  var output: String

  @Option(help: ArgumentHelp("An output of the first model, or an input, and the input of the second that it feeds; may be repeated.", valueName: "out=in"))
  var map: [String] = []

  @Option(help: ArgumentHelp("Put before all names of the second model.", valueName: "text"))
  var prefix = ""

  @Flag(help: "Optimise the result.")
  var optimize = false

  @OptionGroup var options: ConversionFlags

  func run() async throws {
    var conversion = try options.conversionOptions()
    conversion.optimize = optimize
    let connections = try map.map { try Connection($0) }
    try await options.conclude { progress in
      try await Ferry.merge(
        first, second, connecting: connections, prefix: prefix, options: conversion, opening: options.opening.options, output: output,
        progress: progress)
    }
  }
}
