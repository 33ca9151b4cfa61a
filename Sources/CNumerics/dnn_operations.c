#include "dnn_parts.h"

#ifdef FERRY_HAS_DNNL

static fn_dnn_op *simple(const void *operation, int count, const fn_dnn_array *const *operands, const fn_dnn_step *steps, int step_count) {
  pthread_mutex_lock(&dnn_lock);
  dnnl_primitive_desc_t desc = dnn_choose(operation, steps, step_count);
  fn_dnn_op *op = dnn_begin(desc, count, operands);
  if (op) op = dnn_finish(op, desc);
  pthread_mutex_unlock(&dnn_lock);
  return op;
}

static int describe_map(dnnl_eltwise_desc_t *operation, const dnnl_memory_desc_t *x, const fn_dnn_step *step) {
  return step->kind != FN_DNN_SUM && dnn.eltwise_forward_desc_init(operation, dnnl_forward_inference, dnn_algorithm(step->kind), x, step->alpha,
                                                                   step->beta) == dnnl_success;
}

// The operation with further steps; with none of it when one cannot be.
static fn_dnn_op *continued(fn_dnn_op *op, const fn_dnn_step *steps, int count) {
  for (int i = 0; op && i < count; i++) {
    dnnl_eltwise_desc_t operation;
    dnnl_primitive_desc_t desc = NULL;
    int isGood = op->then_count < FN_DNN_STEPS && describe_map(&operation, &op->result, &steps[i]) &&
                 (desc = dnn_choose(&operation, NULL, 0)) && dnn.primitive_create(&op->then[op->then_count], desc) == dnnl_success;
    if (desc) dnn.primitive_desc_destroy(desc);
    if (isGood) {
      op->then_count++;
    } else {
      fn_dnn_forget(op);
      op = NULL;
    }
  }
  return op;
}

fn_dnn_op *fn_dnn_map(const fn_dnn_array *x, const fn_dnn_step *steps, int count) {
  dnnl_eltwise_desc_t operation;
  if (count < 1 || !describe_map(&operation, &x->desc, &steps[0])) return NULL;
  return continued(simple(&operation, 1, &x, NULL, 0), steps + 1, count - 1);
}

// `b`'s elements laid out as `a`'s are.
static int alike(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b, dnnl_memory_desc_t *result) {
  static const dnnl_format_tag_t tags[][5] = {
      {dnnl_abc, dnnl_aBc8b, dnnl_aBc16b, dnnl_acb, 0}, {dnnl_abcd, dnnl_aBcd8b, dnnl_aBcd16b, dnnl_acdb, 0},
      {dnnl_abcde, dnnl_aBcde8b, dnnl_aBcde16b, dnnl_acdeb, 0}};
  if (a->ndims < 3 || a->ndims > 5) return dnn_describe(result, b->ndims, b->dims, dnn_row_major(b->ndims));
  for (const dnnl_format_tag_t *tag = tags[a->ndims - 3]; *tag; tag++) {
    dnnl_memory_desc_t candidate;
    if (dnn_describe(&candidate, a->ndims, a->dims, *tag) && dnn.memory_desc_equal(&candidate, a))
      return dnn_describe(result, b->ndims, b->dims, *tag);
  }
  return 0;
}

fn_dnn_op *fn_dnn_combine(fn_dnn_binary kind, const fn_dnn_array *a, const fn_dnn_array *b, const fn_dnn_step *steps, int count) {
  static const dnnl_alg_kind_t kinds[] = {dnnl_binary_add, dnnl_binary_mul, dnnl_binary_sub, dnnl_binary_div, dnnl_binary_max, dnnl_binary_min};
  dnnl_memory_desc_t other;
  dnnl_binary_desc_t operation;
  if (a->desc.ndims != b->desc.ndims || !alike(&a->desc, &b->desc, &other) ||
      dnn.binary_desc_init(&operation, kinds[kind], &a->desc, &other, &a->desc) != dnnl_success)
    return NULL;
  const fn_dnn_array *operands[] = {a, b};
  // Of several steps of one kind the library would take the numbers of one for all: it gets one, the others follow.
  return continued(simple(&operation, 2, operands, steps, count > 0 ? 1 : 0), steps + 1, count - 1);
}

fn_dnn_op *fn_dnn_pool(fn_dnn_pool_kind kind, const fn_dnn_array *x, const fn_dnn_window *window, const int64_t *out_shape) {
  static const dnnl_alg_kind_t kinds[] = {dnnl_pooling_max, dnnl_pooling_avg_exclude_padding, dnnl_pooling_avg_include_padding};
  dnnl_memory_desc_t target;
  dnnl_pooling_v2_desc_t operation;
  int64_t dilation[3];
  for (int i = 0; i < window->spatial; i++) dilation[i] = window->dilation[i] - 1;
  if (!dnn_describe(&target, x->desc.ndims, out_shape, dnnl_format_tag_any) ||
      dnn.pooling_v2_forward_desc_init(&operation, dnnl_forward_inference, kinds[kind], &x->desc, &target, window->stride, window->kernel,
                                       dilation, window->before, window->after) != dnnl_success)
    return NULL;
  return simple(&operation, 1, &x, NULL, 0);
}

fn_dnn_op *fn_dnn_concat(int axis, const fn_dnn_array *const *x, int count) {
  dnnl_memory_desc_t descs[FN_DNN_OPERANDS];
  if (count < 1 || count > FN_DNN_OPERANDS) return NULL;
  for (int i = 0; i < count; i++) descs[i] = x[i]->desc;
  pthread_mutex_lock(&dnn_lock);
  dnnl_primitive_desc_t desc = NULL;
  if (dnn.concat_primitive_desc_create(&desc, NULL, count, axis, descs, NULL, dnn_engine) != dnnl_success) desc = NULL;
  fn_dnn_op *op = dnn_begin(desc, count, x);
  if (op) {
    for (int i = 0; i < count; i++) op->argument[i] = DNNL_ARG_MULTIPLE_SRC + i;
    op = dnn_finish(op, desc);
  }
  pthread_mutex_unlock(&dnn_lock);
  return op;
}

fn_dnn_op *fn_dnn_enlarge(const fn_dnn_array *x, const int64_t *factor) {
  dnnl_memory_desc_t target;
  dnnl_resampling_desc_t operation;
  int64_t shape[FN_DNN_RANK];
  float scale[3];
  for (int i = 0; i < x->desc.ndims; i++) shape[i] = x->desc.dims[i] * (i < 2 ? 1 : factor[i - 2]);
  for (int i = 2; i < x->desc.ndims; i++) scale[i - 2] = (float)factor[i - 2];
  if (!dnn_describe(&target, x->desc.ndims, shape, dnnl_format_tag_any) ||
      dnn.resampling_forward_desc_init(&operation, dnnl_forward_inference, dnnl_resampling_nearest, scale, &x->desc, &target) != dnnl_success)
    return NULL;
  return simple(&operation, 1, &x, NULL, 0);
}

#endif
