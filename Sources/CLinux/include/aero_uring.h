// io_uring through liburing, behind an opaque type.
//
// Operations fill a submission entry, submitting those before when all are in use, and give 0 or
// a negated errno. Each carries a 64-bit tag that comes back with its completions.
#ifndef AERO_URING_H
#define AERO_URING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One ring: made, used and destroyed by one thread.
struct aero_uring;

/// A completion as the kernel wrote it.
struct aero_uring_completion {
    uint64_t tag;
    /// A count or descriptor, or a negated errno.
    int32_t result;
    /// The provided buffer used, or below zero.
    int32_t buffer;
    /// The operation will have no more completions.
    bool is_last;
};

/// Makes a ring: single issuer, deferred task run. -ENOSYS without the features needed.
int aero_uring_create(
    unsigned entry_count, unsigned completion_count, struct aero_uring **ring);
void aero_uring_destroy(struct aero_uring *ring);
/// Makes the ring of provided buffers: `count` entries (a power of two), none filled.
int aero_uring_make_buffers(struct aero_uring *ring, unsigned count);
/// Gives the kernel one buffer (back).
void aero_uring_provide(
    struct aero_uring *ring, void *bytes, unsigned length, unsigned short identifier);

/// Multishot receive into provided buffers.
int aero_uring_receive(struct aero_uring *ring, int fd, uint64_t tag);
/// Send of one block; the kernel retries short sends until all of it is taken.
int aero_uring_send(
    struct aero_uring *ring, int fd, const void *bytes, size_t count, uint64_t tag);
/// Gathering send of a `struct msghdr`, which must stay valid until it is submitted.
int aero_uring_send_message(struct aero_uring *ring, int fd, const void *message, uint64_t tag);
/// Multishot accept of non-blocking, close-on-exec descriptors.
int aero_uring_accept(struct aero_uring *ring, int fd, uint64_t tag);
/// One-shot wait until a descriptor is writable: how a connect in progress ends.
int aero_uring_wait_writable(struct aero_uring *ring, int fd, uint64_t tag);
/// One-shot wait until a socket has an error, or both its directions have ended.
int aero_uring_wait_broken(struct aero_uring *ring, int fd, uint64_t tag);
/// Multishot wait for writes to an eventfd.
int aero_uring_watch(struct aero_uring *ring, int fd, uint64_t tag);
/// Cancellation of the operation submitted with `target`.
int aero_uring_cancel(struct aero_uring *ring, uint64_t target, uint64_t tag);

/// Entries filled and not submitted.
unsigned aero_uring_pending(const struct aero_uring *ring);
/// Submits only.
int aero_uring_submit(struct aero_uring *ring);
/// Submits and makes completions of deferred work: 1, or 0 when there was neither and the kernel
/// wasn't entered.
int aero_uring_poll(struct aero_uring *ring);
/// Submits and sleeps until there is a completion; below zero for ever. A sleep that ends without
/// one, for the time or a signal, is 0 too.
int aero_uring_sleep(struct aero_uring *ring, int64_t timeout_nanoseconds);
/// True when `aero_uring_take` has something; never enters the kernel.
bool aero_uring_has_completion(const struct aero_uring *ring);
/// Copies the oldest completion out and consumes it; false when there is none.
bool aero_uring_take(struct aero_uring *ring, struct aero_uring_completion *completion);

#endif
