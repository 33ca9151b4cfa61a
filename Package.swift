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

let ir: [Target.Dependency] = ["Operators", "GraphIR", "Tensors", "Diagnostics"]
let onnxParts: [Target.Dependency] = ["CONNXProto", "CProtoWire", "CProtobufC"]

let package = Package(
  name: "Ferry",
  products: [
    .library(name: "Ferry", targets: ["Ferry"]),
    .executable(name: "ferry", targets: ["FerryCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    system("CZip", "libzip-dev", pkgConfig: "libzip"),
    system("CExpat", "libexpat1-dev", pkgConfig: "expat"),
    system("CLibYAML", "libyaml-dev", pkgConfig: "yaml-0.1"),
    system("CCrypto", "libssl-dev", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CSystem", path: "Sources/CSystem"),
    .target(name: "CProtobufC", linkerSettings: [.linkedLibrary("protobuf-c")]),
    .target(name: "CONNXProto", dependencies: ["CProtobufC"]),
    .target(name: "CProtoWire", dependencies: ["CProtobufC"]),
    .target(name: "CNumerics", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

    module("Diagnostics"),
    module("Tensors", ["Diagnostics", "CNumerics"]),
    module("GraphIR", ["Tensors", "Diagnostics"]),
    module("Operators", ["GraphIR", "Tensors", "Diagnostics", "CNumerics"]),
    module("GraphText", ir),
    module("Rewriting", ir),
    module("Lowerings", ["Rewriting"] + ir),
    module("Evaluation", ["CNumerics"] + ir),
    module("Passes", ["Rewriting"] + ir),
    module("Bundle", ["Tensors", "Diagnostics", "CZip", "CCrypto", "CSystem"]),
    module("ONNXImport", ["Lowerings"] + ir + onnxParts, path: "Sources/Importers/ONNX"),
    module("ONNXExport", ["Lowerings"] + ir + onnxParts, path: "Sources/Exporters/ONNX"),
    module("Retargeting", ["Bundle", "Rewriting"] + ir, path: "Sources/Exporters/Contract"),
    module("OpenVINOExport", ["Retargeting", "Bundle", "Rewriting"] + ir, path: "Sources/Exporters/OpenVINO"),
    module("NCNNExport", ["Retargeting", "Bundle", "Passes", "Rewriting"] + ir, path: "Sources/Exporters/NCNN"),
    module("NCNNImport", ir, path: "Sources/Importers/NCNN"),
    module("Profiles", ["Retargeting", "CLibYAML"] + ir),
    module("OpenVINOImport", ["CExpat"] + ir, path: "Sources/Importers/OpenVINO"),
    module("LiteRTSchema", ["Tensors", "Diagnostics"]),
    module("LiteRTImport", ["LiteRTSchema", "Lowerings"] + ir, path: "Sources/Importers/LiteRT"),
    module("LiteRTExport", ["LiteRTSchema", "Retargeting", "Bundle", "Rewriting"] + ir, path: "Sources/Exporters/LiteRT"),
    module(
      "Ferry",
      ["ONNXImport", "ONNXExport", "OpenVINOExport", "OpenVINOImport", "LiteRTImport", "LiteRTExport", "NCNNExport", "NCNNImport", "Retargeting", "Profiles", "Passes", "Bundle", "Evaluation", "GraphText", "Lowerings", "Rewriting"] + ir),
    .executableTarget(
      name: "FerryCLI",
      dependencies: ["Ferry", "Retargeting", "Profiles", "Diagnostics", "CSystem", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: settings,
      linkerSettings: [
        // Half of a short run was spent on finding and joining the toolchain's libraries. Graphs are made of many small blocks: with
        // this allocator everything takes a fifth less time.
        .unsafeFlags(
          ["-static-stdlib"] + ["_FoundationCShims", "_FoundationCollections", "swiftSynchronization"].map { "-l\($0)" },
          .when(platforms: [.linux])),
        .linkedLibrary("jemalloc", .when(platforms: [.linux])),
      ]),

    tests("GraphIRTests", ir),
    tests("OperatorsTests", ["GraphText"] + ir),
    tests("GraphTextTests", ["GraphText"] + ir),
    tests("LoweringsTests", ["Lowerings", "GraphText"] + ir),
    module("FerryTestSupport", ["Rewriting", "GraphText", "Evaluation"] + ir, path: "Tests/Support"),
    tests("RewritingTests", ["FerryTestSupport", "Rewriting", "GraphText"] + ir),
    tests("RetargetingTests", ["FerryTestSupport", "Retargeting", "Bundle", "Rewriting", "GraphText"] + ir),
    tests("ProfilesTests", ["Profiles", "Retargeting", "GraphText"] + ir),
    tests("OpenVINOTests", ["FerryTestSupport", "OpenVINOExport", "OpenVINOImport", "Retargeting", "Bundle", "Evaluation", "Rewriting", "GraphText"] + ir),
    tests("NCNNTests", ["FerryTestSupport", "NCNNExport", "NCNNImport", "Retargeting", "Bundle", "Evaluation", "Rewriting", "GraphText"] + ir),
    tests("PassesTests", ["FerryTestSupport", "Passes", "Lowerings", "Rewriting", "Evaluation", "GraphText"] + ir),
    module("ONNXTestSupport", path: "Tests/ONNXTestSupport"),
    tests("ONNXImporterTests", ["ONNXTestSupport", "ONNXImport"] + ir),
    tests("ONNXExporterTests", ["ONNXTestSupport", "ONNXExport", "ONNXImport"] + ir),
    tests("LiteRTImporterTests", ["LiteRTImport", "LiteRTSchema", "GraphText", "Evaluation"] + ir),
    tests("LiteRTExporterTests", ["LiteRTExport", "LiteRTImport", "LiteRTSchema", "Retargeting", "Passes", "Rewriting", "Bundle", "GraphText", "Evaluation"] + ir),
    tests("BundleTests", ["Bundle", "Tensors", "Diagnostics"]),
    .target(name: "CWireSample", dependencies: ["CProtobufC"], path: "Tests/CWireSample", exclude: ["sample.proto"]),
    tests("FerryCLITests", []),
    tests("DecompositionTests", ["FerryTestSupport", "Lowerings", "Rewriting", "Evaluation", "GraphText"] + ir),
    tests("DomainTests", ["ONNXTestSupport", "ONNXImport", "ONNXExport", "Lowerings", "Rewriting", "Evaluation"] + ir),
    tests("EvaluationTests", ["FerryTestSupport", "Evaluation", "GraphText"] + ir),
    tests("OracleTests", ["Ferry", "FerryTestSupport", "ONNXExport", "Passes", "Rewriting", "Lowerings"] + ir),
    tests("ArchitectureTests", []),
    tests("CProtoWireTests", ["CProtoWire", "CONNXProto", "CProtobufC", "CWireSample"]),
  ]
)
