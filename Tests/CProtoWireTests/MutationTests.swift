import CProtoWire
import Foundation
import Testing

/// Damaged messages: each is read or refused with a place inside it, and what was read can be written and read again.
/// `FERRY_FUZZ_ROUNDS` sets the rounds for each kind of message.
@Suite struct MutationTests {
  static let rounds = ProcessInfo.processInfo.environment["FERRY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 300

  @Test(arguments: Descriptors.all.indices) func damagedMessagesAreReadOrRefused(_ index: Int) throws {
    let descriptor = Descriptors.all[index]
    var source = RandomMessage(random: SeededGenerator(UInt64(index) + 1000))
    for round in 0..<Self.rounds {
      let bytes = damaged(source.message(descriptor, depth: round % 5), &source.random)
      do throws(WireFailure) {
        let decoded = try Decoded(descriptor, bytes, memory: round % 10 == 0 ? 40_000 : 0)
        let packed = decoded.packed
        #expect(try Decoded(descriptor, packed, memory: 1 << 24).packed == packed)
      } catch {
        #expect(error.status != PW_OK && error.offset <= bytes.count)
      }
    }
  }

  private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes[place] = 0xFF
      case 3: bytes.removeSubrange(place...)
      case 4: bytes.remove(at: place)
      default: bytes.insert(contentsOf: bytes[place...].prefix(8), at: Int.random(in: bytes.indices, using: &random))
      }
    }
    return bytes
  }
}
