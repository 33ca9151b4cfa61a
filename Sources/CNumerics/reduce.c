#include <math.h>

#include "clones.h"
#include "elementary.h"
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

// The largest element of a row, in eight parts, so that comparisons do not wait for each other.
INLINE float largest_of(const float *x, size_t count) {
  float part[8], best = -INFINITY;
  for (int j = 0; j < 8; j++) part[j] = -INFINITY;
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; j++) part[j] = x[i + j] > part[j] ? x[i + j] : part[j];
  for (; i < count; i++) best = x[i] > best ? x[i] : best;
  for (int j = 0; j < 8; j++) best = part[j] > best ? part[j] : best;
  return best;
}

CLONES static void softmax_row(const float *restrict x, float *restrict y, size_t length) {
  float largest = largest_of(x, length);
  double part[8] = {0}, sum = 0;
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    for (int j = 0; j < 8; j++) y[i + j] = exp_f32(x[i + j] - largest);
    for (int j = 0; j < 8; j++) part[j] += y[i + j];
  }
  for (; i < length; i++) sum += y[i] = exp_f32(x[i] - largest);
  for (int j = 0; j < 8; j++) sum += part[j];
  float factor = (float)(1 / sum);
  for (i = 0; i < length; i++) y[i] *= factor;
}

void fn_softmax_f32(const float *x, float *y, size_t outer, size_t length, size_t inner, int logarithm) {
  for (size_t o = 0; o < outer; o++, x += length * inner, y += length * inner) {
    if (inner == 1 && !logarithm) {
      softmax_row(x, y, length);
      continue;
    }
    for (size_t i = 0; i < inner; i++) {
      const float *from = x + i;
      float *to = y + i;
      float largest = -INFINITY;
      for (size_t j = 0; j < length; j++) largest = from[j * inner] > largest ? from[j * inner] : largest;
      for (size_t j = 0; j < length; j++) to[j * inner] = logarithm ? from[j * inner] - largest : expf(from[j * inner] - largest);
      double sum = 0;
      for (size_t j = 0; j < length; j++) sum += logarithm ? exp(to[j * inner]) : to[j * inner];
      float shift = (float)log(sum), factor = (float)(1 / sum);
      for (size_t j = 0; j < length; j++) to[j * inner] = logarithm ? to[j * inner] - shift : to[j * inner] * factor;
    }
  }
}

// The sum of squared distances from `mean`, in eight parts.
INLINE double squares_of(const float *x, size_t count, double mean) {
  double part[8] = {0};
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; j++) part[j] += (x[i + j] - mean) * (x[i + j] - mean);
  for (; i < count; i++) part[0] += (x[i] - mean) * (x[i] - mean);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

CLONES void fn_standardize_f32(const float *restrict x, float *restrict y, size_t rows, size_t columns, float epsilon, const float *scale,
                               const float *shift, double *mean, double *inverse) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    double sum;
    fn_reduce_rows_f32(FN_SUM, x, 1, columns, &sum);
    double middle = mean[r] = sum / (double)columns;
    double factor = inverse[r] = 1 / sqrt(squares_of(x, columns, middle) / (double)columns + (double)epsilon);
    for (size_t i = 0; i < columns; i++) y[i] = (float)((x[i] - middle) * factor);
    if (scale) for (size_t i = 0; i < columns; i++) y[i] *= scale[i];
    if (shift) for (size_t i = 0; i < columns; i++) y[i] += shift[i];
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
