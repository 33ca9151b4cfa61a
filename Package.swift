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
    .systemLibrary(name: "CZip", path: "Sources/CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CCrypto", path: "Sources/CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    module("Bundle", ["Tensors", "Diagnostics", "CZip", "CCrypto"]),
    tests("BundleTests", ["Bundle", "Tensors", "Diagnostics"]),
  ]
)
