// Memory that is freed all at once, with a ceiling.
#pragma once

#include "proto_wire.h"

// Forgets what was allocated; a budget for what comes.
void pw_arena_reset(PWArena *arena, size_t budget);

// Aligned to 8 bytes. Null: PW_TOO_MUCH_MEMORY or PW_OUT_OF_MEMORY, in `status`.
void *pw_arena_allocate(PWArena *arena, size_t size, PWStatus *status);
