import Diagnostics
import Evaluation
import GraphIR
import Operators
import Tensors

/// Shows that the source's graph and the result's compute the same: by structure where nothing was rewritten, else by running both.
struct SideBySide {
  let mode: VerificationMode
  /// Looks for what is equal by structure first, and then runs the rest alone. For results that keep the source's names and layouts.
  var usesStructure = false
  /// Compares floats by the angle between results: for weights that were rounded.
  var comparesAngles = false
  /// Multiply-accumulates that one run may take in `sampled` mode.
  static let arithmeticLimit = 10_000_000_000
  /// Elements of intermediate results that one run may make in `sampled` mode.
  static let elementLimit = 300_000_000
  /// Iterations of all loops that one run may take: a loop without an end is found out here, too.
  private static let iterationLimit = 100_000
  private static let sampleCount = 2

  /// Types of `source` must have been inferred. Throws `interrupted` alone: everything else is an outcome.
  func run(source: Graph, result: Graph, progress: (Double) -> Void) throws(ModelError) -> Verification {
    guard mode != .none else { return notRun("verification is switched off") }
    var notes: [String] = []
    if usesStructure, mode == .sampled, !comparesAngles {
      switch try proof(source, result, progress) {
      case .equal(let verification): return verification
      case .unsettled(let found): notes = found
      }
    }
    var verification = try runWhole(source, result, progress)
    verification.notes = notes + verification.notes
    return verification
  }

  private enum Finding {
    case equal(Verification)
    /// Running everything decides.
    case unsettled([String])
  }

  private func proof(_ source: Graph, _ result: Graph, _ progress: (Double) -> Void) throws(ModelError) -> Finding {
    let limits = RewriteProof.Limits(multiplyAccumulates: Self.arithmeticLimit, elements: Self.elementLimit)
    do throws(ModelError) {
      guard let proof = try RewriteProof(source: source, result: result) else { return .unsettled([]) }
      switch try proof.check(samples: Self.sampleCount, limits: limits, progress: progress) {
      case .shown(let windows):
        var verification = Verification(
          mode: mode, outcome: .equal, samples: windows.isEmpty ? 0 : Self.sampleCount, outputs: windows.flatMap(\.agreements))
        verification.proof = .init(
          values: proof.valueCount, byStructure: proof.structuralCount, byNumber: proof.claimCount, windows: windows.count)
        verification.windows = windows
        return .equal(verification)
      case .differs(let found): return .unsettled(["inside the graph differs: " + found.prefix(8).map(\.name).joined(separator: ", ")])
      case .open: return .unsettled([])
      }
    } catch {
      guard error.code != .interrupted else { throw error }
      return .unsettled([])
    }
  }

  private func runWhole(_ source: Graph, _ result: Graph, _ progress: (Double) -> Void) throws(ModelError) -> Verification {
    if let place = Executor.unsupported(in: source).first ?? Executor.unsupported(in: result).first {
      let node = place.node.map { " \"\($0)\"" } ?? ""
      return notRun("verification is impossible at node\(node) (\(place.operatorName ?? "?"))")
    }
    do {
      let (first, second) = (try Executor(source, iterationLimit: Self.iterationLimit), try Executor(result, iterationLimit: Self.iterationLimit))
      return try compare(first, second, source, result, progress)
    } catch {
      guard error.code != .interrupted else { throw error }
      return notRun(error.description)
    }
  }

  private func notRun(_ note: String) -> Verification { Verification(mode: mode, outcome: .notRun, notes: [note]) }

  private func compare(
    _ source: Executor, _ result: Executor, _ graph: Graph, _ other: Graph, _ progress: (Double) -> Void
  ) throws(ModelError) -> Verification {
    var verification = Verification(mode: mode, outcome: .notRun)
    var worst: [Agreement] = []
    for sample in 0..<Self.sampleCount {
      guard let (inputs, expected) = try findInputs(
        source, graph, seed: UInt64(sample + 1), outermost: sample + 1, offered: Set(other.inputs.map { other[$0].name }), &verification) else { break }
      progress((Double(sample) + 0.5) / Double(Self.sampleCount))
      let actual: [Tensor]
      do throws(ModelError) {
        actual = try result.run(reordered(inputs, graph, other))
      } catch {
        guard error.code != .interrupted else { throw error }
        verification.outcome = .different
        verification.notes.append("the result does not run: \(error)")
        return verification
      }
      let ties = TieCheck(
        actual: (result, reordered(inputs, graph, other).map { $0.map(RuntimeValue.tensor) }), reference: (source, inputs.map(RuntimeValue.tensor)))
      let agreements = try settled(try agreements(actual, expected, graph, other, ties), actual, expected, graph, inputs)
      worst = worst.isEmpty ? agreements : zip(worst, agreements).map { $0.worse(than: $1) }
      verification.samples += 1
      progress(Double(sample + 1) / Double(Self.sampleCount))
    }
    verification.outputs = worst
    if verification.samples > 0 { verification.outcome = worst.allSatisfy(\.isEqual) ? .equal : .different }
    verification.weigh(Drawn(graph), Drawn(other))
    return verification
  }

