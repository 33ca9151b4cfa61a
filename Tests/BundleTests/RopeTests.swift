import Bundle
import Diagnostics
import Synchronization
import Tensors
import Testing

@Suite struct RopeTests {
  let scratch = Scratch()

  @Test func piecesOfEveryKindAreReadInOrder() throws {
    let file = try FileMapping(path: scratch.write("f", noise(300_000)))
    var rope = ByteRope([1, 2, 3])
    rope.append(file, 5..<10)
    rope.append(file, 100..<250_100)
    rope.append(zeros: 3_000_000)
    rope.append(try Tensor(.uint8, [90_000], elements: noise(90_000, seed: 3)))
    rope.append([9])
    rope.pad(toMultipleOf: 64)
    var expected: [UInt8] = [1, 2, 3] + noise(300_000)[5..<10] + noise(300_000)[100..<250_100]
    expected += [UInt8](repeating: 0, count: 3_000_000) + noise(90_000, seed: 3) + [9]
    expected += [UInt8](repeating: 0, count: (64 - expected.count % 64) % 64)
    #expect(rope.byteCount == expected.count)
    #expect(try rope.gathered() == expected)
  }

  /// Eight tensors of 12 MiB: never more than 32 MiB of them at once, each computed once.
  @Test func deferredTensorsAreProducedOnceAndDropped() throws {
    let size = 12 << 20
    let produced = Mutex<[Int]>([])
    var rope = ByteRope()
    for index in 0..<8 {
      rope.append(
        try Tensor(deferred: .uint8, [size]) { () throws(ModelError) in
          produced.withLock { $0.append(index) }
          var bytes = OwnedBytes(uninitialized: size)
          bytes.withUnsafeMutableBytes { buffer in
            for at in stride(from: 0, to: size, by: 4096) { buffer[at] = UInt8(index) }
          }
          return bytes
        })
    }
    var read = 0
    var ahead = 0
    try rope.forEachRun { (run) throws(ModelError) in
      if read % size == 0 { #expect(Int(run[0]) == read / size) }
      ahead = max(ahead, produced.withLock { $0.count } - read / size)
      read += run.count
    }
    #expect(read == rope.byteCount)
    #expect(produced.withLock { $0.sorted() } == Array(0..<8))
    #expect(ahead <= 2)
  }

  @Test func smallDeferredTensorsAreGathered() throws {
    var rope = ByteRope()
    for index in 0..<100 {
      rope.append(try Tensor(deferred: .uint8, [20_000]) { () throws(ModelError) in OwnedBytes(copyingElements: noise(20_000, seed: UInt64(index))) })
      rope.append([UInt8(index)])
    }
    let expected = (0..<100).flatMap { noise(20_000, seed: UInt64($0)) + [UInt8($0)] }
    #expect(try rope.gathered() == expected)
  }

  @Test(arguments: ["m.bin", "m.zip", "m/"]) func aFailingTensorLeavesNothing(name: String) throws {
    var rope = ByteRope(noise(100))
    for index in 0..<4 {
      rope.append(
        try Tensor(deferred: .uint8, [100_000]) { () throws(ModelError) in
          guard index < 2 else { throw ModelError(.malformed, "the source is damaged") }
          return OwnedBytes(zeroed: 100_000)
        })
    }
    let error = #expect(throws: ModelError.self) {
      try writeArtifacts([ArtifactFile(name: "m.bin", content: rope, role: .weights)], to: OutputForm(path: scratch(name)), manifest: head())
    }
    #expect(error?.code == .malformed)
    #expect(scratch.listing.isEmpty)
  }

  @Test func aReaderMayStopHalfWay() throws {
    var rope = ByteRope()
    for _ in 0..<5 { rope.append(try Tensor(deferred: .uint8, [1 << 20]) { () throws(ModelError) in OwnedBytes(zeroed: 1 << 20) }) }
    #expect(throws: ModelError.self) {
      try rope.forEachRun { (_) throws(ModelError) in throw ModelError(.interrupted, "enough") }
    }
  }
}
