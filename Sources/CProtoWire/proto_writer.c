#include "proto_writer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { gathered_bytes = 1 << 20 };

struct PWTokens {
  uint8_t *base;
  size_t count;
};

struct PWWriter {
  ProtobufCBuffer base;  // first, so that libprotobuf-c's buffer is the writer
  PWWriterOptions options;
  int error;
  uint64_t count;
  size_t gathered;
  uint8_t buffer[gathered_bytes];
};

// ---- Tokens

PWTokens *pw_tokens_new(size_t count) {
  PWTokens *tokens = malloc(sizeof *tokens);
  if (!tokens) return NULL;
  tokens->count = count;
  tokens->base = mmap(NULL, count ? count : 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (tokens->base == MAP_FAILED) return free(tokens), NULL;
  return tokens;
}

void pw_tokens_free(PWTokens *tokens) {
  if (!tokens) return;
  munmap(tokens->base, tokens->count ? tokens->count : 1);
  free(tokens);
}

uint8_t *pw_token(const PWTokens *tokens, size_t index) { return tokens->base + index; }

static bool is_token(const PWTokens *tokens, const uint8_t *bytes) {
  return tokens && (uintptr_t)bytes - (uintptr_t)tokens->base < tokens->count;
}

// ---- Output

static int fail(PWWriter *writer, int error) {
  if (!writer->error) writer->error = error;
  return writer->error;
}

static int write_all(PWWriter *writer, const uint8_t *bytes, size_t length) {
  const size_t most = 1 << 30;  // one call takes no more than about 2 GiB
  while (length > 0) {
    const ssize_t written = write(writer->options.descriptor, bytes, length < most ? length : most);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(writer, written < 0 ? errno : EIO);
    bytes += written;
    length -= (size_t)written;
  }
  return 0;
}

static int deliver(PWWriter *writer, const uint8_t *bytes, size_t length) {
  const PWWriterOptions *options = &writer->options;
  if (writer->error || length == 0) return writer->error;
  if (options->descriptor >= 0 && write_all(writer, bytes, length)) return writer->error;
  const int refused = options->sink ? options->sink(options->context, bytes, length) : 0;
  return refused ? fail(writer, refused) : 0;
}

int pw_writer_flush(PWWriter *writer) {
  const size_t length = writer->gathered;
  writer->gathered = 0;
  return deliver(writer, writer->buffer, length);
}

int pw_writer_append(PWWriter *writer, const uint8_t *bytes, size_t length) {
  if (writer->error || length == 0) return writer->error;
  if (length > gathered_bytes - writer->gathered && pw_writer_flush(writer)) return writer->error;
  if (length >= gathered_bytes) {
    if (deliver(writer, bytes, length)) return writer->error;
  } else {
    memcpy(writer->buffer + writer->gathered, bytes, length);
    writer->gathered += length;
  }
  writer->count += length;
  return 0;
}

// ---- Packing

static void append_deferred(PWWriter *writer, size_t index, size_t length) {
  const PWWriterOptions *options = &writer->options;
  const uint64_t before = writer->count;
  if (writer->error || length == 0) return;
  const int refused = options->produce ? options->produce(options->context, index, length, writer) : ENOSYS;
  if (refused) fail(writer, refused);
  else if (writer->count - before != length) fail(writer, ENODATA);
}

static void append_packed(ProtobufCBuffer *buffer, size_t length, const uint8_t *bytes) {
  PWWriter *writer = (PWWriter *)buffer;
  const PWTokens *tokens = writer->options.tokens;
  if (is_token(tokens, bytes)) append_deferred(writer, (size_t)(bytes - tokens->base), length);
  else pw_writer_append(writer, bytes, length);
}

PWWriter *pw_writer_new(PWWriterOptions options) {
  PWWriter *writer = malloc(sizeof *writer);
  if (!writer) return NULL;
  writer->base = (ProtobufCBuffer){append_packed};
  writer->options = options;
  writer->error = 0;
  writer->count = writer->gathered = 0;
  return writer;
}

void pw_writer_free(PWWriter *writer) { free(writer); }
int pw_writer_error(const PWWriter *writer) { return writer->error; }
uint64_t pw_writer_count(const PWWriter *writer) { return writer->count; }

int pw_write_message(PWWriter *writer, const ProtobufCMessage *message) {
  if (writer->error) return writer->error;
  if (protobuf_c_message_get_packed_size(message) > INT_MAX) return fail(writer, EFBIG);
  protobuf_c_message_pack_to_buffer(message, &writer->base);
  return pw_writer_flush(writer);
}
