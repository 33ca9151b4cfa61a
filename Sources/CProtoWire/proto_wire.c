#include "decoder.h"

#include <stdlib.h>
#include <string.h>

static const size_t default_depth = 256, default_arena_factor = 32, default_arena_constant = 16 << 20;

bool pw_fail(Decoder *d, PWStatus status, uint64_t value, uint64_t limit) {
  *d->error = (PWError){.status = status, .offset = (size_t)(d->field_start - d->base), .value = value, .limit = limit};
  if (d->depth > 0) d->error->message = d->frames[d->depth - 1].message->descriptor->name;
  if (d->field) d->error->field = d->field->name;
  return false;
}

void *pw_allocate(Decoder *d, size_t size) {
  PWStatus status = PW_OK;
  void *result = pw_arena_allocate(d->arena, size, &status);
  if (!result) pw_fail(d, status, size, status == PW_TOO_MUCH_MEMORY ? d->error->limit : 0);
  return result;
}

// Bits beyond the 64th are dropped, as every implementation does.
bool pw_read_varint(Decoder *d, const uint8_t *end, uint64_t *value) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (d->at == end) return pw_fail(d, PW_TRUNCATED, 0, 0);
    const uint8_t byte = *d->at++;
    result |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return *value = result, true;
  }
  return pw_fail(d, PW_VARINT_TOO_LONG, 0, 10);
}

static bool read_short_varint(Decoder *d, const uint8_t *end, uint64_t *value) {
  const uint8_t *start = d->at;
  if (start < end && *start < 0x80) return *value = *d->at++, true;
  if (!pw_read_varint(d, end, value)) return false;
  return d->at - start <= 5 || pw_fail(d, PW_VARINT_TOO_LONG, (uint64_t)(d->at - start), 5);
}

bool pw_read_long_length(Decoder *d, const uint8_t *end, size_t *length) {
  uint64_t value;
  if (!read_short_varint(d, end, &value)) return false;
  const size_t left = (size_t)(end - d->at);
  if (value > left) return pw_fail(d, PW_LENGTH_PAST_END, value, left);
  return *length = (size_t)value, true;
}

// ---- Messages

static bool has_required(const ProtobufCMessageDescriptor *descriptor) {
  for (unsigned i = 0; i < descriptor->n_fields; i++)
    if (descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED) return true;
  return false;
}

static Required *required_of(const ProtobufCMessage *message) {
  const size_t size = (message->descriptor->sizeof_message + 7) & ~(size_t)7;
  return (Required *)((uint8_t *)message + size);
}

static ProtobufCMessage *new_message(Decoder *d, const ProtobufCMessageDescriptor *descriptor) {
  const bool tracked = has_required(descriptor);
  const size_t size = (descriptor->sizeof_message + 7) & ~(size_t)7, seen = (descriptor->n_fields + 7) / 8;
  ProtobufCMessage *message = pw_allocate(d, size + (tracked ? sizeof(Required) + seen : 0));
  if (!message) return NULL;
  descriptor->message_init(message);
  if (tracked) {
    Required *required = required_of(message);
    memset(required, 0, sizeof *required + seen);
    *required = (Required){.next = d->required, .message = message, .offset = (size_t)(d->field_start - d->base)};
    d->required = required;
  }
  return message;
}

static bool push_frame(Decoder *d, Frame frame) {
  if (d->depth == d->frame_capacity) {
    const size_t capacity = 2 * d->frame_capacity;
    const bool moves = d->frames == d->first_frames;
    Frame *frames = realloc(moves ? NULL : d->frames, capacity * sizeof *frames);
    if (!frames) return pw_fail(d, PW_OUT_OF_MEMORY, 0, 0);
    if (moves) memcpy(frames, d->first_frames, FIRST_FRAMES * sizeof *frames);
    d->frames = frames;
    d->frame_capacity = capacity;
  }
  d->frames[d->depth++] = frame;
  return true;
}

