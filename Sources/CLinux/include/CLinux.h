// What the AeroIO module needs of Linux and Swift cannot import.
//
// Every call returns its value, or a negated errno; none sets the global errno on purpose.
// Only stdint.h is included: a libc type that a C module defines along the way may be taken by
// Swift for that module's instead of Glibc's, and with _GNU_SOURCE its layout would differ too.
#ifndef AERO_CLINUX_H
#define AERO_CLINUX_H

#include <stdint.h>

#include "aero_uring.h"

/// The symbolic name of an errno ("ECONNRESET"), or NULL; static storage.
const char *aero_errno_name(int code);
/// The text of an errno, or NULL; static storage, thread-safe.
const char *aero_errno_text(int code);

#define AERO_EPOLL_ADD 1
#define AERO_EPOLL_DELETE 2
#define AERO_EPOLL_MODIFY 3
#define AERO_EPOLL_INPUT 0x0001u
#define AERO_EPOLL_OUTPUT 0x0004u
#define AERO_EPOLL_ERROR 0x0008u
#define AERO_EPOLL_HANGUP 0x0010u
#define AERO_EPOLL_PEER_HANGUP 0x2000u
#define AERO_EPOLL_EDGE 0x80000000u

/// `struct epoll_event`; events.c checks that the layouts and the constants above agree.
struct aero_epoll_event {
    uint32_t events;
    uint64_t data;
}
#ifdef __x86_64__
__attribute__((packed))
#endif
;

/// epoll_create1(EPOLL_CLOEXEC).
int aero_epoll_create(void);
/// epoll_ctl(2) with a 64-bit datum.
int aero_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data);
/// epoll_pwait2(2) without a mask; below zero waits for ever. Kernels without it (before 5.11)
/// get epoll_wait with the timeout rounded up to a millisecond.
int aero_epoll_wait(
    int epoll, struct aero_epoll_event *events, int capacity, int64_t timeout_nanoseconds);
/// eventfd(2), non-blocking and close-on-exec, starting at zero.
int aero_eventfd(void);
/// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC and without the peer's address.
int aero_accept(int listener);
/// pipe2(2) with O_CLOEXEC: fds[0] reads, fds[1] writes.
int aero_pipe(int fds[2]);

/// What jemalloc says of a whole process since its start.
typedef struct {
    /// Calls that gave out memory; those of living threads' caches a little late.
    uint64_t requests;
    /// Bytes of the size classes that these calls were served from.
    uint64_t requested_bytes;
    /// Bytes given out and not taken back.
    uint64_t allocated_bytes;
    /// Bytes of pages that any of these lies on.
    uint64_t active_bytes;
    /// Bytes resident, of these pages and of its own.
    uint64_t resident_bytes;
} aero_jemalloc_totals;

/// jemalloc's own statistics: 0, or -1 where the process does not run on it.
int aero_jemalloc_read(aero_jemalloc_totals *totals);

/// syncfs(2).
int aero_syncfs(int fd);
/// sendfile(2) from a position of `file`, whose own position stays where it is: bytes moved.
int64_t aero_sendfile(int socket, int file, int64_t position, int64_t byte_count);

/// The CPUs the calling thread may run on, as a bit set of `word_count` words.
int aero_affinity_get(uint64_t *words, int word_count);
/// Restricts the calling thread to the CPUs of the bit set.
int aero_affinity_set(const uint64_t *words, int word_count);
/// The kernel's identifier of the calling thread.
int aero_thread_identifier(void);
/// Names the calling thread; longer names are cut to 15 bytes.
int aero_thread_name_set(const char *name);
/// Copies the calling thread's name, at least 16 bytes of room.
int aero_thread_name_get(char *name, int capacity);
/// How late the kernel may end the calling thread's sleeps, in nanoseconds (50,000 by default).
int aero_timer_slack_set(uint64_t nanoseconds);

/// From now on each delivery of `signal_number` writes that number as one byte to `fd`.
int aero_signal_route(int signal_number, int fd);
/// Gives `signal_number` its default action again.
int aero_signal_restore(int signal_number);
/// Ignores `signal_number`.
int aero_signal_ignore(int signal_number);

/// What a child process is started with; every pointer is borrowed for the call.
struct aero_spawn_request {
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// NULL: the parent's.
    const char *directory;
    /// Descriptors that become 0, 1 and 2; below zero leaves that one as it is.
    int descriptors[3];
    /// Not 0: it leads a process group of its own.
    int leads_group;
};
/// posix_spawn(3) with default signal actions and an empty signal mask; gives the process id.
int aero_spawn(const struct aero_spawn_request *request);
/// pidfd_open(2): a descriptor that becomes readable when the process ends.
int aero_pidfd_open(int process);

/// memfd_create(2), closed on exec. Returns the descriptor or -errno.
int aero_memory_create(const char *name);
/// CPU time used by a whole process so far, in nanoseconds.
int64_t aero_process_cpu_nanoseconds(int process);

#endif
