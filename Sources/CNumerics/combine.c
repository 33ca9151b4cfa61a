#include <math.h>

#include "clones.h"
#include "numerics.h"

INLINE float modulo(float a, float b) {
  float r = fmodf(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : copysignf(r, r == 0 ? b : r);
}

// `y` is one place with an operand or apart from both: said, because a check for overlap would send one place to a loop of single
// elements. Loops that call the C library stay as they are, without a warning.
#pragma clang diagnostic ignored "-Wpass-failed"
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (int64_t i = 0; i < n; i++)

// One row; steps are 0 or anything else.
#define ROW(expression)                                                 \
  if (sa == 1 && sb == 1) {                                             \
    EACH { float u = a[i], v = b[i]; y[i] = (expression); }             \
  } else if (sa == 1 && sb == 0) {                                      \
    float v = *b;                                                       \
    EACH { float u = a[i]; y[i] = (expression); }                       \
  } else if (sa == 0 && sb == 1) {                                      \
    float u = *a;                                                       \
    EACH { float v = b[i]; y[i] = (expression); }                       \
  } else {                                                              \
    EACH { float u = a[i * sa], v = b[i * sb]; y[i] = (expression); }   \
  }                                                                     \
  break

CLONES static void combine_row(fn_binary function, int64_t n, const float *a, int64_t sa, const float *b, int64_t sb,
                               float *y) {
  switch (function) {
  case FN_ADD: ROW(u + v);
  case FN_SUB: ROW(u - v);
  case FN_MUL: ROW(u * v);
  case FN_DIV: ROW(u / v);
  case FN_MIN: ROW(u != u ? u : u > v || v != v ? v : u);
  case FN_MAX: ROW(u != u ? u : u < v || v != v ? v : u);
  case FN_POW:
    if (sb == 0 && *b == 2.0f) {
      EACH y[i] = a[i * sa] * a[i * sa];
      break;
    }
    ROW(powf(u, v));
  case FN_PRELU: ROW(u < 0.0f ? u * v : u);
  case FN_FMOD: ROW(fmodf(u, v));
  case FN_MOD: ROW(modulo(u, v));
  }
}

void fn_combine_f32(fn_binary function, int rank, const int64_t *shape, const float *a, const int64_t *a_strides,
                    const float *b, const int64_t *b_strides, float *y) {
  if (rank == 0) {
    combine_row(function, 1, a, 0, b, 0, y);
    return;
  }
  int64_t at[64] = {0};
  int64_t n = shape[rank - 1];
  for (;;) {
    combine_row(function, n, a, a_strides[rank - 1], b, b_strides[rank - 1], y);
    y += n;
    int axis = rank - 2;
    for (; axis >= 0; axis--) {
      a += a_strides[axis];
      b += b_strides[axis];
      if (++at[axis] < shape[axis]) break;
      a -= a_strides[axis] * shape[axis];
      b -= b_strides[axis] * shape[axis];
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}
