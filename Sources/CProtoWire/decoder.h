// What the two halves of the decoder share: proto_wire.c walks messages, fields.c reads the values of their fields.
#pragma once

#include "arena.h"

#include <stdbool.h>

typedef ProtobufCFieldDescriptor Field;
enum { FIRST_FRAMES = 8 };

// Which required fields a message has had: it lies right behind the message, if its type has any.
typedef struct Required {
  struct Required *next;
  const ProtobufCMessage *message;
  size_t offset;
  uint8_t seen[];
} Required;

typedef struct {
  ProtobufCMessage *message;
  const uint8_t *end;
  const Field *last;  // fields come in order, mostly: the next one is this or its successor
} Frame;

typedef struct {
  const uint8_t *base, *at;
  const uint8_t *field_start;  // the tag of the field being read
  const uint8_t *value_start;  // behind that tag
  const Field *field;          // null: not declared
  PWArena *arena;
  Frame *frames;
  Frame *first_frames;  // room for the first `FIRST_FRAMES`
  size_t depth, frame_capacity, max_depth;
  size_t outer;  // messages around the outermost frame
  PWDeferred deferred;
  Required *required;
  PWError *error;
} Decoder;

bool pw_fail(Decoder *d, PWStatus status, uint64_t value, uint64_t limit);
void *pw_allocate(Decoder *d, size_t size);
bool pw_read_varint(Decoder *d, const uint8_t *end, uint64_t *value);
// A number of a fixed size or a varint, by its wire type.
bool pw_read_scalar(Decoder *d, const uint8_t *end, ProtobufCWireType wire, uint64_t *raw);
bool pw_read_long_length(Decoder *d, const uint8_t *end, size_t *length);

static inline bool pw_read_length(Decoder *d, const uint8_t *end, size_t *length) {
  if (d->at >= end || *d->at >= 0x80 || *d->at >= end - d->at) return pw_read_long_length(d, end, length);
  return *length = *d->at++, true;
}

// Opens a message behind `d->at`; `slot` holds null, or what the message is to be merged into.
bool pw_enter_message(Decoder *d, ProtobufCMessage **slot, const ProtobufCMessageDescriptor *descriptor, size_t length);

static inline ProtobufCWireType pw_wire_type(ProtobufCType type) {
  switch (type) {
  case PROTOBUF_C_TYPE_SFIXED32: case PROTOBUF_C_TYPE_FIXED32: case PROTOBUF_C_TYPE_FLOAT:
    return PROTOBUF_C_WIRE_TYPE_32BIT;
  case PROTOBUF_C_TYPE_SFIXED64: case PROTOBUF_C_TYPE_FIXED64: case PROTOBUF_C_TYPE_DOUBLE:
    return PROTOBUF_C_WIRE_TYPE_64BIT;
  case PROTOBUF_C_TYPE_STRING: case PROTOBUF_C_TYPE_BYTES: case PROTOBUF_C_TYPE_MESSAGE:
    return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
  default: return PROTOBUF_C_WIRE_TYPE_VARINT;
  }
}

// Reads the value of `d->field`, whose wire type is as declared or, for an array of scalars, packed.
bool pw_read_field(Decoder *d, Frame *frame, ProtobufCWireType wire_type);
bool pw_keep_unknown(Decoder *d, Frame *frame, uint32_t number, ProtobufCWireType wire_type);
