#include "dnn_parts.h"

#ifdef FERRY_HAS_DNNL

#include <string.h>

static int is_same_shape(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b) {
  return a->ndims == b->ndims && memcmp(a->dims, b->dims, sizeof(dnnl_dim_t) * (size_t)a->ndims) == 0;
}

int fn_dnn_fits(const fn_dnn_op *op, const fn_dnn_array *const *operands, int count) {
  if (count != op->count) return 0;
  for (int i = 0; i < count; i++)
    // What is added in place is brought into the result's layout whatever its own is.
    if (i == op->sum ? !is_same_shape(&op->given[i], &operands[i]->desc) : !dnn.memory_desc_equal(&op->given[i], &operands[i]->desc)) return 0;
  return 1;
}

// The result's place, holding what is to be added.
static fn_dnn_array *target_of_sum(fn_dnn_op *op, fn_dnn_array *added, int may_reuse) {
  if (!dnn.memory_desc_equal(&added->desc, &op->result)) return dnn_reordered(&added->desc, added->data, &op->result);
  fn_dnn_array *result = dnn_make_array(&op->result);
  if (!result) return NULL;
  if (may_reuse && added->is_owned) {
    float *data = result->data;
    size_t bytes = result->bytes;
    result->data = added->data;
    result->bytes = added->bytes;
    added->data = data;
    added->bytes = bytes;
  } else {
    memcpy(result->data, added->data, dnn.memory_desc_get_size(&op->result));
  }
  return result;
}

// The result with each position's taps in their places; gives `tiles` back.
static fn_dnn_array *spread(fn_dnn_op *op, fn_dnn_array *tiles) {
  fn_dnn_array *result = dnn_make_array(&op->result);
  if (result && !dnn_move(op->spread, &op->tile_from, tiles->data, &op->tile_to, result->data)) {
    fn_dnn_release(result);
    result = NULL;
  }
  fn_dnn_release(tiles);
  return result;
}

static fn_dnn_array *run_locked(fn_dnn_op *op, fn_dnn_array *const *operands, int count, int may_reuse) {
  fn_dnn_array *result = op->sum >= 0 ? target_of_sum(op, operands[op->sum], may_reuse) : dnn_make_array(op->spread ? &op->tiles : &op->result);
  fn_dnn_array *moved[FN_DNN_OPERANDS] = {0};
  int argument[FN_DNN_OPERANDS + 4], used = 0, isGood = result != NULL;
  const dnnl_memory_desc_t *desc[FN_DNN_OPERANDS + 4];
  float *data[FN_DNN_OPERANDS + 4];
  for (int i = 0; i < count && isGood; i++) {
    if (i == op->sum) continue;
    if (op->reorder[i]) {
      moved[i] = dnn_make_array(&op->wanted[i]);
      isGood = moved[i] && dnn_move(op->reorder[i], &op->given[i], operands[i]->data, &op->wanted[i], moved[i]->data);
    }
    if (!isGood) break;
    argument[used] = op->argument[i];
    desc[used] = &op->wanted[i];
    data[used++] = moved[i] ? moved[i]->data : operands[i]->data;
  }
  if (isGood && op->weight) {
    argument[used] = DNNL_ARG_WEIGHTS;
    desc[used] = &op->weight->desc;
    data[used++] = op->weight->data;
  }
  if (isGood && op->bias) {
    argument[used] = DNNL_ARG_BIAS;
    desc[used] = &op->bias->desc;
    data[used++] = op->bias->data;
  }
  if (isGood) {
    argument[used] = DNNL_ARG_DST;
    desc[used] = op->spread ? &op->tiles : &op->result;
    data[used++] = result->data;
    isGood = dnn_execute(op->primitive, used, argument, desc, data);
  }
  if (isGood && op->spread) {
    result = spread(op, result);
    isGood = result != NULL;
  }
  for (int i = 0; i < op->then_count && isGood; i++) {
    const int both[] = {DNNL_ARG_SRC, DNNL_ARG_DST};
    const dnnl_memory_desc_t *descs[] = {&op->result, &op->result};
    float *const places[] = {result->data, result->data};
    isGood = dnn_execute(op->then[i], 2, both, descs, places);
  }
  for (int i = 0; i < count; i++) fn_dnn_release(moved[i]);
  if (isGood) return result;
  fn_dnn_release(result);
  return NULL;
}

fn_dnn_array *fn_dnn_run(fn_dnn_op *op, fn_dnn_array *const *operands, int count, int may_reuse) {
  if (count != op->count) return NULL;
  pthread_mutex_lock(&dnn_lock);
  fn_dnn_array *result = run_locked(op, operands, count, may_reuse);
  pthread_mutex_unlock(&dnn_lock);
  return result;
}

#endif
