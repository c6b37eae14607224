// Calls on files that Swift's Glibc module doesn't have.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <unistd.h>

int aero_syncfs(int fd)
{
    return syncfs(fd) == 0 ? 0 : -errno;
}

int64_t aero_sendfile(int socket, int file, int64_t position, int64_t byte_count)
{
    off_t offset = position;
    ssize_t count = sendfile(socket, file, &offset, byte_count);
    return count >= 0 ? count : -errno;
}