bool pw_enter_message(Decoder *d, ProtobufCMessage **slot, const ProtobufCMessageDescriptor *descriptor, size_t length) {
  if (d->outer + d->depth == d->max_depth) return pw_fail(d, PW_TOO_DEEP, d->max_depth + 1, d->max_depth);
  if (!*slot && !(*slot = new_message(d, descriptor))) return false;
  return push_frame(d, (Frame){.message = *slot, .end = d->at + length, .last = descriptor->fields});
}

// Every message is looked at once all of it is known: a duplicate may have brought what the first one lacked.
static bool check_required(Decoder *d) {
  for (const Required *r = d->required; r; r = r->next) {
    const ProtobufCMessageDescriptor *descriptor = r->message->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
      if (descriptor->fields[i].label != PROTOBUF_C_LABEL_REQUIRED || r->seen[i / 8] >> i % 8 & 1) continue;
      *d->error = (PWError){.status = PW_REQUIRED_MISSING, .offset = r->offset, .message = descriptor->name,
                            .field = descriptor->fields[i].name};
      return false;
    }
  }
  return true;
}

// ---- Fields

static const Field *find_field(Frame *frame, uint32_t number) {
  const ProtobufCMessageDescriptor *descriptor = frame->message->descriptor;
  const Field *field = frame->last, *end = descriptor->fields + descriptor->n_fields;
  if (descriptor->n_fields == 0) return NULL;
  if (field->id != number && (++field == end || field->id != number))
    field = protobuf_c_message_descriptor_get_field(descriptor, number);
  if (field) frame->last = field;
  return field;
}

static bool read_tag(Decoder *d, const uint8_t *end, uint32_t *number, ProtobufCWireType *wire_type) {
  uint64_t tag;
  d->field_start = d->at;
  d->field = NULL;
  if (!read_short_varint(d, end, &tag)) return false;
  const unsigned wire = tag & 7;
  if (tag >> 3 == 0 || tag > UINT32_MAX) return pw_fail(d, PW_BAD_TAG, tag >> 3, (1u << 29) - 1);
  if (wire == 3 || wire == 4) return pw_fail(d, PW_GROUP, tag >> 3, 0);
  if (wire > 5) return pw_fail(d, PW_BAD_WIRE_TYPE, wire, 5);
  *number = (uint32_t)(tag >> 3);
  *wire_type = (ProtobufCWireType)wire;
  d->value_start = d->at;
  return true;
}

static bool decode_field(Decoder *d, Frame *frame) {
  uint32_t number;
  ProtobufCWireType wire;
  if (!read_tag(d, frame->end, &number, &wire)) return false;
  const Field *field = d->field = find_field(frame, number);
  if (!field) return pw_keep_unknown(d, frame, number, wire);
  const bool packed = wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && field->label == PROTOBUF_C_LABEL_REPEATED;
  if (wire != pw_wire_type(field->type) && !packed) return pw_keep_unknown(d, frame, number, wire);
  if (field->label == PROTOBUF_C_LABEL_REQUIRED) {
    const size_t index = (size_t)(field - frame->message->descriptor->fields);
    required_of(frame->message)->seen[index / 8] |= (uint8_t)(1u << index % 8);
  }
  return pw_read_field(d, frame, wire);
}

static bool decode_all(Decoder *d) {
  while (d->depth > 0) {
    Frame *frame = &d->frames[d->depth - 1];
    if (d->at == frame->end)
      d->depth--;
    else if (!decode_field(d, frame))
      return false;
  }
  return check_required(d);
}

static size_t default_arena_bytes(size_t length) {
  return length > (SIZE_MAX - default_arena_constant) / default_arena_factor
             ? SIZE_MAX : length * default_arena_factor + default_arena_constant;
}

static Decoder decoder_of(const uint8_t *bytes, PWLimits limits, PWError *error) {
  return (Decoder){.base = bytes, .at = bytes, .field_start = bytes, .error = error, .frame_capacity = FIRST_FRAMES,
                   .max_depth = limits.max_depth ? limits.max_depth : default_depth};
}

static bool run(Decoder *d, ProtobufCMessage **root, const ProtobufCMessageDescriptor *descriptor, size_t length) {
  Frame first[FIRST_FRAMES];
  d->frames = d->first_frames = first;
  const bool done = pw_enter_message(d, root, descriptor, length) && decode_all(d);
  if (d->frames != first) free(d->frames);
  return done;
}

