import Foundation
import Testing

/// Damaged samples: each is converted or refused, within its time and memory, and nothing else happens.
///
/// Every round is a process, so that a crash is a status; its seed and the damaged file's path are in the failure.
/// `FERRY_FUZZ_ROUNDS` sets the rounds for each model.
@Suite(.serialized) struct FuzzTests {
  static let rounds = ProcessInfo.processInfo.environment["FERRY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 300

  /// Committed samples under 100 KB, and a model made here that has what they lack.
  static let models: [String] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Samples").standardized.path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let small = names.filter { name in
      let size = (try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)"))?[.size] as? Int
      return name.hasSuffix(".onnx") && size ?? .max < 100_000
    }
    return small.sorted().map { "\(folder)/\($0)" } + ["made here"]
  }()

  @Test(arguments: models) func damagedModelsAreConvertedOrRefused(_ path: String) async throws {
    let bytes = path == "made here" ? Self.variedModel : try [UInt8](Data(contentsOf: URL(filePath: path)))
    let mutator = Mutator(bytes)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<2 {
        group.addTask {
          let workspace = try Workspace()
          for seed in stride(from: lane, to: Self.rounds, by: 2) { try Self.round(UInt64(seed), mutator, path, workspace) }
        }
      }
      try await group.waitForAll()
    }
  }

  private static func round(_ seed: UInt64, _ mutator: Mutator, _ path: String, _ workspace: Workspace) throws {
    let damaged = mutator.damaged(seed: seed)
    try workspace.write(damaged, to: "model.onnx")
    let output = ["out.onnx", "out.zip"][Int(seed / 2) % 2]
    let flags = seed % 3 == 0 ? ["--no-optimize"] : []
    let child = try Child(
      ["prlimit", "--data=1073741824", FerryProcess.executable, "convert", "model.onnx", "-o", output] + flags, in: workspace)
    let outcome = try child.outcome(within: .seconds(30))
    let left = Set(try FileManager.default.contentsOfDirectory(atPath: workspace.folder))
    let expected: Set<String> = outcome.status == 0 ? ["model.onnx", output] : ["model.onnx"]
    let sound = [0, 1, 3, 4].contains(outcome.status) && !outcome.timedOut && expected.isSubset(of: left)
      && left.isSubset(of: outcome.status == 0 ? expected.union(["out.onnx.data", "out.data"]) : expected)
    if !sound {
      let kept = FileManager.default.temporaryDirectory.appending(path: "ferry-fuzz-\(seed).onnx").path
      try Data(damaged).write(to: URL(filePath: kept))
      Issue.record("\(path), seed \(seed), kept as \(kept): status \(outcome.status), left \(left.sorted()), \(outcome.errors.prefix(400))")
    }
    for name in left { try FileManager.default.removeItem(atPath: workspace.path(name)) }
  }

  /// Nested graphs, a sequence, sparse and typed data, symbolic sizes: small, so that most damage hits structure.
  private static var variedModel: [UInt8] {
    let branch = { (value: String) in
      WireBytes.message(1, HostileModel.node("Add", ["i", value], ["b"])) + WireBytes.text(2, "branch_\(value)")
        + WireBytes.message(12, HostileModel.port("b", [2, 3]))
    }
    let branches = [("then_branch", "w"), ("else_branch", "v")].map { name, value in
      WireBytes.text(1, name) + WireBytes.message(6, branch(value)) + WireBytes.number(20, 5)
    }
    var model = HostileModel.valid
    model.nodes[2] = HostileModel.node("If", ["c"], ["chosen"], name: "choice", attributes: branches)
    let perm = WireBytes.text(1, "perm") + WireBytes.number(8, 1) + WireBytes.number(8, 0) + WireBytes.number(20, 7)
    model.nodes.append(HostileModel.node("Transpose", ["chosen"], ["t"], name: "turn", attributes: [perm]))
    model.nodes.append(HostileModel.node("Transpose", ["t"], ["y"], name: "back", attributes: [perm]))
    let typed = WireBytes.number(1, 2) + WireBytes.number(1, 3) + WireBytes.number(2, 1) + WireBytes.text(8, "v")
      + WireBytes.message(4, [UInt8](repeating: 0x3F, count: 24))
    let values = WireBytes.number(1, 1) + WireBytes.number(2, 1) + WireBytes.text(8, "z") + WireBytes.message(9, [0, 0, 0x80, 0x3F])
    let indices = WireBytes.number(1, 1) + WireBytes.number(2, 7) + WireBytes.message(9, [5, 0, 0, 0, 0, 0, 0, 0])
    let sparse = WireBytes.message(1, values) + WireBytes.message(2, indices) + WireBytes.number(3, 2) + WireBytes.number(3, 3)
    model.initializers.append(typed)
    model.others = WireBytes.message(15, sparse)
    let flag = WireBytes.text(1, "c") + WireBytes.message(2, WireBytes.message(1, WireBytes.number(1, 9) + WireBytes.message(2, [])))
    model.inputs.append(flag)
    return model.bytes
  }
}
