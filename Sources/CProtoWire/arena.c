#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

typedef struct Chunk {
  alignas(16) struct Chunk *previous;
} Chunk;

struct PWArena {
  Chunk *chunks;
  uint8_t *next, *end;
  size_t bytes, budget;
};

// Small at first, since a model of few nodes and many weights needs little; then doubling, so that chunks stay few.
static size_t next_chunk_size(const PWArena *arena) {
  const size_t smallest = 16 << 10, largest = 4 << 20;
  return arena->bytes < smallest ? smallest : arena->bytes < largest ? arena->bytes : largest;
}

PWArena *pw_arena_new(size_t budget) {
  PWArena *arena = calloc(1, sizeof *arena);
  if (arena) arena->budget = budget;
  return arena;
}

// Huge pages where the system has them: half the time of decoding a large graph is the faults of ordinary ones.
static void *allocate_chunk(size_t size) {
#ifdef MADV_HUGEPAGE
  const size_t huge = 2 << 20;
  void *result = NULL;
  if (size < huge) return malloc(size);
  if (posix_memalign(&result, huge, size)) return NULL;
  madvise(result, size & ~(huge - 1), MADV_HUGEPAGE);
  return result;
#else
  return malloc(size);
#endif
}

static uint8_t *add_chunk(PWArena *arena, size_t size, PWStatus *status) {
  if (size > arena->budget - arena->bytes) return *status = PW_TOO_MUCH_MEMORY, NULL;
  Chunk *chunk = allocate_chunk(size);
  if (!chunk) return *status = PW_OUT_OF_MEMORY, NULL;
  chunk->previous = arena->chunks;
  arena->chunks = chunk;
  arena->bytes += size;
  return (uint8_t *)(chunk + 1);
}

void *pw_arena_allocate(PWArena *arena, size_t size, PWStatus *status) {
  if (size > SIZE_MAX / 2) return *status = PW_TOO_MUCH_MEMORY, NULL;
  size = (size + 7) & ~(size_t)7;
  if (size <= (size_t)(arena->end - arena->next)) {
    uint8_t *result = arena->next;
    arena->next += size;
    return result;
  }
  const size_t usual = next_chunk_size(arena), left = arena->budget - arena->bytes;
  if (size > usual / 4 || usual > left) return add_chunk(arena, sizeof(Chunk) + size, status);
  uint8_t *start = add_chunk(arena, usual, status);
  if (!start) return NULL;
  arena->end = start + usual - sizeof(Chunk);
  arena->next = start + size;
  return start;
}

static void free_chunks(PWArena *arena) {
  for (Chunk *chunk = arena->chunks, *previous; chunk; chunk = previous) {
    previous = chunk->previous;
    free(chunk);
  }
}

void pw_arena_free(PWArena *arena) {
  if (!arena) return;
  free_chunks(arena);
  free(arena);
}

// A lone chunk, as small messages need, is used again.
void pw_arena_reset(PWArena *arena, size_t budget) {
  arena->budget = budget;
  uint8_t *start = (uint8_t *)(arena->chunks + 1);
  const bool lone = arena->chunks && !arena->chunks->previous && arena->end == start + arena->bytes - sizeof(Chunk);
  if (lone && arena->bytes <= budget) {
    arena->next = start;
    return;
  }
  free_chunks(arena);
  arena->chunks = NULL;
  arena->next = arena->end = NULL;
  arena->bytes = 0;
}

size_t pw_arena_bytes(const PWArena *arena) { return arena->bytes; }
