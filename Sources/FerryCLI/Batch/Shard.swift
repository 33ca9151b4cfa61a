import Diagnostics

/// One of several parts of the work.
struct Shard: Equatable {
  /// From 1 on.
  let index: Int
  let count: Int

  static let whole = Shard(index: 1, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// From `i/n`.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1, (1...count).contains(index) else { return nil }
    self.init(index: index, count: count)
  }

  /// What a Slurm array or an indexed Kubernetes job says about this process; everything where neither says anything.
  ///
  /// Throws `usage` where one says something that is no part of the work: were it passed over, every process would do everything.
  static func assigned(by environment: [String: String]) throws(ModelError) -> Shard {
    if environment["SLURM_ARRAY_TASK_ID"] != nil {
      let named = ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"]
      let (first, step) = (environment[named[2]] ?? "0", environment[named[3]] ?? "1")
      return try part(environment[named[0]], of: environment[named[1]], first: first, step: step, named, environment)
    }
    if environment["JOB_COMPLETION_INDEX"] != nil {
      let named = ["JOB_COMPLETION_INDEX", environment["COMPLETIONS"] == nil ? "JOB_COMPLETIONS" : "COMPLETIONS"]
      return try part(environment[named[0]], of: environment[named[1]], first: "0", step: "1", named, environment)
    }
    return whole
  }

  private static func part(
    _ task: String?, of count: String?, first: String, step: String, _ named: [String], _ environment: [String: String]
  ) throws(ModelError) -> Shard {
    let numbers = [task, count, first, step].map { $0.flatMap { Int($0) } }
    if let task = numbers[0], let count = numbers[1], let first = numbers[2], let step = numbers[3], count >= 1, step >= 1 {
      let (distance, overflow) = task.subtractingReportingOverflow(first)
      if !overflow, distance >= 0, distance % step == 0, distance / step < count { return Shard(index: distance / step + 1, count: count) }
    }
    let said = named.map { "\($0)=\(environment[$0] ?? "")" }.joined(separator: " ")
    throw ModelError(
      .usage, "the environment does not say which part of the work is this process's: \(said)",
      notes: ["--shard i/n says it, --shard 1/1 is everything"])
  }

  func select<Item>(_ items: [Item]) -> [Item] {
    items.enumerated().filter { $0.offset % count == index - 1 }.map(\.element)
  }

  /// The file that the results of this part are in.
  var ledgerName: String { count == 1 ? "results.jsonl" : "results-\(index)-of-\(count).jsonl" }

  func isLedgerOfAnotherPart(_ name: String) -> Bool {
    count > 1 && name != ledgerName && name.hasPrefix("results-") && name.hasSuffix("-of-\(count).jsonl")
  }
}
