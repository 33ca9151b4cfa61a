// Where packed messages go: a file descriptor, a callback, or both, with one MiB gathered and large payloads passed on uncopied.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct PWWriter PWWriter;

// Stands for payloads that do not exist yet. A token is an address in a range reserved for this purpose: unique, never equal to
// that of real data, and impossible to read by mistake (that faults). Put one into a `ProtobufCBinaryData`, with the length
// that the payload will have; when packing comes to it, the writer asks for the bytes instead of reading them.
typedef struct PWTokens PWTokens;

PWTokens *pw_tokens_new(size_t count);  // null: out of memory
void pw_tokens_free(PWTokens *tokens);
uint8_t *pw_token(const PWTokens *tokens, size_t index);  // `index` is less than `count`

// A callback returns 0 or an `errno` value, which ends the writing.
typedef struct {
  int descriptor;   // -1: none
  void *context;    // for both callbacks
  // Sees all bytes in order, after the descriptor took them. Null: not called.
  int (*sink)(void *context, const uint8_t *bytes, size_t length);
  // Has to `pw_writer_append` exactly `length` bytes, in as many pieces as it likes. Not called for an empty payload.
  int (*produce)(void *context, size_t index, size_t length, PWWriter *writer);
  const PWTokens *tokens;  // null: nothing is deferred
} PWWriterOptions;

PWWriter *pw_writer_new(PWWriterOptions options);  // null: out of memory
void pw_writer_free(PWWriter *writer);             // what was not flushed is lost

// These return 0, or the first error there was; after it nothing more is written. ENODATA: a payload was produced with another
// length than announced.
int pw_writer_append(PWWriter *writer, const uint8_t *bytes, size_t length);
int pw_writer_flush(PWWriter *writer);
int pw_writer_error(const PWWriter *writer);
uint64_t pw_writer_count(const PWWriter *writer);  // bytes accepted, those still gathered included

// Packs and flushes. EFBIG, before anything is written: more than 2^31 - 1 bytes, which no reader of protobuf accepts
// (and whose lengths libprotobuf-c would cut to 32 bits).
int pw_write_message(PWWriter *writer, const ProtobufCMessage *message);
