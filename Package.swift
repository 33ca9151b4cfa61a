// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// A Swift target of ours; its dependencies are the arrows of ARCHITECTURE.md.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "Ferry",
  targets: [
    module("Diagnostics"),
    module("Tensors", ["Diagnostics"]),
    module("GraphIR", ["Tensors", "Diagnostics"]),
    module("Operators", ["GraphIR", "Tensors", "Diagnostics"]),
    module("Lowerings", ["Operators", "GraphIR", "Tensors", "Diagnostics"]),
    .target(name: "CProtobufC", path: "Sources/CProtobufC", linkerSettings: [.linkedLibrary("protobuf-c")]),
    .target(name: "CONNXProto", dependencies: ["CProtobufC"], path: "Sources/CONNXProto"),
    .target(name: "CProtoWire", dependencies: ["CProtobufC"], path: "Sources/CProtoWire"),
    module(
      "ONNXImporter", ["Lowerings", "Operators", "GraphIR", "Tensors", "Diagnostics", "CONNXProto", "CProtoWire", "CProtobufC"],
      path: "Sources/Importers/ONNX"),
    module(
      "ONNXExporter", ["Lowerings", "Operators", "GraphIR", "Tensors", "Diagnostics", "CONNXProto", "CProtoWire", "CProtobufC"],
      path: "Sources/Exporters/ONNX"),
  ]
)
