// What the two halves of the decoder share: proto_wire.c walks messages, fields.c reads the values of their fields.
#pragma once

#include "arena.h"

#include <stdbool.h>

typedef ProtobufCFieldDescriptor Field;

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
  size_t depth, frame_capacity, max_depth;
  Required *required;
  PWError *error;
} Decoder;

bool pw_fail(Decoder *d, PWStatus status, uint64_t value, uint64_t limit);
void *pw_allocate(Decoder *d, size_t size);
bool pw_read_varint(Decoder *d, const uint8_t *end, uint64_t *value);
bool pw_read_length(Decoder *d, const uint8_t *end, size_t *length);

// Opens a message behind `d->at`; `slot` holds null, or what the message is to be merged into.
bool pw_enter_message(Decoder *d, ProtobufCMessage **slot, const ProtobufCMessageDescriptor *descriptor, size_t length);

ProtobufCWireType pw_wire_type(ProtobufCType type);

// Reads the value of `d->field`, whose wire type is as declared or, for an array of scalars, packed.
bool pw_read_field(Decoder *d, Frame *frame, ProtobufCWireType wire_type);
bool pw_keep_unknown(Decoder *d, Frame *frame, uint32_t number, ProtobufCWireType wire_type);
