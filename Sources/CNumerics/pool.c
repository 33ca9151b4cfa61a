#include <math.h>

#include "numerics.h"

// The part of a window on one axis: taps [first, last) are inside `in`.
static void clip(const fn_conv *c, int axis, int64_t at, int64_t *start, int64_t *first, int64_t *last) {
  *start = at * c->stride[axis] - c->before[axis];
  *first = *start >= 0 ? 0 : (-*start + c->dilation[axis] - 1) / c->dilation[axis];
  int64_t room = c->in[axis] - *start;
  *last = room <= 0 ? 0 : (room + c->dilation[axis] - 1) / c->dilation[axis];
  if (*last > c->kernel[axis]) *last = c->kernel[axis];
}

// How many taps of a window are inside the padded input.
static int64_t padded_taps(const fn_conv *c, int axis, int64_t start, int64_t after) {
  int64_t room = c->in[axis] + after - start;
  int64_t taps = room <= 0 ? 0 : (room + c->dilation[axis] - 1) / c->dilation[axis];
  return taps < c->kernel[axis] ? taps : c->kernel[axis];
}

void fn_pool_average_f32(const fn_conv *c, const float *x, float *y, const int64_t *after, int count_pads) {
  int64_t start[3], first[3], last[3];
  for (int64_t d = 0; d < c->out[0]; d++)
    for (int64_t h = 0; h < c->out[1]; h++)
      for (int64_t w = 0; w < c->out[2]; w++) {
        int64_t at[3] = {d, h, w}, taps = 1, inside = 1;
        for (int axis = 0; axis < 3; axis++) {
          clip(c, axis, at[axis], &start[axis], &first[axis], &last[axis]);
          taps *= padded_taps(c, axis, start[axis], after[axis]);
          inside *= last[axis] > first[axis] ? last[axis] - first[axis] : 0;
        }
        double sum = 0;
        for (int64_t i = first[0]; i < last[0]; i++)
          for (int64_t j = first[1]; j < last[1]; j++) {
            const float *row = x + ((start[0] + i * c->dilation[0]) * c->in[1] + start[1] + j * c->dilation[1]) * c->in[2] + start[2];
            for (int64_t k = first[2]; k < last[2]; k++) sum += row[k * c->dilation[2]];
          }
        *y++ = (float)(sum / (double)(count_pads ? taps : inside));
      }
}

void fn_pool_max_f32(const fn_conv *c, const float *x, float *y, int64_t *index) {
  int64_t start[3], first[3], last[3];
  for (int64_t d = 0; d < c->out[0]; d++)
    for (int64_t h = 0; h < c->out[1]; h++)
      for (int64_t w = 0; w < c->out[2]; w++) {
        int64_t at[3] = {d, h, w}, where = -1;
        for (int axis = 0; axis < 3; axis++) clip(c, axis, at[axis], &start[axis], &first[axis], &last[axis]);
        float best = -INFINITY;
        for (int64_t i = first[0]; i < last[0]; i++)
          for (int64_t j = first[1]; j < last[1]; j++) {
            int64_t row = ((start[0] + i * c->dilation[0]) * c->in[1] + start[1] + j * c->dilation[1]) * c->in[2] + start[2];
            for (int64_t k = first[2]; k < last[2]; k++) {
              float v = x[row + k * c->dilation[2]];
              if (where < 0 || v > best || (v != v && best == best)) {
                best = v;
                where = row + k * c->dilation[2];
              }
            }
          }
        *y++ = best;
        if (index) *index++ = where;
      }
}
