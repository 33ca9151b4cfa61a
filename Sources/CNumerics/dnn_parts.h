// What the parts of the bridge to oneDNN share. FERRY_HAS_DNNL says whether there is a bridge.
#ifndef FERRY_DNN_PARTS_H
#define FERRY_DNN_PARTS_H

#include "dnn.h"

#if defined(__linux__) && __has_include(<oneapi/dnnl/dnnl_version.h>)
#include <oneapi/dnnl/dnnl_version.h>
#endif

#if defined(DNNL_VERSION_MAJOR) && DNNL_VERSION_MAJOR == 2
#define FERRY_HAS_DNNL 1

#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>

#define EACH_FUNCTION(X)                                                                                                            \
  X(engine_create) X(stream_create) X(memory_create) X(memory_destroy) X(memory_desc_init_by_tag) X(memory_desc_init_by_strides)     \
  X(memory_desc_equal) X(memory_desc_get_size) X(primitive_attr_create) X(primitive_attr_destroy) X(primitive_attr_set_post_ops)     \
  X(post_ops_create) X(post_ops_destroy) X(post_ops_append_eltwise) X(post_ops_append_sum) X(primitive_desc_create)                  \
  X(primitive_desc_destroy) X(primitive_desc_query_md) X(primitive_create) X(primitive_destroy) X(primitive_execute)                 \
  X(reorder_primitive_desc_create) X(concat_primitive_desc_create) X(binary_desc_init) X(dilated_convolution_forward_desc_init)      \
  X(dilated_deconvolution_forward_desc_init) X(eltwise_forward_desc_init) X(pooling_v2_forward_desc_init)                            \
  X(resampling_forward_desc_init)

typedef struct {
#define DECLARE(name) __typeof__(&dnnl_##name) name;
  EACH_FUNCTION(DECLARE)
} dnn_functions;

extern dnn_functions dnn;
extern dnnl_engine_t dnn_engine;
extern dnnl_stream_t dnn_stream;
extern int dnn_is_open;
// Held while primitives are made or run: they share one stream.
extern pthread_mutex_t dnn_lock;

struct fn_dnn_array {
  dnnl_memory_desc_t desc;
  float *data;
  size_t bytes;
  int is_owned;
};

struct fn_dnn_op {
  dnnl_primitive_t primitive;
  int count;
  int argument[FN_DNN_OPERANDS];
  dnnl_memory_desc_t given[FN_DNN_OPERANDS], wanted[FN_DNN_OPERANDS];
  dnnl_primitive_t reorder[FN_DNN_OPERANDS];  // null where nothing has to be done
  dnnl_memory_desc_t result;
  fn_dnn_array *weight, *bias;
  int sum;  // the operand that is added in place, or -1
  // Where not null, the primitive's result, `tiles`, is moved to its place by it: the same elements, seen as `tile_from` and `tile_to`.
  dnnl_primitive_t spread;
  dnnl_memory_desc_t tiles, tile_from, tile_to;
  // Further element-wise primitives, done in place on the result one after the other.
  int then_count;
  dnnl_primitive_t then[FN_DNN_STEPS];
};

dnnl_format_tag_t dnn_row_major(int rank);
int dnn_describe(dnnl_memory_desc_t *desc, int rank, const int64_t *shape, dnnl_format_tag_t tag);
// A place for a result, from the pool.
fn_dnn_array *dnn_make_array(const dnnl_memory_desc_t *desc);
dnnl_primitive_t dnn_reordering(const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to);
fn_dnn_array *dnn_reordered(const dnnl_memory_desc_t *from, const float *data, const dnnl_memory_desc_t *to);
int dnn_move(dnnl_primitive_t reorder, const dnnl_memory_desc_t *from, float *x, const dnnl_memory_desc_t *to, float *y);
int dnn_execute(dnnl_primitive_t primitive, int count, const int *argument, const dnnl_memory_desc_t *const *desc, float *const *data);

// Making operations: see dnn_primitive.c.
dnnl_alg_kind_t dnn_algorithm(fn_dnn_kind kind);
dnnl_primitive_desc_t dnn_choose(const void *operation, const fn_dnn_step *steps, int count);
fn_dnn_op *dnn_begin(dnnl_primitive_desc_t desc, int count, const fn_dnn_array *const *operands);
fn_dnn_op *dnn_finish(fn_dnn_op *op, dnnl_primitive_desc_t desc);

#endif
#endif
