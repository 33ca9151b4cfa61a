#include <math.h>

#include "clones.h"
#include "numerics.h"

// Eight partial sums, so that the additions do not wait for each other.
#define FOLD(initial, expression)                                         \
  for (size_t r = 0; r < rows; r++, x += columns) {                       \
    double part[8] = {initial, initial, initial, initial, initial, initial, initial, initial}; \
    size_t i = 0;                                                         \
    for (; i + 8 <= columns; i += 8)                                      \
      for (int j = 0; j < 8; j++) { double s = part[j], v = x[i + j]; part[j] = (expression); } \
    for (; i < columns; i++) { double s = part[0], v = x[i]; part[0] = (expression); } \
    y[r] = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7])); \
  }                                                                       \
  break

CLONES void fn_reduce_rows_f32(fn_reduction function, const float *restrict x, size_t rows, size_t columns, double *restrict y) {
  switch (function) {
  case FN_SUM: FOLD(0, s + v);
  case FN_SUM_ABS: FOLD(0, s + fabs(v));
  case FN_SUM_SQUARE: FOLD(0, s + v * v);
  case FN_LARGEST:
    for (size_t r = 0; r < rows; r++, x += columns) {
      float best = -INFINITY, nan = 0;
      for (size_t i = 0; i < columns; i++) {
        best = x[i] > best ? x[i] : best;
        nan = x[i] != x[i] ? x[i] : nan;
      }
      y[r] = nan != nan ? nan : best;
    }
    break;
  case FN_SMALLEST:
    for (size_t r = 0; r < rows; r++, x += columns) {
      float best = INFINITY, nan = 0;
      for (size_t i = 0; i < columns; i++) {
        best = x[i] < best ? x[i] : best;
        nan = x[i] != x[i] ? x[i] : nan;
      }
      y[r] = nan != nan ? nan : best;
    }
    break;
  }
}

void fn_softmax_f32(const float *x, float *y, size_t outer, size_t length, size_t inner, int logarithm) {
  for (size_t o = 0; o < outer; o++, x += length * inner, y += length * inner) {
    for (size_t i = 0; i < inner; i++) {
      const float *from = x + i;
      float *to = y + i;
      float largest = -INFINITY;
      for (size_t j = 0; j < length; j++) largest = from[j * inner] > largest ? from[j * inner] : largest;
      if (inner == 1) {
        for (size_t j = 0; j < length; j++) to[j] = from[j] - largest;
        if (!logarithm) fn_map_f32(FN_EXP, 0, 0, to, to, length);
      } else {
        for (size_t j = 0; j < length; j++) to[j * inner] = logarithm ? from[j * inner] - largest : expf(from[j * inner] - largest);
      }
      double sum = 0;
      for (size_t j = 0; j < length; j++) sum += logarithm ? exp(to[j * inner]) : to[j * inner];
      float shift = (float)log(sum), factor = (float)(1 / sum);
      for (size_t j = 0; j < length; j++) to[j * inner] = logarithm ? to[j * inner] - shift : to[j * inner] * factor;
    }
  }
}

CLONES void fn_scale_rows_f32(const float *restrict x, float *restrict y, size_t rows, size_t columns, size_t channels,
                              const float *factor, const float *shift) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    float f = factor[r % channels], s = shift[r % channels];
    for (size_t i = 0; i < columns; i++) y[i] = x[i] * f + s;
  }
}

CLONES void fn_resample_f32(const float *restrict x, float *restrict y, size_t outer, size_t length, size_t inner,
                            size_t out_length, size_t taps, const int64_t *position, const float *weight) {
  for (size_t o = 0; o < outer; o++, x += length * inner)
    for (size_t j = 0; j < out_length; j++, y += inner) {
      const int64_t *at = position + j * taps;
      const float *w = weight + j * taps;
      for (size_t i = 0; i < inner; i++) y[i] = 0;
      for (size_t t = 0; t < taps; t++) {
        if (w[t] == 0) continue;
        const float *from = x + (size_t)at[t] * inner;
        for (size_t i = 0; i < inner; i++) y[i] += w[t] * from[i];
      }
    }
}
