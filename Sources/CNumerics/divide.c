#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "numerics.h"

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() sched_yield()
#endif

// How long threads wait busily, some 40 µs: waking one up takes longer than a piece of work.
enum { SPINS = 2000, MOST = 63 };

// One work is divided at a time. Who comes meanwhile, from within it or from elsewhere, does all of its own.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
// The work's number in the upper half and its next piece in the lower, which change together: a thread that comes late claims nothing of
// the work after its own. `count` is set last and is 0 before, so that whoever sees it sees the rest.
static _Atomic uint64_t claim;
static _Atomic(fn_piece) body;
static _Atomic(void *) context;
static _Atomic uint32_t count, done;
static _Atomic uint32_t announced;
static pthread_mutex_t rest = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static _Atomic int resting;

static void take_part(void) {
  for (;;) {
    uint64_t at = claim;
    uint32_t all = count, index = (uint32_t)at;
    fn_piece run = body;
    void *with = context;
    if (index >= all) return;
    if (!atomic_compare_exchange_strong(&claim, &at, at + 1)) continue;
    run(with, index);
    done++;
  }
}

// `last` is the last work that was announced when the thread was asked for: the next one may be, before it runs.
static void *work(void *last) {
  uint32_t seen = (uint32_t)(uintptr_t)last;
  for (;;) {
    for (int i = 0; announced == seen && i < SPINS; i++) PAUSE();
    if (announced == seen) {
      pthread_mutex_lock(&rest);
      resting++;
      while (announced == seen) pthread_cond_wait(&wake, &rest);
      resting--;
      pthread_mutex_unlock(&rest);
    }
    seen = announced;
    take_part();
  }
  return NULL;
}

static void start(int threads) {
  static int started;
  while (started < threads && started < MOST) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, (void *)(uintptr_t)announced)) return;
    pthread_detach(thread);
    started++;
  }
}

void fn_divide(int threads, size_t pieces, fn_piece run, void *with) {
  if (threads < 2 || pieces < 2 || pieces > UINT32_MAX || pthread_mutex_trylock(&turn)) {
    for (size_t i = 0; i < pieces; i++) run(with, i);
    return;
  }
  start(threads - 1);
  count = 0;
  claim = ((claim >> 32) + 1) << 32;
  body = run;
  context = with;
  done = 0;
  count = (uint32_t)pieces;
  announced++;
  if (resting) {
    pthread_mutex_lock(&rest);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&rest);
  }
  take_part();
  for (int i = 0; done != pieces; i++) {
    if (i < SPINS) {
      PAUSE();
    } else {
      sched_yield();
    }
  }
  pthread_mutex_unlock(&turn);
}
