// Makes calls of the C library on files fail, on a real program, without root.
//
// Build: cc -shared -fPIC -O2 -o fault_shim.so fault_shim.c
// Use:   LD_PRELOAD=./fault_shim.so AEROMQ_FAULTS='RULE;RULE' program
//
//   RULE   CALL:WHAT[:KEY=VALUE]...
//   CALL   open mkdir rename unlink ftruncate pwrite pread fsync fdatasync syncfs sendfile
//   WHAT   an errno (EIO ENOSPC EDQUOT EROFS EMFILE ENOMEM EACCES): the call fails with it
//          SHORT: pwrite, pread and sendfile move half of the bytes
//          DELAY: the call takes `ms` longer
//          KILL, STOP: the process gets SIGKILL or SIGSTOP instead of the call, or before it
//   KEYS   path=TEXT   only files whose path contains TEXT (of a rename: the new one)
//          skip=N      not the first N calls
//          count=N     only so many calls; all of them unless given
//          room=BYTES  of pwrite: so many bytes are written before the rule takes effect
//          ms=N        of DELAY: milliseconds
//
// A call that meets several rules is delayed by each and fails by the first. With
// AEROMQ_FAULTS_SWITCH=PATH nothing happens as long as that file doesn't exist; with
// AEROMQ_FAULTS_LOG=PATH each effect is a line "CALL WHAT PATH" of that file. io_uring, and what
// the C library does inside itself (fopen, opendir), doesn't come by here.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RULE_LIMIT 32
#define TEXT_LIMIT 256

enum { WHAT_SHORT = -1, WHAT_DELAY = -2, WHAT_KILL = -3, WHAT_STOP = -4 };

struct rule {
    char call[16];
    char what_name[16];
    char path[TEXT_LIMIT];
    int what;
    int has_room;
    long milliseconds;
    atomic_long skip;
    atomic_long count;
    atomic_long room;
};

static struct rule rules[RULE_LIMIT];
static int rule_count;
static const char *switch_path;
static const char *log_path;

static const struct {
    const char *name;
    int what;
} whats[] = {
    {"EIO", EIO},       {"ENOSPC", ENOSPC},     {"EDQUOT", EDQUOT},     {"EROFS", EROFS},
    {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM},     {"EACCES", EACCES},     {"SHORT", WHAT_SHORT},
    {"KILL", WHAT_KILL}, {"STOP", WHAT_STOP},   {"DELAY", WHAT_DELAY},
};
static const char *const calls[] = {
    "open",  "mkdir", "rename",    "unlink", "ftruncate", "pwrite",
    "pread", "fsync", "fdatasync", "syncfs", "sendfile",
};

// A rule with a typing error would make a test that passes for nothing.
static void refuse(const char *text)
{
    dprintf(STDERR_FILENO, "fault_shim: no such thing in AEROMQ_FAULTS: %s\n", text);
    _exit(125);
}

static void parse_key(struct rule *rule, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        refuse(text);
    size_t length = (size_t)(equals - text);
    if (length == 4 && memcmp(text, "path", 4) == 0) {
        snprintf(rule->path, sizeof rule->path, "%s", equals + 1);
        return;
    }
    char *end = NULL;
    long number = strtol(equals + 1, &end, 10);
    if (end == equals + 1 || *end != '\0' || number < 0)
        refuse(text);
    if (length == 4 && memcmp(text, "skip", 4) == 0) {
        atomic_store(&rule->skip, number);
    } else if (length == 5 && memcmp(text, "count", 5) == 0) {
        atomic_store(&rule->count, number);
    } else if (length == 4 && memcmp(text, "room", 4) == 0) {
        rule->has_room = 1;
        atomic_store(&rule->room, number);
    } else if (length == 2 && memcmp(text, "ms", 2) == 0) {
        rule->milliseconds = number;
    } else {
        refuse(text);
    }
}

static void parse_rule(char *text)
{
    if (rule_count == RULE_LIMIT)
        refuse("more than 32 rules");
    struct rule *rule = &rules[rule_count++];
    atomic_store(&rule->count, LONG_MAX);
    char *rest = NULL;
    const char *call = strtok_r(text, ":", &rest);
    const char *what = strtok_r(NULL, ":", &rest);
    if (call == NULL || what == NULL)
        refuse("a rule without CALL:WHAT");
    for (size_t index = 0; index < sizeof calls / sizeof *calls; index++)
        if (strcmp(call, calls[index]) == 0)
            snprintf(rule->call, sizeof rule->call, "%s", call);
    for (size_t index = 0; index < sizeof whats / sizeof *whats; index++)
        if (strcmp(what, whats[index].name) == 0) {
            rule->what = whats[index].what;
            snprintf(rule->what_name, sizeof rule->what_name, "%s", what);
        }
    if (rule->call[0] == '\0')
        refuse(call);
    if (rule->what == 0)
        refuse(what);
    for (const char *key; (key = strtok_r(NULL, ":", &rest)) != NULL;)
        parse_key(rule, key);
}

__attribute__((constructor)) static void parse_environment(void)
{
    switch_path = getenv("AEROMQ_FAULTS_SWITCH");
    log_path = getenv("AEROMQ_FAULTS_LOG");
    const char *text = getenv("AEROMQ_FAULTS");
    if (text == NULL)
        return;
    char *copy = strdup(text);
    char *rest = NULL;
    for (char *rule = strtok_r(copy, ";", &rest); rule != NULL; rule = strtok_r(NULL, ";", &rest))
        parse_rule(rule);
    free(copy);
}

