// What Linux offers and the toolchain's own module of the C library leaves out.
#pragma once
#if defined(__linux__)
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// Waits until a part of a file is on the disk, without its description. 0, or -1 with `errno`.
static inline int write_back(int descriptor, int64_t offset, int64_t count) {
  const unsigned before_write_after = 1 | 2 | 4;
  return (int)syscall(SYS_sync_file_range, descriptor, offset, count, before_write_after);
}
#endif
