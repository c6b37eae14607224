// Per-thread counting blocks in a list that only grows; an ended thread's block is used again.

#include "CountingBlocks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

// Two cache lines apart, so that counting threads never share one.
enum { BLOCK_ALIGNMENT = 128 };
_Static_assert(sizeof(aero_block) <= BLOCK_ALIGNMENT, "a block fills one aligned slot");

typedef enum { THREAD_NEW, THREAD_COUNTING, THREAD_ENDED } thread_state;

__thread aero_block *aero_own_block;
static __thread __attribute__((tls_model("initial-exec"))) thread_state state;

static _Atomic(aero_block *) first_block;
// For threads past their end (other thread-local destructors) and for want of memory: shared, so
// counted by atomic addition, but hardly ever.
static aero_block stray_block;
static aero_block_source *take_memory;
static pthread_key_t end_key;
static atomic_int has_end_key;

// A thread's last act here: leave the block, with its counts, to a later thread.
static void end_thread(void *argument) {
    aero_block *mine = argument;
    aero_own_block = NULL;
    state = THREAD_ENDED;
    // Releasing: our counts before the next owner's; pairs with the exchange in `find_block`.
    atomic_store_explicit(&mine->is_used, 0, memory_order_release);
}

void aero_blocks_start(aero_block_source *source) {
    take_memory = source;
    // Without a key blocks are not used again: more memory, the same counts.
    if (pthread_key_create(&end_key, end_thread) == 0) {
        atomic_store_explicit(&has_end_key, 1, memory_order_release);
    }
}

static aero_block *find_block(void) {
    aero_block *candidate = atomic_load_explicit(&first_block, memory_order_acquire);
    // BOUND: the most threads that ever lived at once.
    for (; candidate != NULL; candidate = candidate->next) {
        int expected = 0;
        if (atomic_compare_exchange_strong_explicit(
                &candidate->is_used, &expected, 1, memory_order_acquire, memory_order_relaxed)) {
            return candidate;
        }
    }
    void *memory = NULL;
    if (take_memory == NULL || take_memory(&memory, BLOCK_ALIGNMENT, BLOCK_ALIGNMENT) != 0) {
        return NULL;
    }
    aero_block *fresh = memory;
    memset(fresh, 0, sizeof *fresh);
    atomic_store_explicit(&fresh->is_used, 1, memory_order_relaxed);
    fresh->next = atomic_load_explicit(&first_block, memory_order_relaxed);
    // Releasing: the fresh block's content before its address; pairs with the walks' acquire.
    // BOUND: lock-free; a round is lost only when another thread added a block.
    while (!atomic_compare_exchange_weak_explicit(
        &first_block, &fresh->next, fresh, memory_order_release, memory_order_relaxed)) {
    }
    return fresh;
}

static aero_block *start_thread(void) {
    if (state == THREAD_ENDED) { return NULL; }
    aero_block *mine = find_block();
    if (mine == NULL) { return NULL; }
    mine->base_allocations = atomic_load_explicit(&mine->allocations, memory_order_relaxed);
    mine->base_frees = atomic_load_explicit(&mine->frees, memory_order_relaxed);
    mine->base_bytes = atomic_load_explicit(&mine->bytes, memory_order_relaxed);
    // First of all the pointer: `pthread_setspecific` may allocate, and that must find it.
    aero_own_block = mine;
    state = THREAD_COUNTING;
    if (atomic_load_explicit(&has_end_key, memory_order_acquire)) {
        (void)pthread_setspecific(end_key, mine);
    }
    return mine;
}

void aero_blocks_count_without_block(uint64_t allocations, uint64_t frees, uint64_t bytes) {
    if (start_thread() != NULL) {
        aero_blocks_count(allocations, frees, bytes);
        return;
    }
    atomic_fetch_add_explicit(&stray_block.allocations, allocations, memory_order_relaxed);
    atomic_fetch_add_explicit(&stray_block.frees, frees, memory_order_relaxed);
    atomic_fetch_add_explicit(&stray_block.bytes, bytes, memory_order_relaxed);
}

static void accumulate(aero_allocation_count *count, aero_block *source) {
    count->allocations += atomic_load_explicit(&source->allocations, memory_order_relaxed);
    count->frees += atomic_load_explicit(&source->frees, memory_order_relaxed);
    count->bytes += atomic_load_explicit(&source->bytes, memory_order_relaxed);
}

void aero_blocks_thread_totals(aero_allocation_count *count) {
    memset(count, 0, sizeof *count);
    aero_block *mine = aero_own_block;
    if (mine == NULL) { mine = start_thread(); }
    if (mine == NULL) { return; }
    accumulate(count, mine);
    count->allocations -= mine->base_allocations;
    count->frees -= mine->base_frees;
    count->bytes -= mine->base_bytes;
}

void aero_blocks_process_totals(aero_allocation_count *count) {
    memset(count, 0, sizeof *count);
    accumulate(count, &stray_block);
    aero_block *each = atomic_load_explicit(&first_block, memory_order_acquire);
    for (; each != NULL; each = each->next) { accumulate(count, each); }
}
