// Functions marked CLONES are compiled for several generations of x86-64 and chosen when the program starts.
#ifndef FERRY_CLONES_H
#define FERRY_CLONES_H
#if defined(__x86_64__) && defined(__linux__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#endif
#ifndef CLONES
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))
#endif
