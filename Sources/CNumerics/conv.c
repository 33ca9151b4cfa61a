#include <string.h>

#include "clones.h"
#include "gemm.h"
#include "numerics.h"

typedef struct { const fn_conv *conv; const float *x; } image;

// The positions in the input of up to GEMM_NR neighbouring outputs, at the kernel's first element.
typedef struct {
  int64_t at[3][GEMM_NR];
  size_t width;
  int is_run;  // one row, step 1
} places;

static void locate(const fn_conv *c, size_t n, size_t width, places *p) {
  p->width = width;
  for (size_t s = 0; s < width; s++) {
    int64_t at = (int64_t)(n + s);
    for (int axis = 2; axis >= 0; axis--) {
      p->at[axis][s] = at % c->out[axis] * c->stride[axis] - c->before[axis];
      at /= c->out[axis];
    }
  }
  p->is_run = width == GEMM_NR && c->stride[2] == 1 && (int64_t)n % c->out[2] + GEMM_NR <= c->out[2];
}

static void pack_row(const fn_conv *c, const float *channel, const int64_t tap[3], const places *p, float *to) {
  int64_t depth = tap[0] * c->dilation[0], height = tap[1] * c->dilation[1], across = tap[2] * c->dilation[2];
  if (p->is_run) {
    int64_t d = p->at[0][0] + depth, h = p->at[1][0] + height, w = p->at[2][0] + across;
    if ((uint64_t)d >= (uint64_t)c->in[0] || (uint64_t)h >= (uint64_t)c->in[1]) {
      memset(to, 0, GEMM_NR * sizeof(float));
      return;
    }
    const float *row = channel + (d * c->in[1] + h) * c->in[2];
    if (w >= 0 && w + GEMM_NR <= c->in[2]) {
      memcpy(to, row + w, GEMM_NR * sizeof(float));
    } else {
      for (int s = 0; s < GEMM_NR; s++) to[s] = (uint64_t)(w + s) < (uint64_t)c->in[2] ? row[w + s] : 0;
    }
    return;
  }
  for (size_t s = 0; s < GEMM_NR; s++) {
    to[s] = 0;
    if (s >= p->width) continue;
    int64_t d = p->at[0][s] + depth, h = p->at[1][s] + height, w = p->at[2][s] + across;
    if ((uint64_t)d < (uint64_t)c->in[0] && (uint64_t)h < (uint64_t)c->in[1] && (uint64_t)w < (uint64_t)c->in[2])
      to[s] = channel[(d * c->in[1] + h) * c->in[2] + w];
  }
}

static void pack_image(const void *context, size_t k0, size_t k, size_t n0, size_t n, float *panel) {
  const image *from = context;
  const fn_conv *c = from->conv;
  int64_t taps = c->kernel[0] * c->kernel[1] * c->kernel[2], area = c->in[0] * c->in[1] * c->in[2];
  for (size_t j = 0; j < n; j += GEMM_NR, panel += k * GEMM_NR) {
    places p;
    locate(c, n0 + j, n - j < GEMM_NR ? n - j : GEMM_NR, &p);
    int64_t rest = (int64_t)k0 % taps;
    int64_t tap[3] = {rest / (c->kernel[1] * c->kernel[2]), rest / c->kernel[2] % c->kernel[1], rest % c->kernel[2]};
    const float *channel = from->x + (int64_t)k0 / taps * area;
    for (size_t i = 0; i < k; i++) {
      pack_row(c, channel, tap, &p, panel + i * GEMM_NR);
      if (++tap[2] < c->kernel[2]) continue;
      tap[2] = 0;
      if (++tap[1] < c->kernel[1]) continue;
      tap[1] = 0;
      if (++tap[0] < c->kernel[0]) continue;
      tap[0] = 0;
      channel += area;
    }
  }
}

// A kernel of one element without padding or stride takes the image as it is.
static void pack_plain(const void *context, size_t k0, size_t k, size_t n0, size_t n, float *panel) {
  const image *from = context;
  const fn_conv *c = from->conv;
  size_t area = (size_t)(c->in[0] * c->in[1] * c->in[2]);
  for (size_t j = 0; j < n; j += GEMM_NR, panel += k * GEMM_NR) {
    size_t width = n - j < GEMM_NR ? n - j : GEMM_NR;
    for (size_t i = 0; i < k; i++) {
      const float *row = from->x + (k0 + i) * area + n0 + j;
      float *to = panel + i * GEMM_NR;
      if (width == GEMM_NR) {
        memcpy(to, row, GEMM_NR * sizeof(float));
      } else {
        for (size_t s = 0; s < GEMM_NR; s++) to[s] = s < width ? row[s] : 0;
      }
    }
  }
}

