// The system's liburing, mapped so that products link it.
//
// It deliberately includes nothing: liburing.h pulls in half of libc as part of this module, and
// Swift would then take `timespec` or `iovec` for types of this module instead of Glibc's. The
// calls are made in CLinux/uring.c behind types of its own.
#ifndef AERO_CURING_H
#define AERO_CURING_H

#if defined(__has_include)
#if !__has_include(<liburing.h>)
#error "liburing is missing: install liburing-dev (2.3 or newer)"
#endif
#endif

#endif
