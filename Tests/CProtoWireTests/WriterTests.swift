import CONNXProto
import CProtoWire
import CProtobufC
import Foundation
import Testing

/// What a writer's callbacks see and do.
final class Collected {
  var bytes: [UInt8] = []
  var pieces = 0
  var refusal: CInt = 0
  var produced: [Int] = []
  var missing = 0

  var options: PWWriterOptions {
    var options = PWWriterOptions()
    options.descriptor = -1
    options.context = Unmanaged.passUnretained(self).toOpaque()
    options.sink = { context, bytes, length in
      let collected = Unmanaged<Collected>.fromOpaque(context!).takeUnretainedValue()
      collected.bytes += UnsafeBufferPointer(start: bytes, count: length)
      collected.pieces += 1
      return collected.refusal
    }
    options.produce = { context, index, length, writer in
      let collected = Unmanaged<Collected>.fromOpaque(context!).takeUnretainedValue()
      collected.produced.append(index)
      for _ in 0..<(length - collected.missing) {
        var byte = UInt8(index)
        pw_writer_append(writer, &byte, 1)
      }
      return 0
    }
    return options
  }
}

@Suite struct WriterTests {
  private func withTensor<Result>(_ data: UnsafeMutablePointer<UInt8>?, _ length: Int,
                                  _ body: (UnsafePointer<ProtobufCMessage>) throws -> Result) rethrows -> Result {
    var tensor = Onnx__TensorProto()
    onnx__tensor_proto__init(&tensor)
    tensor.has_raw_data = 1
    tensor.raw_data = ProtobufCBinaryData(len: length, data: data)
    tensor.has_data_type = 1
    tensor.data_type = 1
    return try withUnsafePointer(to: &tensor) {
      try $0.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { try body($0) }
    }
  }

  @Test(arguments: [0, 1, 1000, 1 << 20, (1 << 20) + 1, 5_000_000]) func writesWhatPackingGives(_ length: Int) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).pb")
    defer { try? FileManager.default.removeItem(at: file) }
    let descriptor = open(file.path(percentEncoded: false), O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    let collected = Collected()
    var payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    var options = collected.options
    options.descriptor = descriptor
    let writer = pw_writer_new(options)
    defer { pw_writer_free(writer) }

    let expected = payload.withUnsafeMutableBufferPointer { buffer in
      withTensor(buffer.baseAddress, length) { message in
        #expect(pw_write_message(writer, message) == 0)
        return pack(message)
      }
    }
    close(descriptor)
    #expect([UInt8](try Data(contentsOf: file)) == expected)
    #expect(collected.bytes == expected)
    #expect(pw_writer_count(writer) == UInt64(expected.count))
    #expect(collected.pieces <= 3)
  }

  @Test func deferredPayloadsAreAskedFor() throws {
    let collected = Collected(), tokens = pw_tokens_new(3)
    defer { pw_tokens_free(tokens) }
    var options = collected.options
    options.tokens = tokens
    let writer = pw_writer_new(options)
    defer { pw_writer_free(writer) }
    let written = withTensor(pw_token(tokens, 2), 1000) { pw_write_message(writer, $0) }
    var payload = [UInt8](repeating: 2, count: 1000)
    let expected = payload.withUnsafeMutableBufferPointer { withTensor($0.baseAddress, 1000) { pack($0) } }
    #expect(written == 0)
    #expect(collected.produced == [2])
    #expect(collected.bytes == expected)
  }

  @Test func payloadOfAnotherLengthIsAnError() {
    let collected = Collected(), tokens = pw_tokens_new(1)
    defer { pw_tokens_free(tokens) }
    collected.missing = 1
    var options = collected.options
    options.tokens = tokens
    let writer = pw_writer_new(options)
    defer { pw_writer_free(writer) }
    #expect(withTensor(pw_token(tokens, 0), 10) { pw_write_message(writer, $0) } == ENODATA)
    #expect(pw_writer_error(writer) == ENODATA)
  }

  @Test func firstErrorStays() {
    let collected = Collected()
    collected.refusal = ENOSPC
    let writer = pw_writer_new(collected.options)
    defer { pw_writer_free(writer) }
    #expect(pw_writer_append(writer, [1, 2], 2) == 0)
    #expect(pw_writer_flush(writer) == ENOSPC)
    collected.refusal = 0
    #expect(pw_writer_append(writer, [3], 1) == ENOSPC)
    #expect(collected.bytes == [1, 2])

    var closed = PWWriterOptions()
    closed.descriptor = 9999
    let other = pw_writer_new(closed)
    defer { pw_writer_free(other) }
    pw_writer_append(other, [1], 1)
    #expect(pw_writer_flush(other) == EBADF)
  }

  @Test func moreThanProtobufAllowsIsRefused() {
    let collected = Collected(), tokens = pw_tokens_new(1)
    defer { pw_tokens_free(tokens) }
    var options = collected.options
    options.tokens = tokens
    for length in [1 << 31, 1 << 32, (1 << 32) + 7] {
      let writer = pw_writer_new(options)
      defer { pw_writer_free(writer) }
      #expect(withTensor(pw_token(tokens, 0), length) { pw_write_message(writer, $0) } == EFBIG)
    }
    #expect(collected.bytes.isEmpty && collected.produced.isEmpty)
  }
}
