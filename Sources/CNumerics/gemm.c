#include "gemm.h"

#include <string.h>

#include "clones.h"
#include "numerics.h"

typedef float lane __attribute__((vector_size(32), aligned(4)));

size_t fn_gemm_scratch(void) { return (size_t)GEMM_MC * GEMM_KC + (size_t)GEMM_KC * GEMM_NC + GEMM_MR * GEMM_NR; }

// One tile of GEMM_MR × GEMM_NR; unless it is the first along k, added to what `c` holds.
CLONES static void tile(size_t k, const float *restrict a, const float *restrict b, float *restrict c, size_t c_row, int is_first) {
  lane sum[GEMM_MR][2];
  for (int i = 0; i < GEMM_MR; i++) sum[i][0] = sum[i][1] = (lane){0};
  for (size_t p = 0; p < k; p++, a += GEMM_MR, b += GEMM_NR) {
    lane b0 = *(const lane *)b, b1 = *(const lane *)(b + 8);
#pragma unroll
    for (int i = 0; i < GEMM_MR; i++) {
      sum[i][0] += a[i] * b0;
      sum[i][1] += a[i] * b1;
    }
  }
  for (int i = 0; i < GEMM_MR; i++) {
    lane *low = (lane *)(c + i * c_row), *high = (lane *)(c + i * c_row + 8);
    *low = is_first ? sum[i][0] : *low + sum[i][0];
    *high = is_first ? sum[i][1] : *high + sum[i][1];
  }
}

static void pack_rows(const float *a, size_t a_row, size_t a_column, size_t m, size_t k, float *panel) {
  for (size_t i = 0; i < m; i += GEMM_MR, panel += k * GEMM_MR) {
    size_t rows = m - i < GEMM_MR ? m - i : GEMM_MR;
    for (size_t p = 0; p < k; p++)
      for (size_t r = 0; r < GEMM_MR; r++) panel[p * GEMM_MR + r] = r < rows ? a[(i + r) * a_row + p * a_column] : 0;
  }
}

static void block(size_t m, size_t n, size_t k, const float *rows, const float *columns, float *c, size_t c_row, float *edge,
                  int is_first) {
  for (size_t j = 0; j < n; j += GEMM_NR)
    for (size_t i = 0; i < m; i += GEMM_MR) {
      const float *a = rows + i * k, *b = columns + j * k;
      size_t height = m - i < GEMM_MR ? m - i : GEMM_MR, width = n - j < GEMM_NR ? n - j : GEMM_NR;
      float *to = c + i * c_row + j;
      if (height == GEMM_MR && width == GEMM_NR) {
        tile(k, a, b, to, c_row, is_first);
        continue;
      }
      tile(k, a, b, edge, GEMM_NR, 1);
      for (size_t r = 0; r < height; r++)
        for (size_t s = 0; s < width; s++) to[r * c_row + s] = edge[r * GEMM_NR + s] + (is_first ? 0 : to[r * c_row + s]);
    }
}

void gemm_blocked(size_t m, size_t n0, size_t n1, size_t k, const float *a, size_t a_row, size_t a_column, gemm_pack pack,
                  const void *context, const float *bias, float *c, size_t c_row, float *scratch) {
  float *rows = scratch, *columns = rows + (size_t)GEMM_MC * GEMM_KC, *edge = columns + (size_t)GEMM_KC * GEMM_NC;
  for (size_t r = 0; r < m && (bias || k == 0); r++)
    for (size_t s = n0; s < n1; s++) c[r * c_row + s] = bias ? bias[r] : 0;
  for (size_t j = n0; j < n1; j += GEMM_NC) {
    size_t width = n1 - j < GEMM_NC ? n1 - j : GEMM_NC;
    for (size_t p = 0; p < k; p += GEMM_KC) {
      size_t depth = k - p < GEMM_KC ? k - p : GEMM_KC;
      pack(context, p, depth, j, width, columns);
      for (size_t i = 0; i < m; i += GEMM_MC) {
        size_t height = m - i < GEMM_MC ? m - i : GEMM_MC;
        pack_rows(a + i * a_row + p * a_column, a_row, a_column, height, depth, rows);
        block(height, width, depth, rows, columns, c + i * c_row + j, c_row, edge, p == 0 && !bias);
      }
    }
  }
}

typedef struct { const float *b; size_t row, column; } matrix;

static void pack_matrix(const void *context, size_t k0, size_t k, size_t n0, size_t n, float *panel) {
  const matrix *b = context;
  for (size_t j = 0; j < n; j += GEMM_NR, panel += k * GEMM_NR) {
    size_t width = n - j < GEMM_NR ? n - j : GEMM_NR;
    const float *from = b->b + k0 * b->row + (n0 + j) * b->column;
    for (size_t p = 0; p < k; p++) {
      float *to = panel + p * GEMM_NR;
      const float *row = from + p * b->row;
      if (width == GEMM_NR && b->column == 1) {
        memcpy(to, row, GEMM_NR * sizeof(float));
      } else {
        for (size_t s = 0; s < GEMM_NR; s++) to[s] = s < width ? row[s * b->column] : 0;
      }
    }
  }
}

void fn_gemm_f32(size_t m, size_t n, size_t k, const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row,
                 size_t b_column, float *c, size_t c_row, float *scratch) {
  matrix context = {b, b_row, b_column};
  gemm_blocked(m, 0, n, k, a, a_row, a_column, pack_matrix, &context, NULL, c, c_row, scratch);
}

size_t fn_gemm_packed_size(size_t k, size_t n) { return k * ((n + GEMM_NR - 1) / GEMM_NR * GEMM_NR); }

void fn_gemm_pack_f32(size_t k, size_t n, const float *b, size_t b_row, size_t b_column, float *panels) {
  matrix context = {b, b_row, b_column};
  for (size_t p = 0; p < k; p += GEMM_KC) {
    size_t depth = k - p < GEMM_KC ? k - p : GEMM_KC;
    pack_matrix(&context, p, depth, 0, n, panels + fn_gemm_packed_size(p, n));
  }
}

void fn_gemm_packed_f32(size_t m, size_t n, size_t k, size_t n0, size_t n1, const float *a, size_t a_row, const float *panels,
                        const fn_ending *ending, float *c, size_t c_row, float *scratch) {
  float *rows = scratch, *edge = rows + (size_t)GEMM_MC * GEMM_KC;
  for (size_t i = 0; i < m; i += GEMM_MC) {
    size_t height = m - i < GEMM_MC ? m - i : GEMM_MC;
    for (size_t p = 0; p < k; p += GEMM_KC) {
      size_t depth = k - p < GEMM_KC ? k - p : GEMM_KC;
      pack_rows(a + i * a_row + p, a_row, 1, height, depth, rows);
      block(height, n1 - n0, depth, rows, panels + fn_gemm_packed_size(p, n) + n0 * depth, c + i * c_row + n0, c_row, edge, p == 0);
    }
    for (size_t r = i; r < i + height; r++) {
      float *row = c + r * c_row + n0;
      if (ending->bias) fn_add_f32(ending->bias + n0, row, n1 - n0);
      fn_steps_f32(ending->steps, ending->count, ending->added ? ending->added + r * c_row + n0 : NULL, row, row, n1 - n0);
    }
  }
}
