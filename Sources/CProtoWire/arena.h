// Memory that is freed all at once, with a ceiling.
#pragma once

#include "proto_wire.h"

PWArena *pw_arena_new(size_t budget);

// Aligned to 8 bytes. Null: PW_TOO_MUCH_MEMORY or PW_OUT_OF_MEMORY, in `status`.
void *pw_arena_allocate(PWArena *arena, size_t size, PWStatus *status);
