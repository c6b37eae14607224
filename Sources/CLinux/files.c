// Calls on files that Swift's Glibc module doesn't have.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <unistd.h>

int aero_syncfs(int fd)
{
    return syncfs(fd) == 0 ? 0 : -errno;
}
