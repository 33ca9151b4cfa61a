#include "decoder.h"

#include <string.h>

static void *member(ProtobufCMessage *message, unsigned offset) { return (uint8_t *)message + offset; }

static size_t element_size(ProtobufCType type) {
  switch (type) {
  case PROTOBUF_C_TYPE_INT64: case PROTOBUF_C_TYPE_SINT64: case PROTOBUF_C_TYPE_UINT64:
  case PROTOBUF_C_TYPE_SFIXED64: case PROTOBUF_C_TYPE_FIXED64: case PROTOBUF_C_TYPE_DOUBLE: return 8;
  case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
  case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
  case PROTOBUF_C_TYPE_STRING: case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
  default: return 4;
  }
}

// ---- Scalars

bool pw_read_scalar(Decoder *d, const uint8_t *end, ProtobufCWireType wire, uint64_t *raw) {
  if (wire == PROTOBUF_C_WIRE_TYPE_VARINT) return pw_read_varint(d, end, raw);
  const size_t size = wire == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8;
  if ((size_t)(end - d->at) < size) return pw_fail(d, PW_TRUNCATED, size, (uint64_t)(end - d->at));
  *raw = 0;
  for (size_t i = 0; i < size; i++) *raw |= (uint64_t)d->at[i] << 8 * i;
  d->at += size;
  return true;
}

// Copied, since the member's own type may be a float.
static inline void store_scalar(void *slot, ProtobufCType type, uint64_t raw) {
  const uint32_t low = (uint32_t)raw, zigzag = low >> 1 ^ -(low & 1);
  const uint64_t wide_zigzag = raw >> 1 ^ -(raw & 1);
  const protobuf_c_boolean truth = raw != 0;
  switch (type) {
  case PROTOBUF_C_TYPE_SINT32: memcpy(slot, &zigzag, sizeof zigzag); return;
  case PROTOBUF_C_TYPE_SINT64: memcpy(slot, &wide_zigzag, sizeof wide_zigzag); return;
  case PROTOBUF_C_TYPE_BOOL: memcpy(slot, &truth, sizeof truth); return;
  case PROTOBUF_C_TYPE_INT64: case PROTOBUF_C_TYPE_UINT64: case PROTOBUF_C_TYPE_SFIXED64:
  case PROTOBUF_C_TYPE_FIXED64: case PROTOBUF_C_TYPE_DOUBLE: memcpy(slot, &raw, sizeof raw); return;
  default: memcpy(slot, &low, sizeof low); return;
  }
}

// ---- Arrays

// An array in the arena is preceded by its capacity; one that lies in the input belongs to the input and has none.
static size_t capacity_of(const Decoder *d, const void *array) {
  const uintptr_t address = (uintptr_t)array, base = (uintptr_t)d->base;
  const bool borrowed = address >= base && address < (uintptr_t)d->frames[0].end;
  return array && !borrowed ? ((const size_t *)array)[-1] : 0;
}

// How many fields with the tag of this one follow each other, this one included. It only sizes an array: what is malformed
// ends the count, and is reported when it is read.
static size_t run_length(const Decoder *d, const uint8_t *end, ProtobufCWireType wire) {
  const size_t tag_length = (size_t)(d->value_start - d->field_start);
  PWError ignored;
  Decoder scout = {.base = d->base, .at = d->value_start, .field_start = d->base, .error = &ignored};
  for (size_t count = 1;; count++) {
    uint64_t raw;
    size_t length = 0;
    const bool whole = wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ? pw_read_length(&scout, end, &length)
                                                                   : pw_read_scalar(&scout, end, wire, &raw);
    if (!whole) return count;
    scout.at += length;
    if ((size_t)(end - scout.at) <= tag_length || memcmp(scout.at, d->field_start, tag_length)) return count;
    scout.at += tag_length;
  }
}

// Doubling bounds the copying even where the elements of two arrays alternate.
static bool grow(Decoder *d, void **array, size_t count, size_t more, size_t element) {
  const size_t capacity = more > count ? count + more : 2 * count;
  size_t *block = pw_allocate(d, sizeof(size_t) + capacity * element);
  if (!block) return false;
  *block = capacity;
  if (count > 0) memcpy(block + 1, *array, count * element);
  *array = block + 1;
  return true;
}

// The place of the next element, which is counted as present.
static void *append(Decoder *d, Frame *frame, ProtobufCWireType wire) {
  const size_t size = element_size(d->field->type);
  size_t *count = member(frame->message, d->field->quantifier_offset);
  void **array = member(frame->message, d->field->offset);
  if (*count >= capacity_of(d, *array) && !grow(d, array, *count, run_length(d, frame->end, wire), size)) return NULL;
  return memset((uint8_t *)*array + (*count)++ * size, 0, size);
}

// ---- Packed arrays

static bool count_packed(Decoder *d, size_t length, size_t fixed_size, size_t *count) {
  *count = 0;
  if (fixed_size) {
    *count = length / fixed_size;
    return length % fixed_size == 0 || pw_fail(d, PW_PACKED_LENGTH, length, fixed_size);
  }
  for (size_t i = 0; i < length; i++) *count += d->at[i] < 0x80;
  return length == 0 || d->at[length - 1] < 0x80 || pw_fail(d, PW_TRUNCATED, 0, 0);
}

