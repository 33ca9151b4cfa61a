#include "dnn_parts.h"

#ifdef FERRY_HAS_DNNL

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

dnn_functions dnn;
dnnl_engine_t dnn_engine;
dnnl_stream_t dnn_stream;
int dnn_is_open;
pthread_mutex_t dnn_lock = PTHREAD_MUTEX_INITIALIZER;

static void load(int threads) {
  // Between its calls the library's threads wait busily for some 40 µs, which is longer than the next call usually takes to come
  // and shorter than waking them up, and are idle afterwards: waiting on would take the cores from everybody else.
  setenv("OMP_WAIT_POLICY", "passive", 0);
  setenv("GOMP_SPINCOUNT", "2000", 0);
  char count[16];
  snprintf(count, sizeof count, "%d", threads);
  setenv("OMP_NUM_THREADS", count, 0);
  void *library = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name)                                        \
  dnn.name = (__typeof__(dnn.name))dlsym(library, "dnnl_" #name); \
  if (!dnn.name) return;
  EACH_FUNCTION(FIND)
  if (dnn.engine_create(&dnn_engine, dnnl_cpu, 0) != dnnl_success) return;
  dnn_is_open = dnn.stream_create(&dnn_stream, dnn_engine, dnnl_stream_default_flags) == dnnl_success;
}

int fn_dnn_open(int threads) {
  static int is_tried;
  pthread_mutex_lock(&dnn_lock);
  if (!is_tried) load(threads);
  is_tried = 1;
  pthread_mutex_unlock(&dnn_lock);
  return dnn_is_open;
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