ProtobufCMessage *pw_decode_deferring(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
                                      PWLimits limits, PWDeferred deferred, PWArena **arena, PWError *error) {
  const size_t budget = limits.max_arena_bytes ? limits.max_arena_bytes : default_arena_bytes(length);
  if (!bytes) bytes = (const uint8_t *)"", length = 0;
  Decoder d = decoder_of(bytes, limits, error);
  ProtobufCMessage *root = NULL;
  *error = (PWError){.limit = budget};
  *arena = NULL;
  d.deferred = deferred;
  d.arena = pw_arena_new(budget);
  if (!(d.arena ? run(&d, &root, descriptor, length) : pw_fail(&d, PW_OUT_OF_MEMORY, 0, 0))) return pw_arena_free(d.arena), NULL;
  *error = (PWError){.status = PW_OK};
  *arena = d.arena;
  return root;
}

ProtobufCMessage *pw_decode(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
                            PWLimits limits, PWArena **arena, PWError *error) {
  return pw_decode_deferring(descriptor, bytes, length, limits, (PWDeferred){0}, arena, error);
}

// ---- Deferred messages

ProtobufCMessage *pw_decode_deferred(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length,
                                     const void *place, PWLimits limits, PWArena *arena, PWError *error) {
  Decoder d = decoder_of(bytes, limits, error);
  ProtobufCMessage *root = NULL;
  size_t own;
  *error = (PWError){.status = PW_OK};
  d.at = d.field_start = place;
  if (!pw_read_length(&d, bytes + length, &own)) return NULL;
  const size_t budget = limits.max_arena_bytes ? limits.max_arena_bytes : default_arena_bytes(own);
  pw_arena_reset(arena, budget);
  error->limit = budget;
  d.arena = arena;
  d.outer = 2;
  if (!run(&d, &root, descriptor, own)) return NULL;
  *error = (PWError){.status = PW_OK};
  return root;
}

size_t pw_scan_deferred(const uint8_t *bytes, size_t length, const void *place, uint32_t field, ProtobufCBinaryData *found,
                        size_t capacity) {
  PWError ignored;
  Decoder d = decoder_of(bytes, (PWLimits){0}, &ignored);
  size_t own, count = 0;
  d.at = place;
  if (!pw_read_length(&d, bytes + length, &own)) return 0;
  for (const uint8_t *end = d.at + own; d.at < end;) {
    uint32_t number;
    ProtobufCWireType wire;
    uint64_t raw;
    size_t size = 0;
    if (!read_tag(&d, end, &number, &wire)) break;
    const bool delimited = wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    if (!(delimited ? pw_read_length(&d, end, &size) : pw_read_scalar(&d, end, wire, &raw))) break;
    if (delimited && number == field && count++ < capacity)
      found[count - 1] = (ProtobufCBinaryData){size, size ? (uint8_t *)d.at : NULL};
    d.at += size;
  }
  return count;
}

const char *pw_status_text(PWStatus status) {
  switch (status) {
  case PW_OK: return "no error";
  case PW_TRUNCATED: return "the data ends inside a value";
  case PW_LENGTH_PAST_END: return "a length reaches past the end of the data";
  case PW_VARINT_TOO_LONG: return "an integer has too many bytes";
  case PW_BAD_TAG: return "a field has an impossible number";
  case PW_BAD_WIRE_TYPE: return "a field has an undefined wire type";
  case PW_GROUP: return "protobuf groups are not supported";
  case PW_PACKED_LENGTH: return "a packed array is not a whole number of elements";
  case PW_NUL_IN_STRING: return "a string contains a NUL";
  case PW_TOO_DEEP: return "messages are nested too deeply";
  case PW_TOO_MUCH_MEMORY: return "decoding takes more memory than the size of the data justifies";
  case PW_OUT_OF_MEMORY: return "out of memory";
  case PW_REQUIRED_MISSING: return "a required field is missing";
  }
  return "unknown error";
}
