#include "dnn.h"

#include <stdlib.h>

#if defined(__linux__) && __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl_version.h>
#endif

#if defined(DNNL_VERSION_MAJOR) && DNNL_VERSION_MAJOR == 2

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define EACH_FUNCTION(X)                                                                                                            \
  X(engine_create) X(stream_create) X(memory_create) X(memory_destroy) X(memory_desc_init_by_tag) X(memory_desc_init_by_strides)     \
  X(memory_desc_equal) X(memory_desc_get_size) X(primitive_attr_create) X(primitive_attr_destroy) X(primitive_attr_set_post_ops)     \
  X(post_ops_create) X(post_ops_destroy) X(post_ops_append_eltwise) X(post_ops_append_sum) X(primitive_desc_create)                  \
  X(primitive_desc_destroy) X(primitive_desc_query_md) X(primitive_create) X(primitive_destroy) X(primitive_execute)                 \
  X(reorder_primitive_desc_create) X(concat_primitive_desc_create) X(binary_desc_init) X(dilated_convolution_forward_desc_init)      \
  X(dilated_deconvolution_forward_desc_init) X(eltwise_forward_desc_init) X(pooling_v2_forward_desc_init)                            \
  X(resampling_forward_desc_init)

static struct {
#define DECLARE(name) __typeof__(&dnnl_##name) name;
  EACH_FUNCTION(DECLARE)
} dnn;

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static int is_open;

