// Convolutions, pools and element-wise operations on 32-bit floats in layouts that suit the processor, by oneDNN.
//
// The library is loaded when it is first asked for, so that a process that needs none of this does not pay for it, and so that
// its absence is no failure. Every function that makes something gives null when the library cannot do it: the caller then has
// plain kernels.
#ifndef FERRY_DNN_H
#define FERRY_DNN_H

#include <stddef.h>
#include <stdint.h>

#define FN_DNN_RANK 5
#define FN_DNN_OPERANDS 16
#define FN_DNN_STEPS 12

// Floats with a shape, in any layout. Arrays of results belong to the library's pool and go back to it.
typedef struct fn_dnn_array fn_dnn_array;
// An operation made for operands of certain shapes and layouts.
typedef struct fn_dnn_op fn_dnn_op;

// Whether there is the library. It uses so many threads.
int fn_dnn_open(int threads);

// Row-major floats, which stay the caller's and have to outlive the array. Ranks from 1 to FN_DNN_RANK.
fn_dnn_array *fn_dnn_wrap(int rank, const int64_t *shape, const float *data);
void fn_dnn_release(fn_dnn_array *array);
int fn_dnn_rank(const fn_dnn_array *array);
void fn_dnn_shape(const fn_dnn_array *array, int64_t *shape);
// Writes the elements in row-major order; 0 when that fails.
int fn_dnn_unpack(const fn_dnn_array *array, float *to);

// What follows an operation, element by element, before its result is stored.
typedef enum {
  FN_DNN_RELU, FN_DNN_LINEAR, FN_DNN_CLIP, FN_DNN_SIGMOID, FN_DNN_HARDSWISH, FN_DNN_TANH, FN_DNN_ELU, FN_DNN_ABS, FN_DNN_SQRT,
  FN_DNN_EXP, FN_DNN_GELU, FN_DNN_GELU_TANH, FN_DNN_SWISH, FN_DNN_SOFTPLUS,
  // Adds the operation's second operand, which has the result's shape.
  FN_DNN_SUM,
} fn_dnn_kind;
typedef struct { fn_dnn_kind kind; float alpha, beta; } fn_dnn_step;

typedef struct {
  int spatial;  // axes after the batch and the channels
  int64_t groups;
  int64_t stride[3], dilation[3], before[3], after[3];
  int64_t kernel[3];  // of pools; a convolution's is its weights'
} fn_dnn_window;

// `weight` is [outputs, channels/groups, kernel…], of a transposed convolution [channels, outputs/groups, kernel…].
fn_dnn_op *fn_dnn_conv(int transposed, const fn_dnn_array *x, const fn_dnn_array *weight, const float *bias, const fn_dnn_window *window,
                       const int64_t *out_shape, const fn_dnn_step *steps, int count);
fn_dnn_op *fn_dnn_map(const fn_dnn_array *x, const fn_dnn_step *steps, int count);
typedef enum { FN_DNN_ADD, FN_DNN_MUL, FN_DNN_SUB, FN_DNN_DIV, FN_DNN_MAX, FN_DNN_MIN } fn_dnn_binary;
// `b` has a's rank, and each of its sizes is a's or 1.
fn_dnn_op *fn_dnn_combine(fn_dnn_binary kind, const fn_dnn_array *a, const fn_dnn_array *b, const fn_dnn_step *steps, int count);
typedef enum { FN_DNN_POOL_MAX, FN_DNN_POOL_AVERAGE, FN_DNN_POOL_AVERAGE_PADDED } fn_dnn_pool_kind;
fn_dnn_op *fn_dnn_pool(fn_dnn_pool_kind kind, const fn_dnn_array *x, const fn_dnn_window *window, const int64_t *out_shape);
fn_dnn_op *fn_dnn_concat(int axis, const fn_dnn_array *const *x, int count);
// Repeats each element `factor[i]` times along spatial axis i.
fn_dnn_op *fn_dnn_enlarge(const fn_dnn_array *x, const int64_t *factor);

void fn_dnn_forget(fn_dnn_op *op);
// Whether the operation was made for operands like these.
int fn_dnn_fits(const fn_dnn_op *op, const fn_dnn_array *const *operands, int count);
// `may_reuse`: whether the second operand of FN_DNN_SUM is needed no more, so that its place may take the result.
fn_dnn_array *fn_dnn_run(fn_dnn_op *op, fn_dnn_array *const *operands, int count, int may_reuse);
// Gives the memory back that results of earlier runs took.
void fn_dnn_trim(void);

#endif
