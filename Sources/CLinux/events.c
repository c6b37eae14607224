// Shims for epoll, eventfd, accept4 and pipe2, and the names of error numbers.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#define NANOSECONDS_PER_SECOND 1000000000
#define NANOSECONDS_PER_MILLISECOND 1000000

_Static_assert(sizeof(struct aero_epoll_event) == sizeof(struct epoll_event), "layout");
_Static_assert(
    offsetof(struct aero_epoll_event, data) == offsetof(struct epoll_event, data), "layout");
_Static_assert(AERO_EPOLL_ADD == EPOLL_CTL_ADD && AERO_EPOLL_DELETE == EPOLL_CTL_DEL, "values");
_Static_assert(AERO_EPOLL_MODIFY == EPOLL_CTL_MOD, "values");
_Static_assert(AERO_EPOLL_INPUT == EPOLLIN && AERO_EPOLL_OUTPUT == EPOLLOUT, "values");
_Static_assert(AERO_EPOLL_ERROR == EPOLLERR && AERO_EPOLL_HANGUP == EPOLLHUP, "values");
_Static_assert(AERO_EPOLL_PEER_HANGUP == EPOLLRDHUP && AERO_EPOLL_EDGE == EPOLLET, "values");

static int result(long value)
{
    return value < 0 ? -errno : (int)value;
}

const char *aero_errno_name(int code)
{
    return strerrorname_np(code);
}

const char *aero_errno_text(int code)
{
    return strerrordesc_np(code);
}

int aero_epoll_create(void)
{
    return result(epoll_create1(EPOLL_CLOEXEC));
}

int aero_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return result(epoll_ctl(epoll, operation, fd, &event));
}

static int milliseconds_rounded_up(int64_t nanoseconds)
{
    if (nanoseconds < 0)
        return -1;
    int64_t milliseconds = nanoseconds / NANOSECONDS_PER_MILLISECOND;
    if (nanoseconds % NANOSECONDS_PER_MILLISECOND != 0)
        milliseconds += 1;
    return milliseconds > INT_MAX ? INT_MAX : (int)milliseconds;
}

int aero_epoll_wait(
    int epoll, struct aero_epoll_event *events, int capacity, int64_t timeout_nanoseconds)
{
    static atomic_bool lacks_pwait2;
    if (timeout_nanoseconds > 0 &&
        !atomic_load_explicit(&lacks_pwait2, memory_order_relaxed)) {
        struct timespec timeout = {
            .tv_sec = timeout_nanoseconds / NANOSECONDS_PER_SECOND,
            .tv_nsec = timeout_nanoseconds % NANOSECONDS_PER_SECOND,
        };
        int count = result(
            syscall(SYS_epoll_pwait2, epoll, events, capacity, &timeout, NULL, (size_t)0));
        if (count != -ENOSYS)
            return count;
        atomic_store_explicit(&lacks_pwait2, 1, memory_order_relaxed);
    }
    return result(epoll_wait(
        epoll, (struct epoll_event *)events, capacity,
        milliseconds_rounded_up(timeout_nanoseconds)));
}

int aero_eventfd(void)
{
    return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

int aero_accept(int listener)
{
    return result(accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int aero_pipe(int fds[2])
{
    return result(pipe2(fds, O_CLOEXEC));
}
