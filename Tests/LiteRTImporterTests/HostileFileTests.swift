import Diagnostics
import Evaluation
import Foundation
import GraphIR
import LiteRTSchema
import Testing

@Suite struct HostileFileTests {
  private func expectError(_ code: ModelError.Code, _ bytes: [UInt8], location: SourceLocation = #_sourceLocation) {
    do {
      _ = try readModel(bytes)
      Issue.record("the file was read", sourceLocation: location)
    } catch let error as ModelError {
      #expect(error.code == code, "\(error)", sourceLocation: location)
    } catch {
      Issue.record("\(error)", sourceLocation: location)
    }
  }

  @Test func rootOutsideTheFile() throws {
    var bytes = try SampleFile.convolution()
    bytes[0] = 0xFF
    bytes[1] = 0xFF
    expectError(.malformed, bytes)
    expectError(.truncated, Array(bytes.prefix(6)))
  }

  @Test func everyTruncationIsRefusedOrRead() throws {
    let bytes = try SampleFile.convolution()
    for count in stride(from: 8, to: bytes.count, by: 4) {
      do { _ = try readModel(Array(bytes.prefix(count))) } catch { #expect(error is ModelError) }
    }
  }

  @Test func indicesOutOfRange() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [2]), y = file.tensor("y", .float32, [2])
    file.step(Schema.BuiltinOperator.relu.rawValue, [x], [y])
    expectError(.invalidGraph, try file.bytes(inputs: [7], outputs: [y]))
    expectError(.invalidGraph, try file.bytes(inputs: [-1], outputs: [y]))
    var other = file
    other.steps[0].set(Schema.Operator.inputs, [99])
    expectError(.invalidGraph, try other.bytes(inputs: [x], outputs: [y]))
    other = file
    other.steps[0].set(Schema.Operator.opcodeIndex, 12)
    expectError(.invalidGraph, try other.bytes(inputs: [x], outputs: [y]))
    other = file
    other.tensors[x].set(Schema.Tensor.buffer, 40)
    expectError(.invalidGraph, try other.bytes(inputs: [x], outputs: [y]))
    other = file
    other.tensors[x].set(Schema.Tensor.type, 77)
    expectError(.unsupported, try other.bytes(inputs: [x], outputs: [y]))
  }

  @Test func constantsOfTheWrongSize() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [2])
    let k = file.tensor("k", .float32, [1 << 20, 1 << 20], elements: [0, 0, 0, 0])
    let y = file.tensor("y", .float32, [2])
    file.step(Schema.BuiltinOperator.add.rawValue, [x, k], [y])
    expectError(.malformed, try file.bytes(inputs: [x], outputs: [y]))
  }

  @Test func otherSchemaVersions() throws {
    expectError(.unsupported, try SampleFile().bytes(inputs: [], outputs: [], version: 2))
  }

  @Test func valuesThatNothingComputes() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [2]), y = file.tensor("y", .float32, [2])
    file.step(Schema.BuiltinOperator.relu.rawValue, [x], [y])
    expectError(.missingValue, try file.bytes(inputs: [], outputs: [y]))
  }

  /// Tables that refer to one another many times over would stand for more than any machine can visit.
  @Test func sharedTablesAreCounted() throws {
    var file = SampleFile()
    let x = file.tensor("x", .float32, [2])
    var bytes = try file.bytes(inputs: [x], outputs: [x])
    #expect(throws: Never.self) { _ = try readModel(bytes) }
    // A list of tables whose every entry leads to the same table: entries are 4 bytes, so there can be no more than fit.
    bytes += [UInt8](repeating: 0, count: 4096)
    #expect(throws: Never.self) { _ = try readModel(bytes) }
  }
}

/// Damaged files are read or refused, whatever was damaged. `FERRY_FUZZ_ROUNDS` sets the rounds.
@Suite struct LiteRTMutationTests {
  static let rounds = ProcessInfo.processInfo.environment["FERRY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 400

  @Test func damagedFilesAreReadOrRefused() throws {
    var random = SystemRandomNumberGenerator()
    var refused = 0
    let source = try SampleFile.convolution()
    for round in 0..<Self.rounds {
      var bytes = source
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch round % 4 {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 4))
        default: bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        if bytes.isEmpty { bytes = source }
      }
      do {
        let model = try readModel(bytes)
        try model.graph.verify()
      } catch {
        #expect(error is ModelError)
        refused += 1
      }
    }
    #expect(refused > 0)
  }
}
