// Elementary functions without branches, for loops that the compiler vectorises.
#ifndef FERRY_ELEMENTARY_H
#define FERRY_ELEMENTARY_H

#include <math.h>
#include <stdint.h>

#include "clones.h"

// Within 2 ulp of eˣ; exact infinities, zero below the subnormals.
INLINE float exp_f32(float x) {
  // What comes out as zero is not computed: arithmetic on subnormals is slow, and masked rows are full of it.
  float clamped = x > 89.0f ? 89.0f : x;
  clamped = clamped < -104.0f ? 0.0f : clamped;
  float n = rintf(clamped * 1.44269504f);
  float r = clamped - n * 0.693145752f;
  r = r - n * 1.42860677e-6f;
  float p = 1.98756915e-4f;
  p = p * r + 1.39819994e-3f;
  p = p * r + 8.33345205e-3f;
  p = p * r + 4.16657962e-2f;
  p = p * r + 1.66666657e-1f;
  p = p * r + 5.0e-1f;
  p = p * r * r + r + 1.0f;
  // 2ⁿ in two factors, so that subnormals come out.
  int32_t whole = (int32_t)n, half = whole / 2;
  union { int32_t bits; float value; } a = {(half + 127) << 23}, b = {(whole - half + 127) << 23};
  float y = p * a.value * b.value;
  y = x < -104.0f ? 0.0f : y;
  return x != x ? x : y;
}

// Within 1 ulp of erf(x) (minimax polynomials in two ranges).
INLINE float erf_f32(float x) {
  // Beyond 4 it is 1 in 32 bits, and what would be subtracted from 1 is subnormal further on.
  float t = fabsf(x), s;
  t = t > 4.0f ? 4.0f : t;
  s = t * t;
  float r = -1.72853470e-5f * t + 3.83197126e-4f;
  float u = -3.88396438e-3f * t + 2.42546219e-2f;
  r = r * s + u;
  r = r * t - 1.06777877e-1f;
  r = r * t - 6.34846687e-1f;
  r = r * t - 1.28717512e-1f;
  r = r * t - t;
  float far = copysignf(1.0f - exp_f32(r), x);
  float q = -5.96761703e-4f;
  q = q * s + 4.99119423e-3f;
  q = q * s - 2.67681349e-2f;
  q = q * s + 1.12819925e-1f;
  q = q * s - 3.76125336e-1f;
  q = q * s + 1.28379166e-1f;
  float near = q * x + x;
  return t > 0.927734375f ? far : near;
}

INLINE float tanh_f32(float x) {
  float t = fabsf(x), s = x * x;
  float far = copysignf(1.0f - 2.0f / (exp_f32(2.0f * t) + 1.0f), x);
  float q = -6.197164606e-03f;
  q = q * s + 2.101912750e-02f;
  q = q * s + -5.384005263e-02f;
  q = q * s + 1.333247422e-01f;
  q = q * s + -3.333331439e-01f;
  float near = q * s * x + x;
  return t < 0.55f ? near : x != x ? x : far;
}

INLINE float sigmoid_f32(float x) {
  float e = exp_f32(-fabsf(x));
  float y = 1.0f / (1.0f + e);
  return x < 0 ? e * y : y;
}

#endif
