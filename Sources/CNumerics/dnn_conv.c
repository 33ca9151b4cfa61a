#include "dnn_parts.h"

#ifdef FERRY_HAS_DNNL

#include <stdlib.h>

typedef union { dnnl_convolution_desc_t conv; dnnl_deconvolution_desc_t deconv; } conv_desc;

// Weights and bias as they are given.
typedef struct {
  dnnl_memory_desc_t weight_desc, bias_desc;
  const float *weight, *bias;
} parameters;

// Weights with the groups as an axis of their own, outputs before channels.
static int describe_weight(dnnl_memory_desc_t *desc, const fn_dnn_array *weight, int transposed, int64_t groups, dnnl_memory_desc_t *any) {
  const dnnl_dim_t *shape = weight->desc.dims;
  int rank = weight->desc.ndims, shift = groups > 1;
  if (rank + shift > 6 || shape[0] % groups) return 0;
  dnnl_dims_t dims, strides;
  int64_t taps = 1;
  for (int i = rank - 1; i >= 2; i--) {
    dims[i + shift] = shape[i];
    strides[i + shift] = taps;
    taps *= shape[i];
  }
  if (shift) {
    dims[0] = groups;
    strides[0] = shape[0] / groups * shape[1] * taps;
  }
  int outer = transposed ? 1 : 0;
  dims[outer + shift] = shape[0] / groups;
  strides[outer + shift] = shape[1] * taps;
  dims[1 - outer + shift] = shape[1];
  strides[1 - outer + shift] = taps;
  return dnn.memory_desc_init_by_strides(desc, rank + shift, dims, dnnl_f32, strides) == dnnl_success &&
         dnn_describe(any, rank + shift, dims, dnnl_format_tag_any);
}

// The operation with its weights brought into the layout that it wants; the lock is held.
static fn_dnn_op *make(const conv_desc *operation, const fn_dnn_array *x, const parameters *given, const fn_dnn_step *steps, int count) {
  dnnl_primitive_desc_t desc = dnn_choose(operation, steps, count);
  fn_dnn_op *op = dnn_begin(desc, 1, &x);
  if (!op) {
    if (desc) dnn.primitive_desc_destroy(desc);
    return NULL;
  }
  op->weight = dnn_reordered(&given->weight_desc, given->weight, dnn.primitive_desc_query_md(desc, dnnl_query_weights_md, 0));
  if (given->bias) op->bias = dnn_reordered(&given->bias_desc, given->bias, &given->bias_desc);
  for (int i = 0; i < count; i++)
    if (steps[i].kind == FN_DNN_SUM) op->sum = 1;
  if (op->sum == 1) {
    op->count = 2;
    op->given[1] = op->wanted[1] = *dnn.primitive_desc_query_md(desc, dnnl_query_dst_md, 0);
  }
  if (op->weight && (op->bias || !given->bias)) return dnn_finish(op, desc);
  dnn.primitive_desc_destroy(desc);
  fn_dnn_forget(op);
  return NULL;
}

// Whether a transposed convolution's kernel is its stride, so that no two taps meet.
static int is_tiled(const fn_dnn_array *x, const fn_dnn_array *weight, const fn_dnn_window *window, const int64_t *out_shape) {
  if (x->desc.ndims != 4 || window->groups != 1) return 0;
  for (int i = 0; i < 2; i++) {
    int64_t taps = weight->desc.dims[2 + i];
    if (window->stride[i] != taps || window->before[i] || window->after[i] || (taps > 1 && window->dilation[i] != 1) ||
        out_shape[2 + i] != x->desc.dims[2 + i] * taps)
      return 0;
  }
  return 1;
}

// Weights [channels, outputs, taps] as [taps, outputs, channels], and the bias once for each tap.
static int arrange_taps(const fn_dnn_array *weight, const float *bias, float **arranged, float **repeated) {
  const dnnl_dim_t *shape = weight->desc.dims;
  int64_t channels = shape[0], outputs = shape[1], taps = shape[2] * shape[3];
  *arranged = malloc(sizeof(float) * (size_t)(channels * outputs * taps));
  *repeated = bias ? malloc(sizeof(float) * (size_t)(outputs * taps)) : NULL;
  if (!*arranged || (bias && !*repeated)) return 0;
  for (int64_t t = 0; t < taps; t++)
    for (int64_t o = 0; o < outputs; o++) {
      for (int64_t c = 0; c < channels; c++) (*arranged)[(t * outputs + o) * channels + c] = weight->data[(c * outputs + o) * taps + t];
      if (bias) (*repeated)[t * outputs + o] = bias[o];
    }
  return 1;
}

