// The hot loops of the kernels. Nothing here checks bounds, allocates more than it says, or keeps state.
#ifndef FERRY_NUMERICS_H
#define FERRY_NUMERICS_H

#include <stddef.h>
#include <stdint.h>

#include "dnn.h"

// Runs pieces 0 ..< `pieces` on several threads, which stay for the next time. Piece by piece on this one when they are busy.
typedef void (*fn_piece)(void *context, size_t index);
void fn_divide(int threads, size_t pieces, fn_piece run, void *context);

// Element-wise functions of one operand. `alpha` and `beta` are the function's parameters.
typedef enum {
  FN_EXP, FN_LOG, FN_SQRT, FN_RECIPROCAL, FN_ERF, FN_TANH, FN_SIGMOID, FN_HARD_SIGMOID, FN_HARD_SWISH, FN_LEAKY_RELU,
  FN_SOFTPLUS, FN_SOFTSIGN, FN_ABS, FN_NEG, FN_FLOOR, FN_CEIL, FN_ROUND, FN_SIN, FN_COS, FN_RELU, FN_GELU, FN_GELU_TANH,
} fn_unary;

void fn_map_f32(fn_unary function, float alpha, float beta, const float *x, float *y, size_t count);

// The steps one after the other, from `x` to `y`, which may be one place. `added` is what FN_DNN_SUM adds.
void fn_steps_f32(const fn_dnn_step *steps, int count, const float *added, const float *x, float *y, size_t size);
// y += x.
void fn_add_f32(const float *x, float *y, size_t count);

// Element-wise functions of two operands.
typedef enum {
  FN_ADD, FN_SUB, FN_MUL, FN_DIV, FN_MIN, FN_MAX, FN_POW, FN_PRELU, FN_FMOD, FN_MOD,
} fn_binary;

// `y` is contiguous of `shape`; strides of the operands are in elements, 0 along broadcast axes.
void fn_combine_f32(fn_binary function, int rank, const int64_t *shape, const float *a, const int64_t *a_strides,
                    const float *b, const int64_t *b_strides, float *y);

// Copies elements of `size` bytes from one strided place to another; strides are in bytes and may be 0 or negative.
void fn_copy_strided(int rank, const int64_t *shape, size_t size, char *to, const int64_t *to_strides,
                     const char *from, const int64_t *from_strides);

// Half precision.
void fn_f16_to_f32(const uint16_t *x, float *y, size_t count);
void fn_f32_to_f16(const float *x, uint16_t *y, size_t count);
void fn_bf16_to_f32(const uint16_t *x, float *y, size_t count);
void fn_f32_to_bf16(const float *x, uint16_t *y, size_t count);

// Reductions of each of `rows` rows of `columns` elements.
typedef enum { FN_SUM, FN_SUM_ABS, FN_SUM_SQUARE, FN_LARGEST, FN_SMALLEST } fn_reduction;
void fn_reduce_rows_f32(fn_reduction function, const float *x, size_t rows, size_t columns, double *y);

// eˣ/Σeˣ, or its logarithm, of each row; `stride` is between the elements of a row, rows are `inner` interleaved.
void fn_softmax_f32(const float *x, float *y, size_t outer, size_t length, size_t inner, int logarithm);

// (x - mean) · inverse · scale + shift of each row, and the rows' mean and 1/√(variance + ε); scale and shift have one element a column
// and may be null.
void fn_standardize_f32(const float *x, float *y, size_t rows, size_t columns, float epsilon, const float *scale, const float *shift,
                        double *mean, double *inverse);

// y = x · factor + shift, one factor and shift for each of `rows` rows.
void fn_scale_rows_f32(const float *x, float *y, size_t rows, size_t columns, size_t channels, const float *factor, const float *shift);

// C[m,n] = A[m,k] · B[k,n], row and column strides in elements; C has unit column stride. `scratch` is fn_gemm_scratch() floats.
size_t fn_gemm_scratch(void);
void fn_gemm_f32(size_t m, size_t n, size_t k, const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row,
                 size_t b_column, float *c, size_t c_row, float *scratch);

// The same with B laid out beforehand in fn_gemm_packed_size() floats, for columns [n0, n1) of all n; n0 is a multiple of 16. Then a
// bias is added, one element a column, and steps are taken; FN_DNN_SUM adds `added`, whose rows lie as those of C.
typedef struct {
  const float *bias, *added;
  const fn_dnn_step *steps;
  int count;
} fn_ending;
size_t fn_gemm_packed_size(size_t k, size_t n);
void fn_gemm_pack_f32(size_t k, size_t n, const float *b, size_t b_row, size_t b_column, float *panels);
void fn_gemm_packed_f32(size_t m, size_t n, size_t k, size_t n0, size_t n1, const float *a, size_t a_row, const float *panels,
                        const fn_ending *ending, float *c, size_t c_row, float *scratch);

// C[m,n] += A[m,k] · B[k,n], row strides in elements and for A column strides too. Integers wrap.
void fn_gemm_add_f64(size_t m, size_t n, size_t k, const double *a, size_t a_row, size_t a_column, const double *b, size_t b_row,
                     double *c, size_t c_row);
void fn_gemm_add_i32(size_t m, size_t n, size_t k, const int32_t *a, size_t a_row, size_t a_column, const int32_t *b, size_t b_row,
                     int32_t *c, size_t c_row);

// A convolution over three spatial axes of one image; fewer axes have size 1 in front.
typedef struct {
  int64_t channels, outputs;         // of one group
  int64_t in[3], kernel[3], out[3];  // sizes
  int64_t stride[3], dilation[3], before[3];
} fn_conv;

// Output channels [m0, m1) at the output positions [n0, n1) of one group. `x`, `weight`, `y` are the group's.
void fn_conv_f32(const fn_conv *c, const float *x, const float *weight, const float *bias, float *y, int64_t m0, int64_t m1,
                 int64_t n0, int64_t n1, float *scratch);
// One input channel to one output channel.
void fn_conv_depthwise_f32(const fn_conv *c, const float *x, const float *weight, float bias, float *y);
// Adds columns [rows = outputs·kernel, count] at input positions from `n0` into the image `y` of sizes `out`.
void fn_col2im_f32(const fn_conv *c, const float *columns, int64_t n0, int64_t count, float *y);

// Pools over three spatial axes of one channel.
void fn_pool_average_f32(const fn_conv *c, const float *x, float *y, const int64_t *after, int count_pads);
void fn_pool_max_f32(const fn_conv *c, const float *x, float *y, int64_t *index);

// y[o, j, i] = Σ_t weight[j, t] · x[o, position[j, t], i].
void fn_resample_f32(const float *x, float *y, size_t outer, size_t length, size_t inner, size_t out_length, size_t taps,
                     const int64_t *position, const float *weight);

#endif
