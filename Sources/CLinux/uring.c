// io_uring through liburing: see aero_uring.h.
#define _GNU_SOURCE
#include "aero_uring.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTE_COUNT 4096
#define NANOSECONDS_PER_SECOND 1000000000
// All provided buffers of a ring are in this one group.
#define BUFFER_GROUP 0

struct aero_uring {
    struct io_uring ring;
    struct io_uring_buf_ring *buffers;
    unsigned buffer_count;
};

int aero_uring_create(unsigned entry_count, unsigned completion_count, struct aero_uring **ring)
{
    struct io_uring_params parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
        IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
        IORING_SETUP_CLAMP;
    parameters.cq_entries = completion_count;
    struct aero_uring *made = calloc(1, sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    int status = io_uring_queue_init_params(entry_count, &made->ring, &parameters);
    if (status != 0) {
        free(made);
        return status;
    }
    // Timeouts with a wait, completions that are never dropped, headers copied at submission.
    unsigned needed = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE;
    if ((parameters.features & needed) != needed) {
        aero_uring_destroy(made);
        return -ENOSYS;
    }
    // Spares a descriptor look-up per enter; without it everything is only a little slower.
    (void)io_uring_register_ring_fd(&made->ring);
    *ring = made;
    return 0;
}

void aero_uring_destroy(struct aero_uring *ring)
{
    io_uring_queue_exit(&ring->ring);
    free(ring->buffers);
    free(ring);
}

int aero_uring_make_buffers(struct aero_uring *ring, unsigned count)
{
    void *memory = NULL;
    size_t byte_count = count * sizeof(struct io_uring_buf);
    int status = posix_memalign(&memory, PAGE_BYTE_COUNT, byte_count);
    if (status != 0)
        return -status;
    memset(memory, 0, byte_count);
    struct io_uring_buf_reg request;
    memset(&request, 0, sizeof request);
    request.ring_addr = (uintptr_t)memory;
    request.ring_entries = count;
    request.bgid = BUFFER_GROUP;
    status = io_uring_register_buf_ring(&ring->ring, &request, 0);
    if (status != 0) {
        free(memory);
        return status;
    }
    ring->buffers = memory;
    ring->buffer_count = count;
    return 0;
}

void aero_uring_provide(
    struct aero_uring *ring, void *bytes, unsigned length, unsigned short identifier)
{
    io_uring_buf_ring_add(
        ring->buffers, bytes, length, identifier, io_uring_buf_ring_mask(ring->buffer_count), 0);
    io_uring_buf_ring_advance(ring->buffers, 1);
}

// The next entry to fill, or NULL with the reason in `status`.
static struct io_uring_sqe *next_entry(struct aero_uring *ring, int *status)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring->ring);
    if (entry == NULL) {
        *status = aero_uring_submit(ring);
        entry = io_uring_get_sqe(&ring->ring);
        if (entry == NULL && *status >= 0)
            *status = -EBUSY;
    }
    return entry;
}

int aero_uring_receive(struct aero_uring *ring, int fd, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_recv_multishot(entry, fd, NULL, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = BUFFER_GROUP;
    entry->user_data = tag;
    return 0;
}

int aero_uring_send(
    struct aero_uring *ring, int fd, const void *bytes, size_t count, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_send(entry, fd, bytes, count, MSG_NOSIGNAL | MSG_WAITALL);
    entry->user_data = tag;
    return 0;
}

int aero_uring_send_message(struct aero_uring *ring, int fd, const void *message, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_sendmsg(entry, fd, message, MSG_NOSIGNAL | MSG_WAITALL);
    entry->user_data = tag;
    return 0;
}

int aero_uring_accept(struct aero_uring *ring, int fd, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_multishot_accept(entry, fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    entry->user_data = tag;
    return 0;
}

int aero_uring_wait_writable(struct aero_uring *ring, int fd, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_poll_add(entry, fd, POLLOUT);
    entry->user_data = tag;
    return 0;
}

int aero_uring_wait_broken(struct aero_uring *ring, int fd, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_poll_add(entry, fd, POLLERR | POLLHUP);
    entry->user_data = tag;
    return 0;
}

int aero_uring_watch(struct aero_uring *ring, int fd, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_poll_multishot(entry, fd, POLLIN);
    entry->user_data = tag;
    return 0;
}

int aero_uring_cancel(struct aero_uring *ring, uint64_t target, uint64_t tag)
{
    int status = 0;
    struct io_uring_sqe *entry = next_entry(ring, &status);
    if (entry == NULL)
        return status;
    io_uring_prep_cancel64(entry, target, 0);
    entry->user_data = tag;
    return 0;
}

unsigned aero_uring_pending(const struct aero_uring *ring)
{
    return io_uring_sq_ready(&ring->ring);
}

int aero_uring_submit(struct aero_uring *ring)
{
    int status;
    do {
        status = io_uring_submit(&ring->ring);
    } while (status == -EINTR);
    return status;
}

// Time up, a signal, or completions that have to be consumed first: all just end the wait.
static int ended(int status)
{
    switch (status) {
    case -ETIME:
    case -EINTR:
    case -EAGAIN:
    case -EBUSY:
        return 0;
    default:
        return status < 0 ? status : 0;
    }
}

static bool has_deferred_work(const struct aero_uring *ring)
{
    unsigned flags = IO_URING_READ_ONCE(*ring->ring.sq.kflags);
    return (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

int aero_uring_poll(struct aero_uring *ring)
{
    if (aero_uring_pending(ring) == 0 && !has_deferred_work(ring))
        return 0;
    int status = ended(io_uring_submit_and_get_events(&ring->ring));
    return status < 0 ? status : 1;
}

int aero_uring_sleep(struct aero_uring *ring, int64_t timeout_nanoseconds)
{
    if (timeout_nanoseconds < 0)
        return ended(io_uring_submit_and_wait(&ring->ring, 1));
    struct __kernel_timespec timeout = {
        .tv_sec = timeout_nanoseconds / NANOSECONDS_PER_SECOND,
        .tv_nsec = timeout_nanoseconds % NANOSECONDS_PER_SECOND,
    };
    struct io_uring_cqe *first = NULL;
    return ended(
        io_uring_submit_and_wait_timeout(&ring->ring, &first, 1, &timeout, NULL));
}

bool aero_uring_has_completion(const struct aero_uring *ring)
{
    return *ring->ring.cq.khead != io_uring_smp_load_acquire(ring->ring.cq.ktail);
}

bool aero_uring_take(struct aero_uring *ring, struct aero_uring_completion *completion)
{
    if (!aero_uring_has_completion(ring))
        return false;
    const struct io_uring_cq *queue = &ring->ring.cq;
    const struct io_uring_cqe *source = &queue->cqes[*queue->khead & queue->ring_mask];
    completion->tag = source->user_data;
    completion->result = source->res;
    completion->is_last = (source->flags & IORING_CQE_F_MORE) == 0;
    completion->buffer = (source->flags & IORING_CQE_F_BUFFER) != 0
        ? (int32_t)(source->flags >> IORING_CQE_BUFFER_SHIFT)
        : -1;
    io_uring_cq_advance(&ring->ring, 1);
    return true;
}