// What each position becomes, [height, width, tap rows, tap columns · outputs], goes to its places,
// [height, tap rows, width, tap columns · outputs], with channels last on both sides.
static fn_dnn_op *spread(fn_dnn_op *op, const dnnl_dim_t *in, const dnnl_dim_t *weight, const int64_t *out_shape) {
  int64_t run = weight[3] * weight[1], rows = weight[2], width = in[3];
  const dnnl_dims_t dims = {in[0] * in[2], width, rows, run};
  const dnnl_dims_t from = {width * rows * run, rows * run, run, 1}, to = {width * rows * run, run, width * run, 1};
  op->tiles = op->result;
  int isGood = dnn.memory_desc_init_by_strides(&op->tile_from, 4, dims, dnnl_f32, from) == dnnl_success &&
               dnn.memory_desc_init_by_strides(&op->tile_to, 4, dims, dnnl_f32, to) == dnnl_success &&
               dnn_describe(&op->result, 4, out_shape, dnnl_acdb) && (op->spread = dnn_reordering(&op->tile_from, &op->tile_to));
  if (isGood) return op;
  fn_dnn_forget(op);
  return NULL;
}

// A product with all taps at once for each position. oneDNN's own kernel for it takes ten times as long.
static fn_dnn_op *tiled(const fn_dnn_array *x, const fn_dnn_array *weight, const float *bias, const int64_t *out_shape,
                        const fn_dnn_step *steps, int count) {
  const dnnl_dim_t *in = x->desc.dims, *w = weight->desc.dims;
  const dnnl_dims_t shape = {in[0], w[1] * w[2] * w[3], in[2], in[3]}, kernel = {shape[1], w[0], 1, 1}, ones = {1, 1}, noughts = {0, 0};
  dnnl_memory_desc_t source, target, any;
  parameters given = {.bias = NULL};
  float *arranged = NULL, *repeated = NULL;
  conv_desc operation;
  fn_dnn_op *op = NULL;
  for (int i = 0; i < count; i++)
    if (steps[i].kind == FN_DNN_SUM) return NULL;
  if (dnn_describe(&source, 4, in, dnnl_acdb) && dnn_describe(&target, 4, shape, dnnl_acdb) && dnn_describe(&any, 4, kernel, dnnl_format_tag_any) &&
      dnn_describe(&given.weight_desc, 4, kernel, dnnl_abcd) && dnn_describe(&given.bias_desc, 1, &shape[1], dnnl_a) &&
      arrange_taps(weight, bias, &arranged, &repeated) &&
      dnn.dilated_convolution_forward_desc_init(&operation.conv, dnnl_forward_inference, dnnl_convolution_direct, &source, &any,
                                                bias ? &given.bias_desc : NULL, &target, ones, noughts, noughts, noughts) == dnnl_success) {
    given.weight = arranged;
    given.bias = repeated;
    op = make(&operation, x, &given, steps, count);
    if (op) op = spread(op, in, w, out_shape);
  }
  free(arranged);
  free(repeated);
  return op;
}

static fn_dnn_op *whole(int transposed, const fn_dnn_array *x, const fn_dnn_array *weight, const float *bias, const fn_dnn_window *window,
                        const int64_t *out_shape, const fn_dnn_step *steps, int count) {
  dnnl_memory_desc_t source, any, target;
  parameters given = {.weight = weight->data, .bias = bias};
  int rank = x->desc.ndims;
  if (!dnn_describe(&source, rank, x->desc.dims, dnnl_format_tag_any) || !dnn_describe(&target, rank, out_shape, dnnl_format_tag_any) ||
      !dnn_describe(&given.bias_desc, 1, &out_shape[1], dnnl_a) ||
      !describe_weight(&given.weight_desc, weight, transposed, window->groups, &any))
    return NULL;
  int64_t dilation[3];
  for (int i = 0; i < window->spatial; i++) dilation[i] = window->dilation[i] - 1;
  conv_desc operation;
  const dnnl_memory_desc_t *added = bias ? &given.bias_desc : NULL;
  dnnl_status_t status =
      transposed ? dnn.dilated_deconvolution_forward_desc_init(&operation.deconv, dnnl_forward_inference, dnnl_deconvolution_direct, &source,
                                                               &any, added, &target, window->stride, dilation, window->before, window->after)
                 : dnn.dilated_convolution_forward_desc_init(&operation.conv, dnnl_forward_inference, dnnl_convolution_direct, &source, &any,
                                                             added, &target, window->stride, dilation, window->before, window->after);
  return status == dnnl_success ? make(&operation, x, &given, steps, count) : NULL;
}

fn_dnn_op *fn_dnn_conv(int transposed, const fn_dnn_array *x, const fn_dnn_array *weight, const float *bias, const fn_dnn_window *window,
                       const int64_t *out_shape, const fn_dnn_step *steps, int count) {
  pthread_mutex_lock(&dnn_lock);
  fn_dnn_op *op = transposed && is_tiled(x, weight, window, out_shape)
                      ? tiled(x, weight, bias, out_shape, steps, count)
                      : whole(transposed, x, weight, bias, window, out_shape, steps, count);
  pthread_mutex_unlock(&dnn_lock);
  return op;
}

#endif