static void note(const struct rule *rule, const char *path)
{
    if (log_path == NULL)
        return;
    int log = (int)syscall(
        SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0)
        return;
    dprintf(log, "%s %s %s\n", rule->call, rule->what_name, path);
    close(log);
}

// Takes one from a counter unless it is at zero.
static int take(atomic_long *counter)
{
    long value = atomic_load(counter);
    while (value > 0)
        if (atomic_compare_exchange_weak(counter, &value, value - 1))
            return 1;
    return 0;
}

// Takes up to `wanted` of the room that is left before a rule takes effect.
static long take_room(struct rule *rule, long wanted)
{
    long value = atomic_load(&rule->room);
    for (;;) {
        long taken = value < wanted ? value : wanted;
        if (atomic_compare_exchange_weak(&rule->room, &value, value - taken))
            return taken;
    }
}

static void wait_milliseconds(long milliseconds)
{
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

// What becomes of a call: 0, it is made; above, it fails with that errno; WHAT_SHORT, it moves
// half. `room` is set to the bytes that may be moved nevertheless, or left alone.
static int verdict(const char *call, const char *path, long byte_count, long *room)
{
    if (rule_count == 0 || (switch_path != NULL && access(switch_path, F_OK) != 0))
        return 0;
    for (int index = 0; index < rule_count; index++) {
        struct rule *rule = &rules[index];
        if (strcmp(rule->call, call) != 0 || strstr(path, rule->path) == NULL)
            continue;
        if (take(&rule->skip))
            continue;
        if (rule->has_room && room != NULL) {
            long taken = take_room(rule, byte_count);
            if (taken == byte_count)
                continue;
            *room = taken;
        }
        if (!take(&rule->count))
            continue;
        note(rule, path);
        switch (rule->what) {
        case WHAT_DELAY: wait_milliseconds(rule->milliseconds); continue;
        case WHAT_STOP: kill(getpid(), SIGSTOP); continue;
        default: return rule->what;
        }
    }
    return 0;
}

static int verdict_of_file(const char *call, int fd, long byte_count, long *room)
{
    if (rule_count == 0)
        return 0;
    int saved = errno;
    char name[64];
    char path[PATH_MAX + 1];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, PATH_MAX);
    errno = saved;
    // Pipes and sockets have no path.
    if (length <= 0 || path[0] != '/')
        return 0;
    path[length] = '\0';
    return verdict(call, path, byte_count, room);
}

// Ends a call that isn't made.
static long fail(int what)
{
    if (what == WHAT_KILL)
        kill(getpid(), SIGKILL);
    errno = what > 0 ? what : EINVAL;
    return -1;
}

static size_t half(size_t count) { return count > 1 ? count / 2 : count; }

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t position)
{
    long room = 0;
    int what = verdict_of_file("pwrite", fd, (long)count, &room);
    if (what == WHAT_SHORT)
        count = half(count);
    if (what > 0 || what == WHAT_KILL) {
        // What there was room for is taken first, as a disk that fills up takes it.
        long written = room > 0 ? syscall(SYS_pwrite64, fd, bytes, (size_t)room, position) : 0;
        return written > 0 && what > 0 ? written : fail(what);
    }
    return syscall(SYS_pwrite64, fd, bytes, count, position);
}

ssize_t pwrite64(int, const void *, size_t, off64_t) __attribute__((alias("pwrite")));

ssize_t pread(int fd, void *bytes, size_t count, off_t position)
{
    int what = verdict_of_file("pread", fd, (long)count, NULL);
    if (what > 0 || what == WHAT_KILL)
        return fail(what);
    return syscall(SYS_pread64, fd, bytes, what == WHAT_SHORT ? half(count) : count, position);
}

ssize_t pread64(int, void *, size_t, off64_t) __attribute__((alias("pread")));

ssize_t sendfile(int socket, int fd, off_t *position, size_t count)
{
    int what = verdict_of_file("sendfile", fd, (long)count, NULL);
    if (what > 0 || what == WHAT_KILL)
        return fail(what);
    return syscall(SYS_sendfile, socket, fd, position, what == WHAT_SHORT ? half(count) : count);
}

ssize_t sendfile64(int, int, off64_t *, size_t) __attribute__((alias("sendfile")));

int fsync(int fd)
{
    int what = verdict_of_file("fsync", fd, 0, NULL);
    return (int)(what != 0 ? fail(what) : syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
    int what = verdict_of_file("fdatasync", fd, 0, NULL);
    return (int)(what != 0 ? fail(what) : syscall(SYS_fdatasync, fd));
}

int syncfs(int fd)
{
    int what = verdict_of_file("syncfs", fd, 0, NULL);
    return (int)(what != 0 ? fail(what) : syscall(SYS_syncfs, fd));
}

int ftruncate(int fd, off_t byte_count)
{
    int what = verdict_of_file("ftruncate", fd, 0, NULL);
    return (int)(what != 0 ? fail(what) : syscall(SYS_ftruncate, fd, byte_count));
}

int ftruncate64(int, off64_t) __attribute__((alias("ftruncate")));

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    int what = verdict("open", path, 0, NULL);
    return (int)(what != 0 ? fail(what) : syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int open64(const char *, int, ...) __attribute__((alias("open")));

int mkdir(const char *path, mode_t mode)
{
    int what = verdict("mkdir", path, 0, NULL);
    return (int)(what != 0 ? fail(what) : syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int rename(const char *source, const char *target)
{
    int what = verdict("rename", target, 0, NULL);
    return (int)(what != 0 ? fail(what)
                           : syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, 0));
}

int unlink(const char *path)
{
    int what = verdict("unlink", path, 0, NULL);
    return (int)(what != 0 ? fail(what) : syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
