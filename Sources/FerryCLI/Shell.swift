import ArgumentParser
import Diagnostics
import Ferry
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs a command and turns what it throws into messages and an exit status.
enum Shell {
  static func run(arguments: [String]) async -> Never {
    Ferry.removeTemporariesWhenInterrupted()
    BatchProcess.followParent()
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try FerryCommand.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      exit(0)
    } catch let error as ModelError {
      report(error, asJSON: arguments.contains("--json"))
      exit(error.exitStatus)
    } catch let status as ExitStatus {
      exit(status.code)
    } catch {
      let code = FerryCommand.exitCode(for: error)
      let text = FerryCommand.fullMessage(for: error)
      if code.isSuccess {
        if !text.isEmpty { print(text) }
        exit(0)
      }
      if arguments.contains("--json") {
        report(ModelError(.usage, FerryCommand.message(for: error)), asJSON: true)
      } else {
        printError(text)
      }
      exit(2)
    }
  }

  /// Ends the program with a status and without a message, everything having been said.
  struct ExitStatus: Error { var code: Int32 }

  private static func report(_ error: ModelError, asJSON: Bool) {
    guard asJSON else { return printError(error.description) }
    struct Failure: Encodable {
      struct Body: Encodable {
        var code: String
        var message: String
        var place: Place
        var notes: [String]
      }
      var schema = 1
      var error: Body
    }
    printJSON(Failure(error: .init(code: error.code.rawValue, message: error.message, place: error.place, notes: error.notes)))
    printError(error.description)
  }

  /// One JSON object on standard output, keys sorted.
  static func printJSON(_ value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { return printError("ferry: error: the report cannot be encoded") }
    print(String(decoding: data, as: UTF8.self))
  }

  static func printError(_ text: String) { writeError(text + "\n") }

  /// Writes to standard error at once; what cannot be said there cannot be said at all.
  static func writeError(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let base = rest.baseAddress, rest.count > 0 {
        let count = write(STDERR_FILENO, base, rest.count)
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
    }
  }
}
