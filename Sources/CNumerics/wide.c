// Matrix products in 64-bit floats and 32-bit integers, four rows of A and a strip of B's columns at a time.
#include "clones.h"
#include "numerics.h"

enum { STRIP = 512 };

#define PRODUCT(T)                                                                        \
  for (size_t j0 = 0; j0 < n; j0 += STRIP) {                                              \
    size_t w = n - j0 < STRIP ? n - j0 : STRIP, i = 0;                                    \
    for (; i + 4 <= m; i += 4) {                                                          \
      const T *r = (const T *)a + i * a_row;                                              \
      T *restrict c0 = (T *)c + i * c_row + j0, *restrict c1 = c0 + c_row;                \
      T *restrict c2 = c1 + c_row, *restrict c3 = c2 + c_row;                             \
      for (size_t p = 0; p < k; p++) {                                                    \
        const T *restrict q = (const T *)b + p * b_row + j0;                              \
        T f0 = r[p * a_column], f1 = r[a_row + p * a_column];                             \
        T f2 = r[2 * a_row + p * a_column], f3 = r[3 * a_row + p * a_column];             \
        for (size_t j = 0; j < w; j++) {                                                  \
          T v = q[j];                                                                     \
          c0[j] += f0 * v, c1[j] += f1 * v, c2[j] += f2 * v, c3[j] += f3 * v;             \
        }                                                                                 \
      }                                                                                   \
    }                                                                                     \
    for (; i < m; i++) {                                                                  \
      T *restrict c0 = (T *)c + i * c_row + j0;                                           \
      for (size_t p = 0; p < k; p++) {                                                    \
        const T *restrict q = (const T *)b + p * b_row + j0;                              \
        T f0 = ((const T *)a)[i * a_row + p * a_column];                                  \
        for (size_t j = 0; j < w; j++) c0[j] += f0 * q[j];                                \
      }                                                                                   \
    }                                                                                     \
  }

CLONES void fn_gemm_add_f64(size_t m, size_t n, size_t k, const double *a, size_t a_row, size_t a_column, const double *b,
                            size_t b_row, double *c, size_t c_row) {
  PRODUCT(double)
}

CLONES void fn_gemm_add_i32(size_t m, size_t n, size_t k, const int32_t *a, size_t a_row, size_t a_column, const int32_t *b,
                            size_t b_row, int32_t *c, size_t c_row) {
  PRODUCT(uint32_t)
}
