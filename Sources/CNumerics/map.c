#include <math.h>
#include <string.h>

#include "clones.h"
#include "elementary.h"
#include "numerics.h"

INLINE float hard_swish_f32(float x) {
  float v = x * (1.0f / 6.0f) + 0.5f;
  v = v < 0.0f ? 0.0f : v;
  return x * (v > 1.0f ? 1.0f : v);
}

INLINE float gelu_f32(float x) { return 0.5f * x * (1.0f + erf_f32(x * 0.707106781f)); }

INLINE float gelu_tanh_f32(float x) { return 0.5f * x * (1.0f + tanh_f32(0.797884561f * (x + 0.044715f * x * x * x))); }

INLINE float softplus_f32(float x) { return (x > 0.0f ? x : 0.0f) + log1pf(expf(-fabsf(x))); }

// `x` and `y` are one place or apart: said, because a check for overlap would send one place to a loop of single elements. Loops that
// call the C library stay as they are, without a warning.
#pragma clang diagnostic ignored "-Wpass-failed"
#define MAP(expression)                          \
  _Pragma("clang loop vectorize(assume_safety)") \
  for (size_t i = 0; i < count; i++) {           \
    float v = x[i];                              \
    y[i] = (expression);                         \
  }                                              \
  break

CLONES void fn_map_f32(fn_unary function, float alpha, float beta, const float *x, float *y, size_t count) {
  switch (function) {
  case FN_EXP: MAP(exp_f32(v));
  case FN_LOG: MAP(logf(v));
  case FN_SQRT: MAP(sqrtf(v));
  case FN_RECIPROCAL: MAP(1.0f / v);
  case FN_ERF: MAP(erf_f32(v));
  case FN_TANH: MAP(tanh_f32(v));
  case FN_SIGMOID: MAP(sigmoid_f32(v));
  case FN_HARD_SIGMOID: {
    for (size_t i = 0; i < count; i++) {
      float v = alpha * x[i] + beta;
      v = v < 0.0f ? 0.0f : v;
      y[i] = v > 1.0f ? 1.0f : v;
    }
    break;
  }
  case FN_HARD_SWISH: MAP(hard_swish_f32(v));
  case FN_LEAKY_RELU: MAP(v < 0.0f ? alpha * v : v);
  case FN_SOFTPLUS: MAP(softplus_f32(v));
  case FN_SOFTSIGN: MAP(v / (1.0f + fabsf(v)));
  case FN_ABS: MAP(fabsf(v));
  case FN_NEG: MAP(-v);
  case FN_FLOOR: MAP(floorf(v));
  case FN_CEIL: MAP(ceilf(v));
  case FN_ROUND: MAP(rintf(v));
  case FN_SIN: MAP(sinf(v));
  case FN_COS: MAP(cosf(v));
  case FN_RELU: MAP(v < 0.0f ? 0.0f : v);
  case FN_GELU: MAP(gelu_f32(v));
  case FN_GELU_TANH: MAP(gelu_tanh_f32(v));
  }
}

CLONES static void step(const fn_dnn_step *step, const float *added, const float *x, float *y, size_t count) {
  float alpha = step->alpha, beta = step->beta;
  switch (step->kind) {
  case FN_DNN_RELU: MAP(v < 0.0f ? alpha * v : v);
  case FN_DNN_LINEAR: MAP(alpha * v + beta);
  case FN_DNN_CLIP: MAP(v < alpha ? alpha : v > beta ? beta : v);
  case FN_DNN_SIGMOID: MAP(sigmoid_f32(v));
  case FN_DNN_HARDSWISH: MAP(hard_swish_f32(v));
  case FN_DNN_TANH: MAP(tanh_f32(v));
  case FN_DNN_ELU: MAP(v < 0.0f ? alpha * expm1f(v) : v);
  case FN_DNN_ABS: MAP(fabsf(v));
  case FN_DNN_SQRT: MAP(sqrtf(v));
  case FN_DNN_EXP: MAP(exp_f32(v));
  case FN_DNN_GELU: MAP(gelu_f32(v));
  case FN_DNN_GELU_TANH: MAP(gelu_tanh_f32(v));
  case FN_DNN_SWISH: MAP(v * sigmoid_f32(alpha * v));
  case FN_DNN_SOFTPLUS: MAP(softplus_f32(v));
  case FN_DNN_SUM: MAP(v + added[i]);
  }
}

void fn_steps_f32(const fn_dnn_step *steps, int count, const float *added, const float *x, float *y, size_t size) {
  enum { piece = 2048 };  // what stays in cache from one step to the next
  for (size_t i = 0; i < size; i += piece) {
    size_t width = size - i < piece ? size - i : piece;
    for (int s = 0; s < count; s++) step(&steps[s], added ? added + i : NULL, s == 0 ? x + i : y + i, y + i, width);
  }
}

CLONES void fn_add_f32(const float *x, float *y, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += x[i];
}
