// What Linux offers and the toolchain's own module of the C library leaves out.
#pragma once
#if defined(__linux__)
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Waits until a part of a file is on the disk, without its description. 0, or -1 with `errno`.
static inline int write_back(int descriptor, int64_t offset, int64_t count) {
  const unsigned before_write_after = 1 | 2 | 4;
  return (int)syscall(SYS_sync_file_range, descriptor, offset, count, before_write_after);
}

// The process gets SIGTERM when the thread that started it ends.
static inline void end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGTERM); }
#endif
