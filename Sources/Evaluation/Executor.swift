import Diagnostics
import GraphIR
import Operators
import Tensors

/// Runs a graph of the IR, node by node, with the operators' own kernels.
///
/// Results lie in one block where their sizes are known (see `MemoryPlan`); the others are dropped after their last use.
public struct Executor: Sendable {
  let plan: Plan
  /// Steps that all loops together may take.
  public let iterationLimit: Int
  /// What operators that draw at random start from.
  public let seed: UInt64

  /// Throws `cycle`, and `unsupported` for the first node without a kernel.
  /// `forManyRuns`: whether time is spent now, and memory kept, so that every run is faster. `run`'s observer then sees the
  /// results of some nodes only.
  public init(
    _ graph: Graph, iterationLimit: Int = 1_000_000, forManyRuns: Bool = false, seed: UInt64 = 0
  ) throws(ModelError) {
    self.iterationLimit = iterationLimit
    self.seed = seed
    try Self.requireKernels(graph)
    if forManyRuns { RecycledBlocks.use() }
    var graph = graph
    try graph.computeHalvesAsFloats()
    plan = try Plan(graph, for: forManyRuns ? .manyRuns : .once)
  }

  /// The nodes that cannot be run, by place; empty when everything can.
  public static func unsupported(in graph: Graph) -> [Place] { Plan.unsupported(in: graph) }

  private static func requireKernels(_ graph: Graph) throws(ModelError) {
    let places = unsupported(in: graph)
    guard let first = places.first else { return }
    throw ModelError(
      .unsupported, "the operator cannot be run", at: first,
      notes: places.dropFirst().prefix(20).map { "nor can \($0.node ?? "a node") (\($0.operatorName ?? "?"))" })
  }

  /// The graph's outputs for the given inputs, in order. A missing input takes its default.
  ///
  /// Throws `missingValue`, `typeMismatch` or what the kernels throw, naming the node; `interrupted` when the task is
  /// cancelled. `observe` sees every result of the outermost graph as it appears.
  public func run(
    values inputs: [RuntimeValue?], observe: (ValueID, RuntimeValue) -> Void = { _, _ in }
  ) throws(ModelError) -> [RuntimeValue] {
    try runMeasured(inputs, observe: observe).outputs
  }

  /// The same, with the most bytes that inputs, results and outputs took at one time; `nil` for executors made for many runs, whose results
  /// lie in oneDNN's layouts and in memory that is kept.
  public func runMeasured(
    _ inputs: [RuntimeValue?], observe: (ValueID, RuntimeValue) -> Void = { _, _ in }
  ) throws(ModelError) -> (outputs: [RuntimeValue], peakBytes: Int?) {
    var run = Run(remainingIterations: iterationLimit, iterationLimit: iterationLimit, seed: seed)
    guard plan.purpose == .once else { return (try run.run(plan, inputs, captures: [], observe: observe), nil) }
    let memory = MemoryPlan(plan, symbols: plan.graph.symbols(boundBy: inputs))
    run.arena = Arena(byteCount: memory.blockBytes)
    let outputs = try run.run(plan, inputs, captures: [], memory: PlacedPlan(plan: memory), observe: observe)
    let given = inputs.reduce(0) { $0.saturatingAdd($1?.tensor?.byteCount ?? 0) }
    return (outputs, run.arena.map { given.saturatingAdd($0.usage.block).saturatingAdd($0.usage.outside) })
  }

  /// The same for graphs whose inputs and outputs are tensors; throws `typeMismatch` for an output that is none.
  public func run(_ inputs: [Tensor?]) throws(ModelError) -> [Tensor] {
    var tensors: [Tensor] = []
    for value in try run(values: inputs.map { $0.map(RuntimeValue.tensor) }) { tensors.append(try value.requireTensor()) }
    return tensors
  }

  /// How many nodes of the outermost graph oneDNN computed in the last run, how many a kernel of ours for several nodes or a
  /// prepared operand, and how many plain kernels; nodes that were oneDNN's to compute and that it refused, with the reason.
  public var kernelUsage: (fast: Int, fused: Int, plain: Int, refused: [(place: Place, reason: String)]) {
    var usage: (fast: Int, fused: Int, plain: Int, refused: [(place: Place, reason: String)]) = (0, 0, 0, [])
    for step in plan.steps {
      switch step.fast?.kernel.outcome {
      case .done: usage.fast += step.nodes.count
      case .own: usage.fused += step.nodes.count
      case .refused(let reason):
        usage.plain += step.nodes.count
        usage.refused += step.nodes.map { (plan.graph.place(of: $0), reason) }
      case .notTried: usage.plain += step.nodes.count
      case nil:
        usage.plain += step.nodes.count
        guard plan.purpose == .manyRuns else { continue }
        for node in step.nodes {
          if let reason = FastGroup.objection(to: plan.graph[node], in: plan.graph) { usage.refused.append((plan.graph.place(of: node), reason)) }
        }
      }
    }
    return usage
  }
}
