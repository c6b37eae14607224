// Counting calls of the C allocator: the face of the interposer.

#ifndef AERO_ALLOCATION_COUNT_H
#define AERO_ALLOCATION_COUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Totals since the start of a thread or of the process.
typedef struct {
    /// Calls that gave out memory; a `realloc` that moved or grew a block counts here and in
    /// `frees`.
    uint64_t allocations;
    /// Calls that took memory back; `free(NULL)` is none.
    uint64_t frees;
    /// Bytes asked for, summed over `allocations`.
    uint64_t bytes;
} aero_allocation_count;

/// 1 when this build counts; 0 under ThreadSanitizer, AddressSanitizer and MemorySanitizer, which
/// interpose the allocator themselves.
int aero_allocation_count_is_active(void);

/// The calling thread's totals; zeros when inactive. Allocates nothing on a thread that has
/// allocated before.
void aero_allocation_count_thread(aero_allocation_count *count);

/// The totals of all threads, living and ended; zeros when inactive. Any thread, at any time.
void aero_allocation_count_process(aero_allocation_count *count);

#ifdef __cplusplus
}
#endif

#endif
