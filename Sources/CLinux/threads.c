// Shims for what the calling thread is: its affinity, name, identifier and timer slack.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Linux limits a thread's name to 15 bytes and a terminator.
#define NAME_CAPACITY 16

int aero_affinity_get(uint64_t *words, int word_count)
{
    // The raw call says how many bytes the kernel wrote; the rest must read as "not allowed".
    memset(words, 0, sizeof(uint64_t) * (size_t)word_count);
    long written =
        syscall(SYS_sched_getaffinity, 0, sizeof(uint64_t) * (size_t)word_count, words);
    return written < 0 ? -errno : 0;
}

int aero_affinity_set(const uint64_t *words, int word_count)
{
    long status =
        syscall(SYS_sched_setaffinity, 0, sizeof(uint64_t) * (size_t)word_count, words);
    return status < 0 ? -errno : 0;
}

int aero_thread_identifier(void)
{
    return (int)syscall(SYS_gettid);
}

int aero_thread_name_set(const char *name)
{
    char cut[NAME_CAPACITY];
    snprintf(cut, sizeof cut, "%s", name);
    return -pthread_setname_np(pthread_self(), cut);
}

int aero_thread_name_get(char *name, int capacity)
{
    return -pthread_getname_np(pthread_self(), name, (size_t)capacity);
}

int aero_timer_slack_set(uint64_t nanoseconds)
{
    return prctl(PR_SET_TIMERSLACK, (unsigned long)nanoseconds, 0, 0, 0) < 0 ? -errno : 0;
}
