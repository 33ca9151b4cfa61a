// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// A Swift target of ours; its dependencies are the arrows of ARCHITECTURE.md.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path ?? "Sources/\(name)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, swiftSettings: settings)
}

/// A C library of the system, found by its module map.
func system(_ name: String, _ package: String, pkgConfig: String) -> Target {
  .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
  name: "Ferry",
  targets: [
    system("CZip", "libzip-dev", pkgConfig: "libzip"),
    system("CCrypto", "libssl-dev", pkgConfig: "libcrypto"),
    .target(name: "CProtobufC", linkerSettings: [.linkedLibrary("protobuf-c")]),
    .target(name: "CONNXProto", dependencies: ["CProtobufC"]),
    .target(name: "CProtoWire", dependencies: ["CProtobufC"]),

    module("Diagnostics"),
    .target(name: "CNumerics", path: "Sources/CNumerics"),
    module("Tensors", ["CNumerics", "Diagnostics"]),
    module("GraphIR", ["Tensors", "Diagnostics"]),
    module("Operators", ["GraphIR", "Tensors", "CNumerics", "Diagnostics"]),
    tests("OperatorsTests", ["Operators", "GraphIR", "Tensors", "Diagnostics"]),
    module("GraphText", ["Operators", "GraphIR", "Tensors", "Diagnostics"]),
    module("Rewriting", ["Operators", "GraphIR", "Tensors", "Diagnostics"]),
    module("Lowerings", ["Rewriting", "Operators", "GraphIR", "Tensors", "Diagnostics"]),
    module("Bundle", ["Tensors", "Diagnostics", "CZip", "CCrypto"]),
    module(
      "ONNXImporter", ["Lowerings", "Operators", "GraphIR", "Tensors", "Diagnostics", "CONNXProto", "CProtoWire", "CProtobufC"],
      path: "Sources/Importers/ONNX"),
    module(
      "ONNXExporter", ["Lowerings", "Operators", "GraphIR", "Tensors", "Diagnostics", "CONNXProto", "CProtoWire", "CProtobufC"],
      path: "Sources/Exporters/ONNX"),

    tests("GraphIRTests", ["GraphIR", "Operators", "Tensors", "Diagnostics"]),
    tests("GraphTextTests", ["GraphText", "Operators", "GraphIR", "Tensors", "Diagnostics"]),
    .target(name: "CWireSample", dependencies: ["CProtobufC"], path: "Tests/CWireSample", exclude: ["sample.proto"]),
    tests("CProtoWireTests", ["CProtoWire", "CONNXProto", "CProtobufC", "CWireSample"]),
    tests("BundleTests", ["Bundle", "Tensors", "Diagnostics"]),

    tests("LoweringsTests", ["Lowerings", "Operators", "GraphIR", "Tensors", "Diagnostics"]),
  ]
)
