import ArgumentParser
import Ferry

/// What part of a model is converted, and at which sizes.
struct ShapingFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Fix or rename the axes of an input, as in x=1x3x640x640 or x=Nx3xHxW; may be repeated.", valueName: "name=sizes"))
  var shape: [String] = []

  @Option(help: ArgumentHelp("Begin at this value, which becomes an input; may be repeated.", valueName: "value"))
  var cutFrom: [String] = []

  @Option(help: ArgumentHelp("End at this value, which becomes an output; may be repeated.", valueName: "value"))
  var cutTo: [String] = []

  func apply(to options: inout ConversionOptions) throws {
    options.shapes = try shape.map { try ShapeRequest($0) }
    options.cutFrom = cutFrom
    options.cutTo = cutTo
  }
}
