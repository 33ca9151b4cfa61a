#include <string.h>

#include "clones.h"
#include "numerics.h"

#if defined(__FLT16_MANT_DIG__)
CLONES void fn_f16_to_f32(const uint16_t *restrict x, float *restrict y, size_t count) {
  const _Float16 *half = (const _Float16 *)x;
  for (size_t i = 0; i < count; i++) y[i] = (float)half[i];
}

CLONES void fn_f32_to_f16(const float *restrict x, uint16_t *restrict y, size_t count) {
  _Float16 *half = (_Float16 *)y;
  for (size_t i = 0; i < count; i++) half[i] = (_Float16)x[i];
}
#else
#error "a compiler with _Float16 is needed"
#endif

CLONES void fn_bf16_to_f32(const uint16_t *restrict x, float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = (uint32_t)x[i] << 16;
    memcpy(&y[i], &bits, 4);
  }
}

CLONES void fn_f32_to_bf16(const float *restrict x, uint16_t *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &x[i], 4);
    uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    y[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16 & 0x8000) | 0x7fc0 : rounded);
  }
}