static void load(int threads) {
  // The library's threads are idle between its calls: waiting busily would take the cores from everybody else.
  setenv("OMP_WAIT_POLICY", "passive", 0);
  char count[16];
  snprintf(count, sizeof count, "%d", threads);
  setenv("OMP_NUM_THREADS", count, 0);
  void *library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name)                                        \
  dnn.name = (__typeof__(dnn.name))dlsym(library, "dnnl_" #name); \
  if (!dnn.name) return;
  EACH_FUNCTION(FIND)
  if (dnn.engine_create(&engine, dnnl_cpu, 0) != dnnl_success) return;
  is_open = dnn.stream_create(&stream, engine, dnnl_stream_default_flags) == dnnl_success;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int fn_dnn_open(int threads) {
  static int is_tried;
  pthread_mutex_lock(&lock);
  if (!is_tried) load(threads);
  is_tried = 1;
  pthread_mutex_unlock(&lock);
  return is_open;
}

// ---- Memory

struct fn_dnn_array {
  dnnl_memory_desc_t desc;
  float *data;
  size_t bytes;
  int is_owned;
};

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

static fn_dnn_array *make(const dnnl_memory_desc_t *desc) {
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

static dnnl_format_tag_t row_major(int rank) {
  static const dnnl_format_tag_t tags[] = {0, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
  return tags[rank];
}

static int describe(dnnl_memory_desc_t *desc, int rank, const int64_t *shape, dnnl_format_tag_t tag) {
  return dnn.memory_desc_init_by_tag(desc, rank, shape, dnnl_f32, tag) == dnnl_success;
}

fn_dnn_array *fn_dnn_wrap(int rank, const int64_t *shape, const float *data) {
  if (!is_open || rank < 1 || rank > FN_DNN_RANK) return NULL;
  fn_dnn_array *array = calloc(1, sizeof *array);
  if (!array) return NULL;
  array->data = (float *)data;
  if (describe(&array->desc, rank, shape, row_major(rank))) return array;
  free(array);
  return NULL;
}

int fn_dnn_rank(const fn_dnn_array *array) { return array->desc.ndims; }

void fn_dnn_shape(const fn_dnn_array *array, int64_t *shape) {
  for (int i = 0; i < array->desc.ndims; i++) shape[i] = array->desc.dims[i];
}

// ---- Primitives

struct fn_dnn_op {
  dnnl_primitive_t primitive;
  int count;
  int argument[FN_DNN_OPERANDS];
  dnnl_memory_desc_t given[FN_DNN_OPERANDS], wanted[FN_DNN_OPERANDS];
  dnnl_primitive_t reorder[FN_DNN_OPERANDS];  // null where nothing has to be done
  dnnl_memory_desc_t result;
  fn_dnn_array *weight, *bias;
  int sum;  // the operand that is added in place, or -1
  // Further element-wise primitives, done in place on the result one after the other.
  int then_count;
  dnnl_primitive_t then[FN_DNN_STEPS];
};

static dnnl_primitive_t reordering(const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to) {
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive = NULL;
  if (dnn.reorder_primitive_desc_create(&desc, from, engine, to, engine, NULL) != dnnl_success) return NULL;
  dnn.primitive_create(&primitive, desc);
  dnn.primitive_desc_destroy(desc);
  return primitive;
}

static int execute(dnnl_primitive_t primitive, int count, const int *argument, const dnnl_memory_desc_t *const *desc, float *const *data) {
  dnnl_exec_arg_t arguments[FN_DNN_OPERANDS + 4];
  int made = 0, isDone = 0;
  while (made < count && dnn.memory_create(&arguments[made].memory, desc[made], engine, data[made]) == dnnl_success) {
    arguments[made].arg = argument[made];
    made++;
  }
  if (made == count) isDone = dnn.primitive_execute(primitive, stream, count, arguments) == dnnl_success;
  while (made > 0) dnn.memory_destroy(arguments[--made].memory);
  return isDone;
}

static int move_elements(dnnl_primitive_t reorder, const dnnl_memory_desc_t *from, float *x, const dnnl_memory_desc_t *to, float *y) {
  const int arguments[] = {DNNL_ARG_FROM, DNNL_ARG_TO};
  const dnnl_memory_desc_t *descs[] = {from, to};
  float *const data[] = {x, y};
  return execute(reorder, 2, arguments, descs, data);
}

static fn_dnn_array *reordered(const dnnl_memory_desc_t *from, const float *data, const dnnl_memory_desc_t *to) {
  dnnl_primitive_t reorder = reordering(from, to);
  fn_dnn_array *result = reorder ? make(to) : NULL;
  if (result && !move_elements(reorder, from, (float *)data, to, result->data)) {
    fn_dnn_release(result);
    result = NULL;
  }
  if (reorder) dnn.primitive_destroy(reorder);
  return result;
}

int fn_dnn_unpack(const fn_dnn_array *array, float *to) {
  dnnl_memory_desc_t plain;
  if (!describe(&plain, array->desc.ndims, array->desc.dims, row_major(array->desc.ndims))) return 0;
  pthread_mutex_lock(&lock);
  dnnl_primitive_t reorder = reordering(&array->desc, &plain);
  int isDone = reorder && move_elements(reorder, &array->desc, array->data, &plain, to);
  if (reorder) dnn.primitive_destroy(reorder);
  pthread_mutex_unlock(&lock);
  return isDone;
}

static dnnl_alg_kind_t algorithm(fn_dnn_kind kind) {
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
                                  : dnn.post_ops_append_eltwise(chain, 1, algorithm(steps[i].kind), steps[i].alpha, steps[i].beta));
  isGood = isGood && dnn.primitive_attr_set_post_ops(attributes, chain) == dnnl_success;
  dnn.post_ops_destroy(chain);
  if (isGood) return attributes;
  dnn.primitive_attr_destroy(attributes);
  return NULL;
}

// The fastest implementation of an operation, with what follows it.
static dnnl_primitive_desc_t choose(const void *operation, const fn_dnn_step *steps, int count) {
  dnnl_primitive_attr_t attributes = following(steps, count);
  if (!attributes) return NULL;
  dnnl_primitive_desc_t desc = NULL;
  if (dnn.primitive_desc_create(&desc, operation, attributes, engine, NULL) != dnnl_success) desc = NULL;
  dnn.primitive_attr_destroy(attributes);
  return desc;
}

static fn_dnn_op *finish(fn_dnn_op *op, dnnl_primitive_desc_t desc) {
  const dnnl_memory_desc_t *result = dnn.primitive_desc_query_md(desc, dnnl_query_dst_md, 0);
  op->result = *result;
  int isGood = dnn.primitive_create(&op->primitive, desc) == dnnl_success;
  for (int i = 0; i < op->count && isGood; i++) {
    if (dnn.memory_desc_equal(&op->given[i], &op->wanted[i])) continue;
    op->reorder[i] = reordering(&op->given[i], &op->wanted[i]);
    isGood = op->reorder[i] != NULL;
  }
  dnn.primitive_desc_destroy(desc);
  if (isGood) return op;
  fn_dnn_forget(op);
  return NULL;
}

static fn_dnn_op *begin(dnnl_primitive_desc_t desc, int count, const fn_dnn_array *const *operands) {
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
  for (int i = 0; i < FN_DNN_OPERANDS; i++)
    if (op->reorder[i]) dnn.primitive_destroy(op->reorder[i]);
  for (int i = 0; i < op->then_count; i++) dnn.primitive_destroy(op->then[i]);
  fn_dnn_release(op->weight);
  fn_dnn_release(op->bias);
  free(op);
}

// ---- Operations

typedef union { dnnl_convolution_desc_t conv; dnnl_deconvolution_desc_t deconv; } conv_desc;

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
         describe(any, rank + shift, dims, dnnl_format_tag_any);
}

fn_dnn_op *fn_dnn_conv(int transposed, const fn_dnn_array *x, const fn_dnn_array *weight, const float *bias, const fn_dnn_window *window,
                       const int64_t *out_shape, const fn_dnn_step *steps, int count) {
  dnnl_memory_desc_t source, given, any, vector, target;
  int rank = x->desc.ndims;
  if (!describe(&source, rank, x->desc.dims, dnnl_format_tag_any) || !describe(&target, rank, out_shape, dnnl_format_tag_any) ||
      !describe(&vector, 1, &out_shape[1], dnnl_a) || !describe_weight(&given, weight, transposed, window->groups, &any))
    return NULL;
  int64_t dilation[3];
  for (int i = 0; i < window->spatial; i++) dilation[i] = window->dilation[i] - 1;
  conv_desc operation;
  const dnnl_memory_desc_t *added = bias ? &vector : NULL;
  dnnl_status_t status =
      transposed ? dnn.dilated_deconvolution_forward_desc_init(&operation.deconv, dnnl_forward_inference, dnnl_deconvolution_direct, &source,
                                                               &any, added, &target, window->stride, dilation, window->before, window->after)
                 : dnn.dilated_convolution_forward_desc_init(&operation.conv, dnnl_forward_inference, dnnl_convolution_direct, &source, &any,
                                                             added, &target, window->stride, dilation, window->before, window->after);
  if (status != dnnl_success) return NULL;
  pthread_mutex_lock(&lock);
  dnnl_primitive_desc_t desc = choose(&operation, steps, count);
  fn_dnn_op *op = begin(desc, 1, &x);
  if (op) {
    op->weight = reordered(&given, weight->data, dnn.primitive_desc_query_md(desc, dnnl_query_weights_md, 0));
    if (bias) op->bias = reordered(&vector, bias, &vector);
    for (int i = 0; i < count; i++)
      if (steps[i].kind == FN_DNN_SUM) op->sum = 1;
    if (op->sum == 1) {
      op->count = 2;
      op->given[1] = op->wanted[1] = *dnn.primitive_desc_query_md(desc, dnnl_query_dst_md, 0);
    }
    if (op->weight && (op->bias || !bias)) {
      op = finish(op, desc);
    } else {
      dnn.primitive_desc_destroy(desc);
      fn_dnn_forget(op);
      op = NULL;
    }
  }
  pthread_mutex_unlock(&lock);
  return op;
}

static fn_dnn_op *simple(const void *operation, int count, const fn_dnn_array *const *operands, const fn_dnn_step *steps, int step_count) {
  pthread_mutex_lock(&lock);
  dnnl_primitive_desc_t desc = choose(operation, steps, step_count);
  fn_dnn_op *op = begin(desc, count, operands);
  if (op) op = finish(op, desc);
  pthread_mutex_unlock(&lock);
  return op;
}

static int describe_map(dnnl_eltwise_desc_t *operation, const dnnl_memory_desc_t *x, const fn_dnn_step *step) {
  return step->kind != FN_DNN_SUM && dnn.eltwise_forward_desc_init(operation, dnnl_forward_inference, algorithm(step->kind), x, step->alpha,
                                                                   step->beta) == dnnl_success;
}

// The operation with further steps; with none of it when one cannot be.
static fn_dnn_op *continued(fn_dnn_op *op, const fn_dnn_step *steps, int count) {
  for (int i = 0; op && i < count; i++) {
    dnnl_eltwise_desc_t operation;
    dnnl_primitive_desc_t desc = NULL;
    int isGood = op->then_count < FN_DNN_STEPS && describe_map(&operation, &op->result, &steps[i]) &&
                 (desc = choose(&operation, NULL, 0)) && dnn.primitive_create(&op->then[op->then_count], desc) == dnnl_success;
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
  if (a->ndims < 3 || a->ndims > 5) return describe(result, b->ndims, b->dims, row_major(b->ndims));
  for (const dnnl_format_tag_t *tag = tags[a->ndims - 3]; *tag; tag++) {
    dnnl_memory_desc_t candidate;
    if (describe(&candidate, a->ndims, a->dims, *tag) && dnn.memory_desc_equal(&candidate, a))
      return describe(result, b->ndims, b->dims, *tag);
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
  if (!describe(&target, x->desc.ndims, out_shape, dnnl_format_tag_any) ||
      dnn.pooling_v2_forward_desc_init(&operation, dnnl_forward_inference, kinds[kind], &x->desc, &target, window->stride, window->kernel,
                                       dilation, window->before, window->after) != dnnl_success)
    return NULL;
  return simple(&operation, 1, &x, NULL, 0);
}

fn_dnn_op *fn_dnn_concat(int axis, const fn_dnn_array *const *x, int count) {
  dnnl_memory_desc_t descs[FN_DNN_OPERANDS];
  if (count < 1 || count > FN_DNN_OPERANDS) return NULL;
  for (int i = 0; i < count; i++) descs[i] = x[i]->desc;
  pthread_mutex_lock(&lock);
  dnnl_primitive_desc_t desc = NULL;
  if (dnn.concat_primitive_desc_create(&desc, NULL, count, axis, descs, NULL, engine) != dnnl_success) desc = NULL;
  fn_dnn_op *op = begin(desc, count, x);
  if (op) {
    for (int i = 0; i < count; i++) op->argument[i] = DNNL_ARG_MULTIPLE_SRC + i;
    op = finish(op, desc);
  }
  pthread_mutex_unlock(&lock);
  return op;
}

fn_dnn_op *fn_dnn_enlarge(const fn_dnn_array *x, const int64_t *factor) {
  dnnl_memory_desc_t target;
  dnnl_resampling_desc_t operation;
  int64_t shape[FN_DNN_RANK];
  float scale[3];
  for (int i = 0; i < x->desc.ndims; i++) shape[i] = x->desc.dims[i] * (i < 2 ? 1 : factor[i - 2]);
  for (int i = 2; i < x->desc.ndims; i++) scale[i - 2] = (float)factor[i - 2];
  if (!describe(&target, x->desc.ndims, shape, dnnl_format_tag_any) ||
      dnn.resampling_forward_desc_init(&operation, dnnl_forward_inference, dnnl_resampling_nearest, scale, &x->desc, &target) != dnnl_success)
    return NULL;
  return simple(&operation, 1, &x, NULL, 0);
}

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
  if (!dnn.memory_desc_equal(&added->desc, &op->result)) return reordered(&added->desc, added->data, &op->result);
  fn_dnn_array *result = make(&op->result);
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

static fn_dnn_array *run_locked(fn_dnn_op *op, fn_dnn_array *const *operands, int count, int may_reuse) {
  fn_dnn_array *result = op->sum >= 0 ? target_of_sum(op, operands[op->sum], may_reuse) : make(&op->result);
  fn_dnn_array *moved[FN_DNN_OPERANDS] = {0};
  int argument[FN_DNN_OPERANDS + 4], used = 0, isGood = result != NULL;
  const dnnl_memory_desc_t *desc[FN_DNN_OPERANDS + 4];
  float *data[FN_DNN_OPERANDS + 4];
  for (int i = 0; i < count && isGood; i++) {
    if (i == op->sum) continue;
    if (op->reorder[i]) {
      moved[i] = make(&op->wanted[i]);
      isGood = moved[i] && move_elements(op->reorder[i], &op->given[i], operands[i]->data, &op->wanted[i], moved[i]->data);
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
    desc[used] = &op->result;
    data[used++] = result->data;
    isGood = execute(op->primitive, used, argument, desc, data);
  }
  for (int i = 0; i < op->then_count && isGood; i++) {
    const int both[] = {DNNL_ARG_SRC, DNNL_ARG_DST};
    const dnnl_memory_desc_t *descs[] = {&op->result, &op->result};
    float *const places[] = {result->data, result->data};
    isGood = execute(op->then[i], 2, both, descs, places);
  }
  for (int i = 0; i < count; i++) fn_dnn_release(moved[i]);
  if (isGood) return result;
  fn_dnn_release(result);
  return NULL;
}

fn_dnn_array *fn_dnn_run(fn_dnn_op *op, fn_dnn_array *const *operands, int count, int may_reuse) {
  if (count != op->count) return NULL;
  pthread_mutex_lock(&lock);
  fn_dnn_array *result = run_locked(op, operands, count, may_reuse);
  pthread_mutex_unlock(&lock);
  return result;
}

#else  // Without the library's header, or with another major version of it, there are only plain kernels.

int fn_dnn_open(int threads) { return 0; }
fn_dnn_array *fn_dnn_wrap(int rank, const int64_t *shape, const float *data) { return NULL; }
void fn_dnn_release(fn_dnn_array *array) {}
int fn_dnn_rank(const fn_dnn_array *array) { return 0; }
void fn_dnn_shape(const fn_dnn_array *array, int64_t *shape) {}
int fn_dnn_unpack(const fn_dnn_array *array, float *to) { return 0; }
fn_dnn_op *fn_dnn_conv(int transposed, const fn_dnn_array *x, const fn_dnn_array *weight, const float *bias, const fn_dnn_window *window,
                       const int64_t *out_shape, const fn_dnn_step *steps, int count) {
  return NULL;
}
fn_dnn_op *fn_dnn_map(const fn_dnn_array *x, const fn_dnn_step *steps, int count) { return NULL; }
fn_dnn_op *fn_dnn_combine(fn_dnn_binary kind, const fn_dnn_array *a, const fn_dnn_array *b, const fn_dnn_step *steps, int count) {
  return NULL;
}
fn_dnn_op *fn_dnn_pool(fn_dnn_pool_kind kind, const fn_dnn_array *x, const fn_dnn_window *window, const int64_t *out_shape) { return NULL; }
fn_dnn_op *fn_dnn_concat(int axis, const fn_dnn_array *const *x, int count) { return NULL; }
fn_dnn_op *fn_dnn_enlarge(const fn_dnn_array *x, const int64_t *factor) { return NULL; }
void fn_dnn_forget(fn_dnn_op *op) {}
int fn_dnn_fits(const fn_dnn_op *op, const fn_dnn_array *const *operands, int count) { return 0; }
fn_dnn_array *fn_dnn_run(fn_dnn_op *op, fn_dnn_array *const *operands, int count, int may_reuse) { return NULL; }
void fn_dnn_trim(void) {}

#endif