static int is_plain(const fn_conv *c) {
  for (int axis = 0; axis < 3; axis++)
    if (c->kernel[axis] != 1 || c->stride[axis] != 1 || c->before[axis] != 0 || c->in[axis] != c->out[axis]) return 0;
  return 1;
}

void fn_conv_f32(const fn_conv *c, const float *x, const float *weight, const float *bias, float *y, int64_t m0, int64_t m1,
                 int64_t n0, int64_t n1, float *scratch) {
  size_t k = (size_t)(c->channels * c->kernel[0] * c->kernel[1] * c->kernel[2]);
  size_t area = (size_t)(c->out[0] * c->out[1] * c->out[2]);
  image context = {c, x};
  gemm_blocked((size_t)(m1 - m0), (size_t)n0, (size_t)n1, k, weight + (size_t)m0 * k, k, 1, is_plain(c) ? pack_plain : pack_image,
               &context, bias ? bias + m0 : NULL, y + (size_t)m0 * area, area, scratch);
}

// The outputs of one axis whose input position `o·stride + offset` is inside.
INLINE void inside(int64_t offset, int64_t stride, int64_t in, int64_t out, int64_t *first, int64_t *last) {
  *first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  *last = in - offset <= 0 ? 0 : (in - offset + stride - 1) / stride;
  if (*last > out) *last = out;
}

CLONES static void add_scaled(float *restrict y, const float *restrict x, int64_t step, float w, int64_t count) {
  if (step == 1) {
    for (int64_t i = 0; i < count; i++) y[i] += w * x[i];
  } else if (step == 2) {
    for (int64_t i = 0; i < count; i++) y[i] += w * x[2 * i];
  } else {
    for (int64_t i = 0; i < count; i++) y[i] += w * x[i * step];
  }
}

void fn_conv_depthwise_f32(const fn_conv *c, const float *x, const float *weight, float bias, float *y) {
  for (int64_t d = 0; d < c->out[0]; d++)
    for (int64_t h = 0; h < c->out[1]; h++, y += c->out[2]) {
      for (int64_t i = 0; i < c->out[2]; i++) y[i] = bias;
      const float *w = weight;
      for (int64_t kd = 0; kd < c->kernel[0]; kd++)
        for (int64_t kh = 0; kh < c->kernel[1]; kh++)
          for (int64_t kw = 0; kw < c->kernel[2]; kw++, w++) {
            int64_t id = d * c->stride[0] - c->before[0] + kd * c->dilation[0];
            int64_t ih = h * c->stride[1] - c->before[1] + kh * c->dilation[1];
            if ((uint64_t)id >= (uint64_t)c->in[0] || (uint64_t)ih >= (uint64_t)c->in[1]) continue;
            int64_t offset = kw * c->dilation[2] - c->before[2], first, last;
            inside(offset, c->stride[2], c->in[2], c->out[2], &first, &last);
            if (first >= last) continue;
            const float *row = x + (id * c->in[1] + ih) * c->in[2];
            add_scaled(y + first, row + first * c->stride[2] + offset, c->stride[2], *w, last - first);
          }
    }
}

void fn_col2im_f32(const fn_conv *c, const float *columns, int64_t n0, int64_t count, float *y) {
  int64_t area = c->out[0] * c->out[1] * c->out[2];
  for (int64_t m = 0; m < c->outputs; m++, y += area)
    for (int64_t kd = 0; kd < c->kernel[0]; kd++)
      for (int64_t kh = 0; kh < c->kernel[1]; kh++)
        for (int64_t kw = 0; kw < c->kernel[2]; kw++, columns += count)
          for (int64_t s = 0; s < count; s++) {
            int64_t n = n0 + s, w = n % c->in[2], h = n / c->in[2] % c->in[1], d = n / c->in[2] / c->in[1];
            int64_t od = d * c->stride[0] - c->before[0] + kd * c->dilation[0];
            int64_t oh = h * c->stride[1] - c->before[1] + kh * c->dilation[1];
            int64_t ow = w * c->stride[2] - c->before[2] + kw * c->dilation[2];
            if ((uint64_t)od < (uint64_t)c->out[0] && (uint64_t)oh < (uint64_t)c->out[1] && (uint64_t)ow < (uint64_t)c->out[2])
              y[(od * c->out[1] + oh) * c->out[2] + ow] += columns[s];
          }
}
