#include "dnn_parts.h"

#ifdef FERRY_HAS_DNNL

#include <stdlib.h>

dnnl_alg_kind_t dnn_algorithm(fn_dnn_kind kind) {
  static const dnnl_alg_kind_t kinds[] = {
      dnnl_eltwise_relu, dnnl_eltwise_linear, dnnl_eltwise_clip, dnnl_eltwise_logistic, dnnl_eltwise_hardswish, dnnl_eltwise_tanh,
      dnnl_eltwise_elu, dnnl_eltwise_abs, dnnl_eltwise_sqrt, dnnl_eltwise_exp, dnnl_eltwise_gelu_erf, dnnl_eltwise_gelu_tanh,
      dnnl_eltwise_swish, dnnl_eltwise_soft_relu, 0};
  return kinds[kind];
}

// The attributes with `steps`, or null.
static dnnl_primitive_attr_t following(const fn_dnn_step *steps, int count) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t chain = NULL;
  if (dnn.primitive_attr_create(&attributes) != dnnl_success || dnn.post_ops_create(&chain) != dnnl_success) return NULL;
  int isGood = 1;
  for (int i = 0; i < count && isGood; i++)
    isGood = dnnl_success == (steps[i].kind == FN_DNN_SUM
                                  ? dnn.post_ops_append_sum(chain, 1)
                                  : dnn.post_ops_append_eltwise(chain, 1, dnn_algorithm(steps[i].kind), steps[i].alpha, steps[i].beta));
  isGood = isGood && dnn.primitive_attr_set_post_ops(attributes, chain) == dnnl_success;
  dnn.post_ops_destroy(chain);
  if (isGood) return attributes;
  dnn.primitive_attr_destroy(attributes);
  return NULL;
}

// The fastest implementation of an operation, with what follows it.
dnnl_primitive_desc_t dnn_choose(const void *operation, const fn_dnn_step *steps, int count) {
  dnnl_primitive_attr_t attributes = following(steps, count);
  if (!attributes) return NULL;
  dnnl_primitive_desc_t desc = NULL;
  if (dnn.primitive_desc_create(&desc, operation, attributes, dnn_engine, NULL) != dnnl_success) desc = NULL;
  dnn.primitive_attr_destroy(attributes);
  return desc;
}

fn_dnn_op *dnn_finish(fn_dnn_op *op, dnnl_primitive_desc_t desc) {
  const dnnl_memory_desc_t *result = dnn.primitive_desc_query_md(desc, dnnl_query_dst_md, 0);
  op->result = *result;
  int isGood = dnn.primitive_create(&op->primitive, desc) == dnnl_success;
  for (int i = 0; i < op->count && isGood; i++) {
    if (dnn.memory_desc_equal(&op->given[i], &op->wanted[i])) continue;
    op->reorder[i] = dnn_reordering(&op->given[i], &op->wanted[i]);
    isGood = op->reorder[i] != NULL;
  }
  dnn.primitive_desc_destroy(desc);
  if (isGood) return op;
  fn_dnn_forget(op);
  return NULL;
}

fn_dnn_op *dnn_begin(dnnl_primitive_desc_t desc, int count, const fn_dnn_array *const *operands) {
  fn_dnn_op *op = desc ? calloc(1, sizeof *op) : NULL;
  if (!op) return NULL;
  op->count = count;
  op->sum = -1;
  for (int i = 0; i < count; i++) {
    op->given[i] = operands[i]->desc;
    op->argument[i] = i == 0 ? DNNL_ARG_SRC_0 : DNNL_ARG_SRC_1;
    op->wanted[i] = *dnn.primitive_desc_query_md(desc, dnnl_query_src_md, i);
  }
  return op;
}

void fn_dnn_forget(fn_dnn_op *op) {
  if (!op) return;
  if (op->primitive) dnn.primitive_destroy(op->primitive);
  if (op->spread) dnn.primitive_destroy(op->spread);
  for (int i = 0; i < FN_DNN_OPERANDS; i++)
    if (op->reorder[i]) dnn.primitive_destroy(op->reorder[i]);
  for (int i = 0; i < op->then_count; i++) dnn.primitive_destroy(op->then[i]);
  fn_dnn_release(op->weight);
  fn_dnn_release(op->bias);
  free(op);
}

#endif
