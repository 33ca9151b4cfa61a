#include <string.h>

#include "clones.h"
#include "numerics.h"

#define STRIDED(type)                                              \
  for (int64_t i = 0; i < n; i++) {                                \
    type value;                                                    \
    memcpy(&value, from + i * from_step, sizeof value);            \
    memcpy(to + i * to_step, &value, sizeof value);                \
  }                                                                \
  break

typedef struct { uint64_t low, high; } wide;

static void copy_row(int64_t n, size_t size, char *to, int64_t to_step, const char *from, int64_t from_step) {
  if (to_step == (int64_t)size && from_step == (int64_t)size) {
    memcpy(to, from, (size_t)n * size);
    return;
  }
  switch (size) {
  case 1: STRIDED(uint8_t);
  case 2: STRIDED(uint16_t);
  case 4: STRIDED(uint32_t);
  case 8: STRIDED(uint64_t);
  case 16: STRIDED(wide);
  default: break;
  }
}

// Two innermost axes in square tiles, so that both sides stay in cache when one runs across memory.
static void copy_plane(const int64_t *shape, size_t size, char *to, const int64_t *to_strides, const char *from,
                       const int64_t *from_strides) {
  enum { side = 32 };
  for (int64_t i = 0; i < shape[0]; i += side) {
    int64_t rows = shape[0] - i < side ? shape[0] - i : side;
    for (int64_t j = 0; j < shape[1]; j += side) {
      int64_t columns = shape[1] - j < side ? shape[1] - j : side;
      for (int64_t r = i; r < i + rows; r++)
        copy_row(columns, size, to + r * to_strides[0] + j * to_strides[1], to_strides[1],
                 from + r * from_strides[0] + j * from_strides[1], from_strides[1]);
    }
  }
}

void fn_copy_strided(int rank, const int64_t *shape_in, size_t size, char *to, const int64_t *to_in, const char *from,
                     const int64_t *from_in) {
  // Neighbouring axes that lie one after the other on both sides are one.
  int64_t shape[64], to_strides[64], from_strides[64], at[64] = {0};
  int n = 0;
  for (int axis = 0; axis < rank; axis++) {
    if (shape_in[axis] == 0) return;
    if (shape_in[axis] == 1) continue;
    if (n > 0 && to_strides[n - 1] == to_in[axis] * shape_in[axis] && from_strides[n - 1] == from_in[axis] * shape_in[axis]) {
      shape[n - 1] *= shape_in[axis];
    } else {
      shape[n++] = shape_in[axis];
    }
    to_strides[n - 1] = to_in[axis];
    from_strides[n - 1] = from_in[axis];
  }
  while (n < 2) {
    for (int i = n; i > 0; i--) {
      shape[i] = shape[i - 1];
      to_strides[i] = to_strides[i - 1];
      from_strides[i] = from_strides[i - 1];
    }
    shape[0] = 1;
    to_strides[0] = from_strides[0] = 0;
    if (n == 0) to_strides[0] = from_strides[0] = (int64_t)size;
    n++;
  }
  for (;;) {
    copy_plane(shape + n - 2, size, to, to_strides + n - 2, from, from_strides + n - 2);
    int axis = n - 3;
    for (; axis >= 0; axis--) {
      to += to_strides[axis];
      from += from_strides[axis];
      if (++at[axis] < shape[axis]) break;
      to -= to_strides[axis] * shape[axis];
      from -= from_strides[axis] * shape[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}
