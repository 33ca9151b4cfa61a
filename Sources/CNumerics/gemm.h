// The blocked matrix product behind fn_gemm_f32 and fn_conv_f32.
#ifndef FERRY_GEMM_H
#define FERRY_GEMM_H
#include <stddef.h>

enum { GEMM_MR = 6, GEMM_NR = 16, GEMM_MC = 96, GEMM_KC = 256, GEMM_NC = 512 };

// Writes rows [k0, k0 + k) of columns [n0, n0 + n) into panels of GEMM_NR columns, the last one filled with zeros.
typedef void (*gemm_pack)(const void *context, size_t k0, size_t k, size_t n0, size_t n, float *panels);

// C[0..<m, n0..<n1] = A · B + bias by row. `c` is at row 0, column 0.
void gemm_blocked(size_t m, size_t n0, size_t n1, size_t k, const float *a, size_t a_row, size_t a_column, gemm_pack pack,
                  const void *context, const float *bias, float *c, size_t c_row, float *scratch);
#endif
