// Makes a clock of a real program jump, without setting the machine's.
//
// Build: cc -shared -fPIC -O2 -o clock_shim.so clock_shim.c
// Use:   LD_PRELOAD=./clock_shim.so AEROMQ_CLOCK=CLOCK:AT:BY program
//
//   CLOCK  monotonic or realtime
//   AT     when, in nanoseconds of the real monotonic clock
//   BY     how far, in nanoseconds; negative for back
//
// Only what is asked for by clock_gettime jumps: timeouts are the kernel's and keep its time.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static clockid_t jumping = -1;
static long long at_nanoseconds;
static long long by_nanoseconds;

static long long nanoseconds(const struct timespec *time) {
    return time->tv_sec * SECOND + time->tv_nsec;
}

__attribute__((constructor)) static void read_order(void) {
    const char *text = getenv("AEROMQ_CLOCK");
    char name[16];
    if (!text || sscanf(text, "%15[a-z]:%lld:%lld", name, &at_nanoseconds, &by_nanoseconds) != 3)
        return;
    jumping = strcmp(name, "realtime") ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != jumping)
        return (int)syscall(SYS_clock_gettime, clock, time);
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    int status = (int)syscall(SYS_clock_gettime, clock, time);
    if (status || nanoseconds(&now) < at_nanoseconds)
        return status;
    long long jumped = nanoseconds(time) + by_nanoseconds;
    time->tv_sec = jumped / SECOND;
    time->tv_nsec = jumped % SECOND;
    return 0;
}