static bool is_little_endian(void) {
  const uint16_t one = 1;
  return *(const uint8_t *)&one;
}

static bool read_packed(Decoder *d, Frame *frame, size_t length) {
  const ProtobufCType type = d->field->type;
  const ProtobufCWireType wire = pw_wire_type(type);
  const size_t size = element_size(type), fixed_size = wire == PROTOBUF_C_WIRE_TYPE_VARINT ? 0 : size;
  const uint8_t *end = d->at + length;
  size_t more, *count = member(frame->message, d->field->quantifier_offset);
  void **array = member(frame->message, d->field->offset);
  if (!count_packed(d, length, fixed_size, &more)) return false;
  if (more == 0) return true;
  if (fixed_size && *count == 0 && is_little_endian() && (uintptr_t)d->at % size == 0) {
    *array = (void *)d->at;
    *count = more;
    d->at = end;
    return true;
  }
  if (*count + more > capacity_of(d, *array) && !grow(d, array, *count, more, size)) return false;
  for (uint8_t *slot = (uint8_t *)*array + *count * size; d->at < end; slot += size) {
    uint64_t raw;
    if (*d->at < 0x80 && !fixed_size) raw = *d->at++;
    else if (!pw_read_scalar(d, end, wire, &raw)) return false;
    store_scalar(slot, type, raw);
  }
  *count += more;
  return true;
}

// ---- Fields

static void mark_present(const Field *field, ProtobufCMessage *message) {
  if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
    *(uint32_t *)member(message, field->quantifier_offset) = field->id;
  else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset)
    *(protobuf_c_boolean *)member(message, field->quantifier_offset) = 1;
}

static bool read_string(Decoder *d, char **slot, size_t length) {
  if (memchr(d->at, 0, length)) return pw_fail(d, PW_NUL_IN_STRING, 0, 0);
  char *copy = pw_allocate(d, length + 1);
  if (!copy) return false;
  memcpy(copy, d->at, length);
  copy[length] = 0;
  *slot = copy;
  d->at += length;
  return true;
}

static bool is_deferred(const Decoder *d) {
  return d->depth == 2 && d->deferred.message && d->frames[1].message->descriptor == d->deferred.message
         && (d->field->id == d->deferred.fields[0] || d->field->id == d->deferred.fields[1]);
}

static bool read_delimited(Decoder *d, void *slot, size_t length) {
  switch (d->field->type) {
  case PROTOBUF_C_TYPE_MESSAGE:
    if (!is_deferred(d)) return pw_enter_message(d, slot, d->field->descriptor, length);
    *(const void **)slot = d->value_start;
    d->at += length;
    return true;
  case PROTOBUF_C_TYPE_STRING: return read_string(d, slot, length);
  default:
    *(ProtobufCBinaryData *)slot = (ProtobufCBinaryData){length, length ? (uint8_t *)d->at : NULL};
    d->at += length;
    return true;
  }
}

// Where a singular value goes. A sub-message that is there already stays, to be merged into, unless it is the default
// or belongs to another member of the oneof.
static void *singular_slot(const Field *field, ProtobufCMessage *message) {
  void *slot = member(message, field->offset);
  const bool other = field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF
                     && *(uint32_t *)member(message, field->quantifier_offset) != field->id;
  if (other) memset(slot, 0, element_size(field->type));
  mark_present(field, message);
  return slot;
}

bool pw_read_field(Decoder *d, Frame *frame, ProtobufCWireType wire) {
  const Field *field = d->field;
  const bool delimited = wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
  size_t length = 0;
  uint64_t raw = 0;
  if (!(delimited ? pw_read_length(d, frame->end, &length) : pw_read_scalar(d, frame->end, wire, &raw))) return false;
  if (delimited && pw_wire_type(field->type) != wire) return read_packed(d, frame, length);
  void *slot = field->label == PROTOBUF_C_LABEL_REPEATED ? append(d, frame, wire) : singular_slot(field, frame->message);
  if (!slot) return false;
  if (delimited) return read_delimited(d, slot, length);
  store_scalar(slot, field->type, raw);
  return true;
}

// The kept bytes include the length, as in libprotobuf-c.
bool pw_keep_unknown(Decoder *d, Frame *frame, uint32_t number, ProtobufCWireType wire) {
  ProtobufCMessage *message = frame->message;
  size_t length = 0;
  uint64_t raw;
  if (!(wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED ? pw_read_length(d, frame->end, &length)
                                                      : pw_read_scalar(d, frame->end, wire, &raw))) return false;
  d->at += length;
  void *fields = message->unknown_fields;
  const size_t count = message->n_unknown_fields, size = sizeof(ProtobufCMessageUnknownField);
  if (count >= capacity_of(d, fields)) {
    if (count == UINT32_MAX) return pw_fail(d, PW_TOO_MUCH_MEMORY, count, count);
    if (!grow(d, &fields, count, run_length(d, frame->end, wire), size)) return false;
    message->unknown_fields = fields;
  }
  message->unknown_fields[message->n_unknown_fields++] = (ProtobufCMessageUnknownField){
      number, wire, (size_t)(d->at - d->value_start), (uint8_t *)d->value_start};
  return true;
}