  /// What differs by no more than the source does by itself, where it rounds to steps, is equal.
  private func settled(
    _ agreements: [Agreement], _ actual: [Tensor], _ expected: [Tensor], _ graph: Graph, _ inputs: [Tensor]
  ) throws(ModelError) -> [Agreement] {
    guard !agreements.allSatisfy(\.isEqual),
      let steps = StepSensitivity(graph, inputs: inputs.map(RuntimeValue.tensor), iterationLimit: Self.iterationLimit)
    else { return agreements }
    return try steps.settled(agreements, actual: actual, expected: expected)
  }

  /// Inputs of a size that the source accepts and that costs little enough, with the source's outputs: if there is such a size, one for which
  /// every output has elements.
  private func findInputs(
    _ source: Executor, _ graph: Graph, seed: UInt64, outermost: Int, offered: Set<String>? = nil, _ verification: inout Verification
  ) throws(ModelError) -> ([Tensor], [Tensor])? {
    var reason = "no inputs could be made up"
    var empty: ([Tensor], [Tensor])?
    for symbols in Sizes.candidates(for: graph, outermost: outermost) {
      if let tooMuch = try excess(graph, symbols) {
        reason = tooMuch
        continue
      }
      for bound in [8, 2, 1] {
        do throws(ModelError) {
          var inputs = try InputSynthesis(symbols: symbols, seed: seed, integerBound: bound).inputs(of: graph)
          for (index, value) in graph.inputs.enumerated() {
            // An input that the result has no more keeps its default.
            if let tensor = graph.defaults[value], offered.map({ !$0.contains(graph[value].name) }) ?? true { inputs[index] = tensor }
          }
          let outputs = try source.run(inputs)
          if outputs.allSatisfy({ $0.count > 0 }) { return (inputs, outputs) }
          empty = empty ?? (inputs, outputs)
          break
        } catch {
          guard error.code != .interrupted else { throw error }
          reason = "the source does not run on made-up inputs: \(error)"
        }
      }
    }
    if empty == nil, verification.samples == 0 { verification.notes.append(reason) }
    return empty
  }

  /// Inputs that the graph accepts, and its outputs; `nil` when there are none, or they cost too much.
  func sample(of graph: Graph) throws(ModelError) -> (inputs: [Tensor], outputs: [Tensor])? {
    guard Executor.unsupported(in: graph).isEmpty else { return nil }
    var verification = Verification(mode: mode, outcome: .notRun)
    return try findInputs(Executor(graph), graph, seed: 1, outermost: 1, &verification).map { ($0.0, $0.1) }
  }

  private func excess(_ graph: Graph, _ symbols: [String: Int]) throws(ModelError) -> String? {
    guard mode == .sampled else { return nil }
    let cost = try StaticCost(of: graph, symbols: symbols)
    if cost.multiplyAccumulates > Self.arithmeticLimit {
      return "one run takes \(cost.multiplyAccumulates) multiply-accumulates, the limit is \(Self.arithmeticLimit); --verify full runs it"
    }
    if cost.elements > Self.elementLimit {
      return "one run makes \(cost.elements) intermediate elements, the limit is \(Self.elementLimit); --verify full runs it"
    }
    return nil
  }

  /// The inputs in the order of the other graph, which has the same names.
  private func reordered(_ inputs: [Tensor], _ graph: Graph, _ other: Graph) -> [Tensor?] {
    var byName: [String: Tensor] = [:]
    for (value, tensor) in zip(graph.inputs, inputs) { byName[graph[value].name] = tensor }
    return other.inputs.map { byName[other[$0].name] }
  }

  private func agreements(
    _ actual: [Tensor], _ expected: [Tensor], _ graph: Graph, _ other: Graph, _ ties: TieCheck
  ) throws(ModelError) -> [Agreement] {
    var result: [Agreement] = []
    for (index, value) in graph.outputs.enumerated() {
      let name = graph[value].name
      guard index < actual.count else {
        result.append(.structural(name, "missing"))
        continue
      }
      var tolerance = Tolerance()
      tolerance.comparesAngles = comparesAngles
      let found = try tolerance.compare(actual[index], with: expected[index], name: name)
      result.append(try ties.settled(found, (other.outputs[index], actual[index]), (value, expected[index]), tolerance))
    }
    return result
  }
}
