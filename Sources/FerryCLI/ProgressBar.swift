import Ferry
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A line on the terminal's standard error that shows how far the work is. Appears only when it takes longer than half a second.
final class ProgressBar: Sendable {
  private struct State {
    var isShown = false
    var lastDraw = ContinuousClock.now
  }
  private let state = Mutex(State())
  private let start = ContinuousClock.now
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let patience = Duration.milliseconds(500)
  private let interval = Duration.milliseconds(80)

  func update(_ progress: Ferry.Progress) {
    guard isTerminal, ContinuousClock.now - start > patience else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      guard !state.isShown || now - state.lastDraw > interval else { return }
      state.isShown = true
      state.lastDraw = now
      let width = 28
      let filled = Int(Double(width) * min(max(progress.fraction, 0), 1))
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      let percent = Int(progress.fraction * 100)
      Shell.writeError("\r\u{1B}[K\(progress.phase.rawValue) \(bar) \(percent) %")
    }
  }

  /// Takes the line away.
  func finish() {
    state.withLock { state in
      if state.isShown { Shell.writeError("\r\u{1B}[K") }
      state.isShown = false
    }
  }
}
