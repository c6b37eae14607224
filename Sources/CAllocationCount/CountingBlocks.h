// Where the interposer's counts are kept: one block per thread, written by that thread alone.

#ifndef AERO_COUNTING_BLOCKS_H
#define AERO_COUNTING_BLOCKS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "CAllocationCount.h"

// Counts are cumulative over all threads that used the block, so the process total needs no
// farewell from a thread; `base_*` is where the present thread started.
typedef struct aero_block {
    atomic_uint_fast64_t allocations, frees, bytes;
    uint64_t base_allocations, base_frees, base_bytes;
    struct aero_block *next;
    atomic_int is_used;
} aero_block;

/// Takes `size` bytes, aligned to `alignment`, for a block; must not count.
typedef int aero_block_source(void **result, size_t alignment, size_t size);

/// Must be called once, before any thread counts.
void aero_blocks_start(aero_block_source *source);

/// The calling thread's block; NULL before its first count and after its end.
///
/// Initial-exec: the general model may allocate at the first touch, inside our own malloc.
extern __thread aero_block *aero_own_block
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/// Counts for a thread that has no block (yet).
void aero_blocks_count_without_block(uint64_t allocations, uint64_t frees, uint64_t bytes);

// The block has one writer, so load, add, store needs no locked instruction; atomic for readers.
static inline void aero_block_add(atomic_uint_fast64_t *counter, uint64_t amount) {
    if (__builtin_constant_p(amount) && amount == 0) { return; }
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

/// Counts for the calling thread: no lock, no shared write. Inlined, since every call of the
/// program's allocator pays for it.
static inline void aero_blocks_count(uint64_t allocations, uint64_t frees, uint64_t bytes) {
    aero_block *mine = aero_own_block;
    if (__builtin_expect(mine == NULL, 0)) {
        aero_blocks_count_without_block(allocations, frees, bytes);
        return;
    }
    aero_block_add(&mine->allocations, allocations);
    aero_block_add(&mine->frees, frees);
    aero_block_add(&mine->bytes, bytes);
}

/// Sums for the calling thread, and for the process.
void aero_blocks_thread_totals(aero_allocation_count *count);
void aero_blocks_process_totals(aero_allocation_count *count);

#endif
