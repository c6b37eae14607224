// Writes down what a program does to files, so that a power loss can be played on them later.
//
// Build: cc -shared -fPIC -O2 -o power_shim.so power_shim.c
// Use:   LD_PRELOAD=./power_shim.so AEROMQ_POWER_ROOT=DIR AEROMQ_POWER_JOURNAL=FILE program
//
// Each call on something below DIR that succeeds becomes a line of FILE, written before the call
// returns; FILE must not be below DIR. Of what is replaced or removed a second name is made, the
// journal's with a number behind it, so that it can be brought back. Lines, with tabs between:
//
//   W POSITION COUNT PATH   written           T COUNT PATH      cut or grown to a length
//   C PATH                  made              M PATH            made, a directory
//   R SOURCE TARGET BACKUP  renamed; - for BACKUP when nothing was replaced
//   U PATH BACKUP           removed           X PATH            removed, a directory
//   B NUMBER KIND PATH      a sync begins: f of a file, d of a directory, s of a file system
//   E NUMBER                … and has ended well
//
// A path with a tab or a line break in it is not for this. The order of lines is that of events as
// far as one thread waits for another.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINE_LIMIT (3 * PATH_MAX)

static const char *root;
static size_t root_length;
static const char *journal_path;
static int journal = -1;
static atomic_long next_number;

__attribute__((constructor)) static void open_journal(void)
{
    root = getenv("AEROMQ_POWER_ROOT");
    journal_path = getenv("AEROMQ_POWER_JOURNAL");
    if (root == NULL || journal_path == NULL)
        return;
    root_length = strlen(root);
    journal = (int)syscall(SYS_openat, AT_FDCWD, journal_path,
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    // Without a journal a power loss would lose nothing, and a test pass for nothing.
    if (journal < 0) {
        dprintf(STDERR_FILENO, "power_shim: cannot open %s: %s\n", journal_path, strerror(errno));
        _exit(125);
    }
}

static int is_ours(const char *path)
{
    return journal >= 0 && strncmp(path, root, root_length) == 0 && path[root_length] == '/';
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    char line[LINE_LIMIT];
    int saved = errno;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= (int)sizeof line ||
        write(journal, line, (size_t)length) != length) {
        dprintf(STDERR_FILENO, "power_shim: cannot write the journal\n");
        _exit(125);
    }
    errno = saved;
}

// The path of an open file below the root; 0 for any other.
static int path_of(int fd, char path[PATH_MAX + 1])
{
    path[0] = '\0';
    if (journal < 0)
        return 0;
    int saved = errno;
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, PATH_MAX);
    errno = saved;
    if (length <= 0)
        return 0;
    path[length] = '\0';
    // A file without a name leaves nothing behind.
    return is_ours(path) && strstr(path, " (deleted)") == NULL;
}

// Gives a file a second name; 0 when there is no such file.
static int back_up(const char *path, char backup[PATH_MAX])
{
    int saved = errno;
    snprintf(backup, PATH_MAX, "%s.%ld", journal_path, atomic_fetch_add(&next_number, 1));
    int status = (int)syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, backup, 0);
    errno = saved;
    return status == 0;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t position)
{
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, count, position);
    char path[PATH_MAX + 1];
    if (written > 0 && path_of(fd, path))
        note("W\t%lld\t%zd\t%s\n", (long long)position, written, path);
    return written;
}

ssize_t pwrite64(int, const void *, size_t, off64_t) __attribute__((alias("pwrite")));

int ftruncate(int fd, off_t byte_count)
{
    int status = (int)syscall(SYS_ftruncate, fd, byte_count);
    char path[PATH_MAX + 1];
    if (status == 0 && path_of(fd, path))
        note("T\t%lld\t%s\n", (long long)byte_count, path);
    return status;
}

int ftruncate64(int, off64_t) __attribute__((alias("ftruncate")));

static int synchronize(long call, int fd)
{
    char path[PATH_MAX + 1];
    struct stat status;
    if (!path_of(fd, path) && !(journal >= 0 && strcmp(path, root) == 0))
        return (int)syscall(call, fd);
    char kind = call == SYS_syncfs ? 's' : 'f';
    if (kind == 'f' && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
        kind = 'd';
    long number = atomic_fetch_add(&next_number, 1);
    note("B\t%ld\t%c\t%s\n", number, kind, path);
    int outcome = (int)syscall(call, fd);
    if (outcome == 0)
        note("E\t%ld\n", number);
    return outcome;
}

int fsync(int fd) { return synchronize(SYS_fsync, fd); }

int fdatasync(int fd) { return synchronize(SYS_fdatasync, fd); }

int syncfs(int fd) { return synchronize(SYS_syncfs, fd); }

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    int is_new = (flags & O_CREAT) != 0 && is_ours(path)
        && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= 0 && is_new)
        note("C\t%s\n", path);
    return fd;
}

int open64(const char *, int, ...) __attribute__((alias("open")));

int mkdir(const char *path, mode_t mode)
{
    int status = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (status == 0 && is_ours(path))
        note("M\t%s\n", path);
    return status;
}

int rmdir(const char *path)
{
    int status = (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
    if (status == 0 && is_ours(path))
        note("X\t%s\n", path);
    return status;
}

int rename(const char *source, const char *target)
{
    char backup[PATH_MAX] = "-";
    if (is_ours(source) && !back_up(target, backup))
        strcpy(backup, "-");
    int status = (int)syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, 0);
    if (status == 0 && is_ours(source))
        note("R\t%s\t%s\t%s\n", source, target, backup);
    return status;
}

int unlink(const char *path)
{
    char backup[PATH_MAX] = "-";
    if (is_ours(path))
        back_up(path, backup);
    int status = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (status == 0 && is_ours(path))
        note("U\t%s\t%s\n", path, backup);
    return status;
}
