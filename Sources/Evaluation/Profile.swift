import Diagnostics
import GraphIR
import Operators

/// Where the time of a run goes: steps that do the same in the same way, taken together.
public struct Profile: Sendable {
  public struct Row: Sendable {
    /// What is computed at once, as in `Conv+Relu`.
    public let operators: String
    /// `oneDNN`, `fused` for a kernel of ours that does several nodes or has an operand prepared, or `plain`.
    public let kernel: String
    public fileprivate(set) var steps = 0
    public fileprivate(set) var seconds = 0.0
  }

  /// The slowest first.
  public let rows: [Row]

  fileprivate init(_ plan: Plan, _ times: [Duration]) {
    var rows: [String: Row] = [:]
    for (step, time) in zip(plan.steps, times) {
      let row = Row(operators: step.nodes.map { plan.graph[$0].op.name }.joined(separator: "+"), kernel: step.kernel)
      let parts = time.components
      rows[row.operators + " " + row.kernel, default: row].steps += 1
      rows[row.operators + " " + row.kernel, default: row].seconds += Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
    self.rows = rows.values.sorted { ($0.seconds, $1.operators) > ($1.seconds, $0.operators) }
  }
}

extension Plan.Step {
  /// What computed it in the last run.
  fileprivate var kernel: String {
    switch fast?.kernel.outcome {
    case .done: "oneDNN"
    case .own: "fused"
    case .refused, .notTried, nil: "plain"
    }
  }
}

extension Executor {
  /// One more run, with the time that each step of the outermost graph takes. Throws what `run` throws.
  public func profile(values inputs: [RuntimeValue?]) throws(ModelError) -> Profile {
    var run = Run(remainingIterations: iterationLimit, iterationLimit: iterationLimit, seed: seed)
    var times = [Duration](repeating: .zero, count: plan.steps.count)
    _ = try run.run(plan, inputs, captures: [], timed: { times[$0] = $1 })
    return Profile(plan, times)
  }
}
