import Synchronization

/// Something worth saying that does not stop the work.
public struct Diagnostic: Sendable, Equatable {
  public enum Severity: String, Sendable { case note, warning }
  public var severity: Severity
  public var message: String
  public var place: Place

  public init(_ severity: Severity, _ message: String, at place: Place = Place()) {
    self.severity = severity
    self.message = message
    self.place = place
  }
}

extension Diagnostic: CustomStringConvertible {
  /// Place and message, without the severity, on one line.
  public var description: String {
    let file = place.file.map { "\($0): " } ?? ""
    let inside = place.insideFile
    return (file + (inside.isEmpty ? "" : inside + ": ") + message).onOneLine
  }
}

/// Collects diagnostics from every layer of one conversion. Safe to share between threads.
public final class DiagnosticSink: Sendable {
  private let collected = Mutex<[Diagnostic]>([])

  public init() {}

  public func report(_ diagnostic: Diagnostic) {
    collected.withLock { $0.append(diagnostic) }
  }

  public func warn(_ message: String, at place: Place = Place()) {
    report(Diagnostic(.warning, message, at: place))
  }

  /// Everything reported so far, in order of arrival.
  public var all: [Diagnostic] { collected.withLock { $0 } }
}
