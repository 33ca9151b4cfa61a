import ArgumentParser
import Diagnostics
import Ferry
import FoundationEssentials

struct BatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch", abstract: "Convert many models, several at a time, each in a process of its own.",
    discussion: """
      The models are those of a folder (.onnx and .zip, at any depth), or the paths in a text file, one a line. What follows `--` goes \
      to every conversion as it is, as in: ferry batch models/ -o out/ -- --opset 17 --verify full

      One JSON object a result is appended to results.jsonl in the output folder. A model that fails, crashes or takes too long never \
      stops the rest. With --resume, what is already done is recognised by its content and options, and left out. --shard i/n takes \
      the ith of n parts (also read from SLURM_ARRAY_TASK_ID and _COUNT, and from JOB_COMPLETION_INDEX and COMPLETIONS).

      Exit status: 0 when every model was converted, 6 when some were not, 130 when interrupted: the conversions at work end, too.
      """)

  @Argument(help: "A folder of models, or a text file with one path a line.", completion: .file())
  var models: String

  @Option(name: [.customShort("o"), .long], help: "The folder to write to.", completion: .directory)
  var output: String

  @Option(help: "What to write; may be repeated. Without it, the format of the input.")
  var to: [String] = []

  @Flag(help: "Write bundles (.zip) instead of bare models.")
  var bundle = false

  @Option(help: "How many models to convert at a time.")
  var jobs = 2

  @Flag(help: "Leave out what an earlier run has done.")
  var resume = false

  @Option(help: ArgumentHelp("Take the ith of n parts of the work.", valueName: "i/n"))
  var shard: String?

  @Option(help: ArgumentHelp("End a conversion that takes longer.", valueName: "seconds"))
  var timeout: Double?

  @Flag(help: "Write into a folder that has something in it.")
  var force = false

  @Flag(help: "Print the JSON objects on standard output too, instead of a summary.")
  var json = false

  @Argument(parsing: .postTerminator, help: "Options of `ferry convert` for every model.")
  var conversion: [String] = []

  func validate() throws {
    guard (1...256).contains(jobs) else { throw ValidationError("--jobs takes a number from 1 to 256") }
    if let timeout, !(timeout > 0) { throw ValidationError("--timeout takes a number of seconds") }
    for target in to where !Ferry.targets.contains(where: { $0.name == target }) {
      throw ValidationError("--to \(target): there is no such target. There are: \(Ferry.targets.map(\.name).joined(separator: ", "))")
    }
    if let shard, Shard(shard) == nil { throw ValidationError("--shard \(shard): expected i/n with 1 ≤ i ≤ n, as in 2/8") }
  }

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let part = try shard.flatMap { Shard($0) } ?? Shard.assigned(by: environment)
    let plan = try BatchPlan(models: models, output: output, targets: to, isBundle: bundle, options: conversion)
    try requireUsableFolder(for: part)
    let ledger = try BatchLedger(folder: output, shard: part, resumes: resume)
    var runner = BatchRunner(plan: plan, ledger: ledger, concurrency: jobs, timeout: timeout, echoes: json)
    let records = try runner.run(part.select(plan.jobs))
    if !json { print(BatchSummary.text(of: records)) }
    if records.contains(where: { !$0.isDone }) { throw Shell.ExitStatus(code: ModelError(.goalNotMet, "").exitStatus) }
  }

  private func requireUsableFolder(for part: Shard) throws {
    let present = (try? FileManager.default.contentsOfDirectory(atPath: output)) ?? []
    // Other parts of the same work may have begun.
    let isShared = !present.contains(part.ledgerName) && present.contains { part.isLedgerOfAnotherPart($0) }
    guard present.isEmpty || isShared || force || resume else {
      throw ModelError(.usage, "the folder has something in it", at: Place(file: output), notes: ["--resume goes on, --force begins anew"])
    }
    do { try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true) } catch {
      throw ModelError(.io, "the folder cannot be made", at: Place(file: output))
    }
  }
}
