#include "dnn_parts.h"

#ifdef FERRY_HAS_DNNL

#include <stdlib.h>

// Results that were given back, for the next ones of about their size.
enum { POOL = 64 };
static struct { void *data; size_t bytes; } pool[POOL];
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;

static void *take(size_t *bytes) {
  int best = -1;
  pthread_mutex_lock(&pool_lock);
  for (int i = 0; i < POOL; i++)
    if (pool[i].data && pool[i].bytes >= *bytes && pool[i].bytes / 2 <= *bytes && (best < 0 || pool[i].bytes < pool[best].bytes)) best = i;
  void *data = NULL;
  if (best >= 0) {
    data = pool[best].data;
    *bytes = pool[best].bytes;
    pool[best].data = NULL;
  }
  pthread_mutex_unlock(&pool_lock);
  if (!data) {
    *bytes = (*bytes + 4095) / 4096 * 4096;
    data = aligned_alloc(64, *bytes);
  }
  return data;
}

static void give_back(void *data, size_t bytes) {
  pthread_mutex_lock(&pool_lock);
  for (int i = 0; i < POOL && data; i++) {
    if (pool[i].data) continue;
    pool[i].data = data;
    pool[i].bytes = bytes;
    data = NULL;
  }
  pthread_mutex_unlock(&pool_lock);
  free(data);
}

void fn_dnn_trim(void) {
  pthread_mutex_lock(&pool_lock);
  for (int i = 0; i < POOL; i++) {
    free(pool[i].data);
    pool[i].data = NULL;
  }
  pthread_mutex_unlock(&pool_lock);
}

fn_dnn_array *dnn_make_array(const dnnl_memory_desc_t *desc) {
  fn_dnn_array *array = calloc(1, sizeof *array);
  if (!array) return NULL;
  array->desc = *desc;
  array->bytes = dnn.memory_desc_get_size(desc);
  array->is_owned = 1;
  if (array->bytes == 0) array->bytes = 64;
  array->data = take(&array->bytes);
  if (array->data) return array;
  free(array);
  return NULL;
}

void fn_dnn_release(fn_dnn_array *array) {
  if (!array) return;
  if (array->is_owned) give_back(array->data, array->bytes);
  free(array);
}

dnnl_format_tag_t dnn_row_major(int rank) {
  static const dnnl_format_tag_t tags[] = {0, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
  return tags[rank];
}

int dnn_describe(dnnl_memory_desc_t *desc, int rank, const int64_t *shape, dnnl_format_tag_t tag) {
  return dnn.memory_desc_init_by_tag(desc, rank, shape, dnnl_f32, tag) == dnnl_success;
}

fn_dnn_array *fn_dnn_wrap(int rank, const int64_t *shape, const float *data) {
  if (!dnn_is_open || rank < 1 || rank > FN_DNN_RANK) return NULL;
  fn_dnn_array *array = calloc(1, sizeof *array);
  if (!array) return NULL;
  array->data = (float *)data;
  if (dnn_describe(&array->desc, rank, shape, dnn_row_major(rank))) return array;
  free(array);
  return NULL;
}

int fn_dnn_rank(const fn_dnn_array *array) { return array->desc.ndims; }

void fn_dnn_shape(const fn_dnn_array *array, int64_t *shape) {
  for (int i = 0; i < array->desc.ndims; i++) shape[i] = array->desc.dims[i];
}

dnnl_primitive_t dnn_reordering(const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to) {
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive = NULL;
  if (dnn.reorder_primitive_desc_create(&desc, from, dnn_engine, to, dnn_engine, NULL) != dnnl_success) return NULL;
  dnn.primitive_create(&primitive, desc);
  dnn.primitive_desc_destroy(desc);
  return primitive;
}

int dnn_execute(dnnl_primitive_t primitive, int count, const int *argument, const dnnl_memory_desc_t *const *desc, float *const *data) {
  dnnl_exec_arg_t arguments[FN_DNN_OPERANDS + 4];
  int made = 0, isDone = 0;
  while (made < count && dnn.memory_create(&arguments[made].memory, desc[made], dnn_engine, data[made]) == dnnl_success) {
    arguments[made].arg = argument[made];
    made++;
  }
  if (made == count) isDone = dnn.primitive_execute(primitive, dnn_stream, count, arguments) == dnnl_success;
  while (made > 0) dnn.memory_destroy(arguments[--made].memory);
  return isDone;
}

int dnn_move(dnnl_primitive_t reorder, const dnnl_memory_desc_t *from, float *x, const dnnl_memory_desc_t *to, float *y) {
  const int arguments[] = {DNNL_ARG_FROM, DNNL_ARG_TO};
  const dnnl_memory_desc_t *descs[] = {from, to};
  float *const data[] = {x, y};
  return dnn_execute(reorder, 2, arguments, descs, data);
}

fn_dnn_array *dnn_reordered(const dnnl_memory_desc_t *from, const float *data, const dnnl_memory_desc_t *to) {
  dnnl_primitive_t reorder = dnn_reordering(from, to);
  fn_dnn_array *result = reorder ? dnn_make_array(to) : NULL;
  if (result && !dnn_move(reorder, from, (float *)data, to, result->data)) {
    fn_dnn_release(result);
    result = NULL;
  }
  if (reorder) dnn.primitive_destroy(reorder);
  return result;
}

int fn_dnn_unpack(const fn_dnn_array *array, float *to) {
  dnnl_memory_desc_t plain;
  if (!dnn_describe(&plain, array->desc.ndims, array->desc.dims, dnn_row_major(array->desc.ndims))) return 0;
  pthread_mutex_lock(&dnn_lock);
  dnnl_primitive_t reorder = dnn_reordering(&array->desc, &plain);
  int isDone = reorder && dnn_move(reorder, &array->desc, array->data, &plain, to);
  if (reorder) dnn.primitive_destroy(reorder);
  pthread_mutex_unlock(&dnn_lock);
  return isDone;
}

#endif
