// A protobuf decoder for mapped files: it fills the structs that protoc-c generates, and copies no payload.
//
// - A `bytes` field points into the input; so does a packed array of a fixed-size type that happens to be aligned. Both are
//   read-only and live as long as the input. An empty `bytes` has a null pointer. Everything else lives in the arena.
// - Nothing recurses, no length is trusted, and memory is bounded by the limits: the input may be hostile.
// - Duplicated sub-messages merge, the last member of a oneof wins, packed and unpacked arrays are both understood however the
//   field is declared. A field that is not in the descriptor, or has another wire type than declared, becomes an unknown field
//   (pointing into the input), which `protobuf_c_message_pack` writes back. An enum keeps a number that has no name.
// - Groups are refused, and so is what other decoders tolerate only by accident: a tag above 32 bits, a length of more than
//   five bytes, a NUL inside a `string` (which in C would end it; `bytes` may hold one).
//
// The result must not go to `protobuf_c_message_free_unpacked`; free the arena. There is no global state.
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  PW_OK,
  PW_TRUNCATED,         // a tag or value goes on after the end of its message
  PW_LENGTH_PAST_END,   // `value` bytes are announced, `limit` are left
  PW_VARINT_TOO_LONG,   // more than 10 bytes, or more than 5 for a tag or length
  PW_BAD_TAG,           // the field number is 0 or above 2^29 - 1
  PW_BAD_WIRE_TYPE,     // 6 or 7
  PW_GROUP,             // wire types 3 and 4
  PW_PACKED_LENGTH,     // `value` bytes of an array are not a multiple of its element's size, `limit`
  PW_NUL_IN_STRING,
  PW_TOO_DEEP,          // messages nest deeper than `limit`
  PW_TOO_MUCH_MEMORY,   // the arena would exceed `limit` bytes
  PW_OUT_OF_MEMORY,
  PW_REQUIRED_MISSING,  // `offset` is where the message starts
} PWStatus;

typedef struct {
  PWStatus status;
  size_t offset;        // of the field at fault, from the start of the input; at most its length
  const char *message;  // the message type as declared, with its package; static
  const char *field;    // null where no declared field is concerned; static
  uint64_t value, limit;
} PWError;

// Zero takes the default.
typedef struct {
  size_t max_depth;        // messages inside each other, the outermost included; 256. A nested ONNX graph takes three levels.
  size_t max_arena_bytes;  // 32 times the input and 16 MiB. Long names: 8 times the input; none to speak of: 25.
} PWLimits;

// Repeated messages that are left where they are, so that a long list of them takes no memory while one after the other is read.
// Each element of their array is then no message, but a place for `pw_decode_deferred`.
typedef struct {
  const ProtobufCMessageDescriptor *message;  // whose fields; only where it lies directly in the outermost message
  uint32_t fields[2];                         // their numbers; 0: none
} PWDeferred;

typedef struct PWArena PWArena;

// Null on failure, with `error` filled and no arena. `arena` owns the result.
ProtobufCMessage *pw_decode(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
                            PWLimits limits, PWArena **arena, PWError *error);

// The same, except for the fields in `deferred`.
ProtobufCMessage *pw_decode_deferring(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
                                      PWLimits limits, PWDeferred deferred, PWArena **arena, PWError *error);

// Decodes what was deferred, `place` being in the same input as before. What the arena held is gone. Null on failure.
ProtobufCMessage *pw_decode_deferred(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
                                     const void *place, PWLimits limits, PWArena *arena, PWError *error);

// The `bytes` fields of that number in a message that was deferred: how many there are, of which the first `capacity` are
// stored. What is malformed ends the count, and is reported when the message is decoded.
size_t pw_scan_deferred(const uint8_t *bytes, size_t length, const void *place, uint32_t field, ProtobufCBinaryData *found,
                        size_t capacity);

PWArena *pw_arena_new(size_t budget);  // null: out of memory
void pw_arena_free(PWArena *arena);
size_t pw_arena_bytes(const PWArena *arena);

// What went wrong, in a few static words without the place.
const char *pw_status_text(PWStatus status);
