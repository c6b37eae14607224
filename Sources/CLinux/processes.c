// Shims for signals, child processes, shared memory and the CPU clock of another process.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

// BOUND: Linux has signals 1 to 64.
#define SIGNAL_LIMIT 65

// The descriptor each routed signal is written to; minus one where there is none.
static atomic_int routes[SIGNAL_LIMIT];

static void write_signal_number(int signal_number)
{
    int saved = errno;
    int fd = atomic_load_explicit(&routes[signal_number], memory_order_acquire);
    if (fd >= 0) {
        unsigned char byte = (unsigned char)signal_number;
        // A full pipe already holds enough bytes to wake its reader.
        ssize_t ignored = write(fd, &byte, 1);
        (void)ignored;
    }
    errno = saved;
}

static int install(int signal_number, void (*action)(int))
{
    if (signal_number <= 0 || signal_number >= SIGNAL_LIMIT)
        return -EINVAL;
    struct sigaction request;
    memset(&request, 0, sizeof request);
    request.sa_handler = action;
    // Other threads' system calls go on as if nothing had happened.
    request.sa_flags = SA_RESTART;
    sigemptyset(&request.sa_mask);
    return sigaction(signal_number, &request, NULL) < 0 ? -errno : 0;
}

int aero_signal_route(int signal_number, int fd)
{
    if (signal_number <= 0 || signal_number >= SIGNAL_LIMIT)
        return -EINVAL;
    atomic_store_explicit(&routes[signal_number], fd, memory_order_release);
    return install(signal_number, write_signal_number);
}

int aero_signal_restore(int signal_number)
{
    int status = install(signal_number, SIG_DFL);
    if (status == 0)
        atomic_store_explicit(&routes[signal_number], -1, memory_order_release);
    return status;
}

int aero_signal_ignore(int signal_number)
{
    return install(signal_number, SIG_IGN);
}

static int add_actions(
    posix_spawn_file_actions_t *actions, const struct aero_spawn_request *request)
{
    int status = 0;
    for (int target = 0; target < 3 && status == 0; target++) {
        if (request->descriptors[target] >= 0)
            status = posix_spawn_file_actions_adddup2(
                actions, request->descriptors[target], target);
    }
    if (status == 0 && request->directory != NULL)
        status = posix_spawn_file_actions_addchdir_np(actions, request->directory);
    return status;
}

static int add_attributes(posix_spawnattr_t *attributes, int leads_group)
{
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int status = posix_spawnattr_setsigmask(attributes, &none);
    if (status == 0)
        status = posix_spawnattr_setsigdefault(attributes, &all);
    if (status == 0 && leads_group) {
        flags |= POSIX_SPAWN_SETPGROUP;
        status = posix_spawnattr_setpgroup(attributes, 0);
    }
    if (status == 0)
        status = posix_spawnattr_setflags(attributes, (short)flags);
    return status;
}

int aero_spawn(const struct aero_spawn_request *request)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int status = posix_spawn_file_actions_init(&actions);
    if (status != 0)
        return -status;
    status = posix_spawnattr_init(&attributes);
    if (status != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -status;
    }
    pid_t process = 0;
    status = add_actions(&actions, request);
    if (status == 0)
        status = add_attributes(&attributes, request->leads_group);
    if (status == 0)
        status = posix_spawn(
            &process, request->path, &actions, &attributes, request->arguments,
            request->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return status != 0 ? -status : (int)process;
}

int aero_pidfd_open(int process)
{
    long fd = syscall(SYS_pidfd_open, process, 0);
    return fd < 0 ? -errno : (int)fd;
}

int64_t aero_process_cpu_nanoseconds(int process)
{
    clockid_t clock;
    int status = clock_getcpuclockid(process, &clock);
    if (status != 0)
        return -status;
    struct timespec time;
    if (clock_gettime(clock, &time) < 0)
        return -errno;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int aero_memory_create(const char *name)
{
    int memory = memfd_create(name, MFD_CLOEXEC);
    return memory < 0 ? -errno : memory;
}
