import Diagnostics
import GraphIR
import Operators
import Tensors

extension RewriteProof {
  /// What may be spent on one set of inputs for every window.
  package struct Limits {
    package var multiplyAccumulates: Int
    package var elements: Int

    package init(multiplyAccumulates: Int, elements: Int) {
      self.multiplyAccumulates = multiplyAccumulates
      self.elements = elements
    }
  }

  package enum Outcome {
    /// All claims hold.
    case shown([ShownWindow])
    /// A claimed value differs, on inputs that reach back to the graph's own.
    case differs([Agreement])
    /// A window cannot be run, or costs too much.
    case open(String)
  }

  /// A rewritten part whose sides gave the same.
  package struct ShownWindow {
    /// How far the claimed values were apart, the worst for each.
    package var agreements: [Agreement]
    /// The names of what the result's side computes, also in graphs that its nodes own.
    package var values: [String]
  }

  /// Runs both sides of every window on made-up values, `samples` times each.
  ///
  /// A window in which the sides differ, or that does not run, is tried again reaching further back, at last to the inputs: what a
  /// rewrite rests on (that a value is not negative, that an index is in range) may have been computed before.
  /// Throws `interrupted` alone.
  package func check(samples: Int, limits: Limits, progress: (Double) -> Void = { _ in }) throws(ModelError) -> Outcome {
    var left = limits
    var shown: [ShownWindow] = []
    let groups = claimGroups()
    let sizes = (0..<samples).map { Sizes.candidates(for: source, outermost: $0 + 1) }
    for (index, group) in groups.enumerated() {
      switch try check(group, sizes, &left) {
      case .shown(let windows): shown += windows
      case let other: return other
      }
      progress(Double(index + 1) / Double(groups.count))
    }
    return .shown(shown)
  }

  /// `sizes`: for each sample the assignments to try.
  private func check(_ group: [Claim], _ sizes: [[[String: Int]]], _ left: inout Limits) throws(ModelError) -> Outcome {
    var last = Outcome.open("no inputs could be made up")
    for reach in WindowReach.allCases {
      do throws(ModelError) {
        let window = try window(of: group, reach)
        last = try run(window, sizes, &left)
      } catch {
        guard error.code != .interrupted else { throw error }
        last = .open(error.description)
      }
      if case .shown = last { return last }
    }
    return last
  }

  private func run(_ window: RewriteWindow, _ sizes: [[[String: Int]]], _ left: inout Limits) throws(ModelError) -> Outcome {
    if let place = Executor.unsupported(in: window.source).first ?? Executor.unsupported(in: window.result).first {
      return .open("\(place.operatorName ?? "a node") has no kernel")
    }
    let (first, second) = (try Executor(window.source), try Executor(window.result))
    var worst: [Agreement] = []
    for (sample, sizes) in sizes.enumerated() {
      var reason = "no inputs could be made up"
      guard let (inputs, expected) = try inputs(of: window, first, sample, sizes, &left, &reason) else { return .open(reason) }
      let actual = try second.run(inputs)
      var found: [Agreement] = []
      for (index, name) in window.names.enumerated() {
        guard index < actual.count, index < expected.count else { return .open("\(name) is not computed") }
        if try expected[index].saysNothing() { return .open("\(name) is no number") }
        found.append(try Tolerance().compare(actual[index], with: expected[index], name: name))
      }
      worst = worst.isEmpty ? found : zip(worst, found).map { $0.worse(than: $1) }
    }
    guard worst.allSatisfy(\.isEqual) else { return .differs(worst.filter { !$0.isEqual }) }
    return .shown([ShownWindow(agreements: worst, values: window.result.computedNames)])
  }

  /// Values for the window's inputs that its source accepts, with what it makes of them.
  private func inputs(
    of window: RewriteWindow, _ executor: Executor, _ sample: Int, _ sizes: [[String: Int]], _ left: inout Limits, _ reason: inout String
  ) throws(ModelError) -> (inputs: [Tensor], outputs: [Tensor])? {
    for symbols in sizes {
      let cost = try StaticCost(of: window.source, symbols: symbols)
      guard cost.multiplyAccumulates <= left.multiplyAccumulates, cost.elements <= left.elements else {
        reason = "the rewritten parts take more than the limit; --verify full runs all"
        continue
      }
      for bound in [8, 2, 1] {
        do throws(ModelError) {
          let inputs = try madeUp(window, sample, InputSynthesis(symbols: symbols, seed: UInt64(sample + 1), integerBound: bound))
          let outputs = try executor.run(inputs)
          if sample == 0 {
            left.multiplyAccumulates -= cost.multiplyAccumulates
            left.elements -= cost.elements
          }
          return (inputs, outputs)
        } catch {
          guard error.code != .interrupted else { throw error }
          reason = error.description
        }
      }
    }
    return nil
  }

  /// Numbers beyond which usual activations are constant or linear: what takes one for another shows only there.
  private static let wide = -8.0...8.0

  /// Random numbers, in [-1, 1) and every other time in a wider range, except where the source's sizes give the elements.
  private func madeUp(_ window: RewriteWindow, _ sample: Int, _ given: InputSynthesis) throws(ModelError) -> [Tensor] {
    var synthesis = given
    for input in window.source.inputs where sample % 2 == 1 {
      let isFloat = window.source[input].type?.tensorType?.element.isFloatingPoint ?? false
      if isFloat { synthesis.ranges[window.source[input].name] = Self.wide }
    }
    var tensors = try synthesis.inputs(of: window.source)
    for (index, value) in window.inputs.enumerated() {
      let elements = source[value].elements?.map { $0.evaluated(with: synthesis.symbols) }
      guard let elements, elements.count == tensors[index].count, tensors[index].element.isInteger else { continue }
      let numbers = elements.compactMap { $0.map(Double.init) }
      guard numbers.count == elements.count else { continue }
      tensors[index] = try Tensor(.float64, tensors[index].shape, elements: numbers).converted(to: tensors[index].element)
    }
    return tensors
  }
}

extension Graph {
  /// The names of the results of all nodes, graphs within the graph included.
  fileprivate var computedNames: [String] {
    nodeIDs.flatMap { id in self[id].results.map { self[$0].name } + graphs(of: id).flatMap(\.computedNames) }
  }
}

extension Tensor {
  /// True when no element is a number that another could differ from.
  fileprivate func saysNothing() throws(ModelError) -> Bool {
    guard element.isFloatingPoint, count > 0 else { return false }
    guard element == .float32 else { return try doubles().allSatisfy { !$0.isFinite } }
    return try withElements(as: Float.self) { (elements) throws(ModelError) in elements.allSatisfy { !$0.isFinite } }
  }
}

extension Agreement {
  /// The further apart of two comparisons of one value.
  package func worse(than other: Agreement) -> Agreement {
    if isEqual != other.isEqual { return isEqual ? other : self }
    return other.maxAbsolute > maxAbsolute ? other : self
  }
}
