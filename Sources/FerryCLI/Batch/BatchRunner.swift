import Diagnostics
import Ferry
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps a number of conversions going until all are done. Holds one record a conversion and nothing of the models.
struct BatchRunner {
  private let plan: BatchPlan
  private let ledger: BatchLedger
  private let concurrency: Int
  private let timeout: Double?
  private let echoes: Bool
  private let bar = ProgressBar()
  private var records: [BatchRecord] = []
  private var running: [(job: BatchJob, key: String, process: BatchProcess)] = []

  init(plan: BatchPlan, ledger: BatchLedger, concurrency: Int, timeout: Double?, echoes: Bool) {
    self.plan = plan
    self.ledger = ledger
    self.concurrency = concurrency
    self.timeout = timeout
    self.echoes = echoes
  }

  /// The results, those of earlier runs included. Throws `io` when nothing can be started or written.
  mutating func run(_ jobs: [BatchJob]) throws(ModelError) -> [BatchRecord] {
    removeWhatKilledRunsLeft()
    let folder = "\(ledger.folder)/\(Self.folderPrefix)\(getpid())"
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw ModelError(.io, "the folder cannot be made", at: Place(file: folder))
    }
    let temporaries = TemporaryPaths([folder] + (0..<concurrency).flatMap { BatchProcess.paths(folder: folder, place: $0) })
    defer {
      for entry in running { entry.process.kill() }
      try? FileManager.default.removeItem(atPath: folder)
      temporaries.forget()
      bar.finish()
    }
    for job in jobs {
      while running.count >= concurrency { try reap(of: jobs.count) }
      let key: String
      do { key = try fingerprint(of: job.model, purpose: job.arguments) } catch {
        try finish(failure(job, error))
        continue
      }
      if let known = ledger.record(for: job, key: key) {
        records.append(known)
        continue
      }
      try makeFolder(of: job.output)
      let place = (0..<concurrency).first { place in !running.contains { $0.process.place == place } } ?? 0
      running.append((job, key, try BatchProcess(job.arguments + ["--force"], folder: folder, place: place)))
    }
    while !running.isEmpty { try reap(of: jobs.count) }
    return records
  }

  /// Of folders for what conversions print. Other machines, whose processes cannot be seen from here, may work in the same place.
  private static let folderPrefix: String = ".batch-\(ProcessInfo.processInfo.hostName.filter { $0 != "/" })-"

  /// The folders of this machine's processes that are no more.
  private func removeWhatKilledRunsLeft() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: ledger.folder)) ?? [] where name.hasPrefix(Self.folderPrefix) {
      guard let id = pid_t(name.dropFirst(Self.folderPrefix.count)), kill(id, 0) != 0 else { continue }
      try? FileManager.default.removeItem(atPath: "\(ledger.folder)/\(name)")
    }
  }

  private func makeFolder(of file: String) throws(ModelError) {
    guard let end = file.lastIndex(of: "/") else { return }
    let folder = String(file[..<end])
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw ModelError(.io, "the folder cannot be made", at: Place(file: folder))
    }
  }

  /// Takes in what has ended; waits a little when nothing has.
  private mutating func reap(of total: Int) throws(ModelError) {
    var isIdle = true
    for index in running.indices.reversed() {
      let (job, key, process) = running[index]
      guard let end = process.end() else {
        if let timeout, process.seconds > timeout {
          process.kill()
          while process.end() == nil { usleep(1000) }
          try finish(record(job, key, process, outcome: "timeout", status: 128 + SIGKILL))
          running.remove(at: index)
          isIdle = false
        }
        continue
      }
      isIdle = false
      running.remove(at: index)
      switch end {
      case .exit(let status): try finish(record(job, key, process, outcome: Self.outcome(of: status), status: status))
      case .signal(let signal): try finish(record(job, key, process, outcome: "crashed", status: 128 + signal))
      }
    }
    bar.update(Progress(phase: .converting, fraction: Double(records.count) / Double(max(total, 1))))
    if isIdle { usleep(2000) }
  }

  private mutating func finish(_ record: BatchRecord) throws(ModelError) {
    records.append(record)
    let line = try ledger.append(record)
    if echoes { print(line) }
  }

  private static func outcome(of status: Int32) -> String {
    switch status {
    case 0: "done"
    case 1: "different"
    case 3: "invalid"
    case 4: "refused"
    default: "failed"
    }
  }

  private func failure(_ job: BatchJob, _ error: ModelError) -> BatchRecord {
    BatchRecord(
      model: job.model, target: job.target, output: job.output, key: "", outcome: "failed", status: error.exitStatus, seconds: 0,
      message: error.description)
  }

  private func record(_ job: BatchJob, _ key: String, _ process: BatchProcess, outcome: String, status: Int32) -> BatchRecord {
    var record = BatchRecord(
      model: job.model, target: job.target, output: job.output, key: key, outcome: outcome, status: status, seconds: process.seconds)
    if let report = try? JSONDecoder().decode(ChildReport.self, from: process.output) {
      (record.nodesBefore, record.bytesBefore) = (report.before.nodes, report.before.bytes)
      (record.nodesAfter, record.bytesAfter) = (report.after.nodes, report.after.bytes)
      record.verification = report.verification.outcome
      record.sources = report.sources.dropFirst().compactMap { BatchRecord.File(path: $0) }
    }
    if !record.isDone { record.message = process.complaint }
    process.removeFiles()
    return record
  }
}

/// What a batch reads of a conversion's report.
private struct ChildReport: Decodable {
  struct Size: Decodable {
    var nodes: Int
    var bytes: Int
  }
  struct Verification: Decodable { var outcome: String }
  var before: Size
  var after: Size
  var verification: Verification
  var sources: [String]
}

/// What a person reads after a batch.
enum BatchSummary {
  static func text(of records: [BatchRecord]) -> String {
    let order = ["done", "different", "refused", "invalid", "failed", "crashed", "timeout"]
    var lines: [String] = []
    for outcome in order {
      let mine = records.filter { $0.outcome == outcome }
      if mine.isEmpty { continue }
      var line = "\(outcome) \(mine.count)"
      let (before, after) = (mine.compactMap(\.nodesBefore).reduce(0, +), mine.compactMap(\.nodesAfter).reduce(0, +))
      if outcome == "done" { line += "  nodes \(before) → \(after), \(Summary.fixed(mine.map(\.seconds).reduce(0, +), 1)) s of work" }
      lines.append(line)
    }
    for record in records where !record.isDone {
      let first = record.message?.split(separator: "\n").first.map(String.init) ?? ""
      lines.append("  \(record.outcome)  \(record.model)" + (record.target == "same" ? "" : " → \(record.target)") + (first.isEmpty ? "" : ": \(first)"))
    }
    return lines.joined(separator: "\n")
  }
}
