// malloc and its kin, counted and passed on to whoever would have been called otherwise.
//
// Defined in the executable, these come before every shared library in the symbol search, so that
// libc's, the Swift runtime's and our own calls all arrive here. The next definition in that search
// (RTLD_NEXT) does the work: glibc's, or that of a preloaded allocator.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "CAllocationCount.h"
#include "CountingBlocks.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) \
    || __has_feature(memory_sanitizer)
#define AERO_ALLOCATION_COUNT_INACTIVE 1
#endif
#endif

// The reading side in a Swift library of the same executable; absent when that is not linked.
typedef void aero_reader(int scope, uint64_t totals[3]);
extern void aero_allocation_counter_register(aero_reader *reader) __attribute__((weak));

#ifdef AERO_ALLOCATION_COUNT_INACTIVE

int aero_allocation_count_is_active(void) { return 0; }
void aero_allocation_count_thread(aero_allocation_count *count) { memset(count, 0, sizeof *count); }
void aero_allocation_count_process(aero_allocation_count *count) {
    memset(count, 0, sizeof *count);
}

#else

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
} next;

// `dlsym` may allocate before there is anything to pass its call on to. That is one thread, before
// `main`, with a few hundred bytes; they are never taken back.
enum { ARENA_SIZE = 64 * 1024, ARENA_ALIGNMENT = 16 };
static _Alignas(ARENA_ALIGNMENT) unsigned char arena[ARENA_SIZE];
static size_t arena_used;

// Each arena block is preceded by its size, in a slot as wide as the alignment.
static void *arena_take(size_t size) {
    if (size > ARENA_SIZE) { return NULL; }
    size_t padded = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (ARENA_SIZE - arena_used < padded + ARENA_ALIGNMENT) { return NULL; }
    unsigned char *block = arena + arena_used + ARENA_ALIGNMENT;
    memcpy(block - ARENA_ALIGNMENT, &size, sizeof size);
    arena_used += padded + ARENA_ALIGNMENT;
    return block;
}

static int is_in_arena(const void *pointer) {
    return (uintptr_t)pointer - (uintptr_t)arena < ARENA_SIZE;
}

static size_t arena_block_size(const void *block) {
    size_t size;
    memcpy(&size, (const unsigned char *)block - ARENA_ALIGNMENT, sizeof size);
    return size;
}

static void find(const char *name, void *destination) {
    void *symbol = dlsym(RTLD_NEXT, name);
    if (symbol == NULL) {
        static const char text[] = "CAllocationCount: no allocator to pass calls on to\n";
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        _exit(127);
    }
    // ISO C has no cast from object to function pointer; POSIX promises the same bits.
    memcpy(destination, &symbol, sizeof symbol);
}

// The first allocation of the process comes long before a second thread, so no lock is needed.
static int is_resolving;

static void resolve(void) {
    is_resolving = 1;
    find("calloc", &next.calloc);
    find("realloc", &next.realloc);
    find("free", &next.free);
    find("posix_memalign", &next.posix_memalign);
    find("aligned_alloc", &next.aligned_alloc);
    find("memalign", &next.memalign);
    aero_blocks_start(next.posix_memalign);
    // Last: it is what `is_ready` looks at.
    find("malloc", &next.malloc);
    is_resolving = 0;
}

// True when calls can be passed on; false only inside `dlsym`, where the arena serves.
static inline int is_ready(void) {
    if (__builtin_expect(next.malloc != NULL, 1)) { return 1; }
    if (is_resolving) { return 0; }
    resolve();
    return 1;
}

static inline void *counted(void *block, size_t size) {
    if (block != NULL) { aero_blocks_count(1, 0, size); }
    return block;
}

void *malloc(size_t size) {
    if (!is_ready()) { return arena_take(size); }
    return counted(next.malloc(size), size);
}

void *calloc(size_t count, size_t size) {
    if (!is_ready()) {
        // Arena memory is zero from the start and never used twice.
        size_t total;
        return __builtin_mul_overflow(count, size, &total) ? NULL : arena_take(total);
    }
    // The product cannot have overflowed when the call succeeded.
    return counted(next.calloc(count, size), count * size);
}

void free(void *block) {
    if (block == NULL || is_in_arena(block)) { return; }
    if (!is_ready()) { return; }
    next.free(block);
    // After the call, so that a thread's first act may be a free.
    aero_blocks_count(0, 1, 0);
}

void *realloc(void *block, size_t size) {
    if (!is_ready() || is_in_arena(block)) {
        void *moved = malloc(size);
        if (moved != NULL && block != NULL) {
            size_t old_size = is_in_arena(block) ? arena_block_size(block) : 0;
            memcpy(moved, block, old_size < size ? old_size : size);
        }
        return moved;
    }
    void *moved = next.realloc(block, size);
    if (moved != NULL) {
        aero_blocks_count(1, block != NULL, size);
    } else if (block != NULL && size == 0) {
        aero_blocks_count(0, 1, 0);
    }
    return moved;
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (!is_ready()) { return ENOMEM; }
    int code = next.posix_memalign(result, alignment, size);
    if (code == 0) { aero_blocks_count(1, 0, size); }
    return code;
}

void *aligned_alloc(size_t alignment, size_t size) {
    return is_ready() ? counted(next.aligned_alloc(alignment, size), size) : NULL;
}

void *memalign(size_t alignment, size_t size) {
    return is_ready() ? counted(next.memalign(alignment, size), size) : NULL;
}

int aero_allocation_count_is_active(void) { return 1; }

void aero_allocation_count_thread(aero_allocation_count *count) {
    aero_blocks_thread_totals(count);
}

void aero_allocation_count_process(aero_allocation_count *count) {
    aero_blocks_process_totals(count);
}

static void read_totals(int scope, uint64_t totals[3]) {
    aero_allocation_count count;
    if (scope == 0) {
        aero_allocation_count_process(&count);
    } else {
        aero_allocation_count_thread(&count);
    }
    totals[0] = count.allocations;
    totals[1] = count.frees;
    totals[2] = count.bytes;
}

__attribute__((constructor)) static void announce(void) {
    (void)is_ready();
    if (aero_allocation_counter_register) { aero_allocation_counter_register(read_totals); }
}

#endif
