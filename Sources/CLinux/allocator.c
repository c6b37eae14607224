// What jemalloc says of itself, where it was preloaded in place of libc's allocator.
#define _GNU_SOURCE
#include "CLinux.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// MALLCTL_ARENAS_ALL: the sum over all arenas, ended threads included.
#define ALL_ARENAS 4096

typedef int mallctl_function(const char *, void *, size_t *, void *, size_t);

static int read_size(mallctl_function *control, const char *name, size_t *value)
{
    size_t length = sizeof *value;
    return control(name, value, &length, NULL, 0);
}

// Adds the requests of every size class of one kind: `bin` for small, `lextent` for large ones.
static int add_classes(
    mallctl_function *control, const char *kind, aero_jemalloc_totals *totals)
{
    char name[96];
    unsigned count = 0;
    size_t length = sizeof count;
    snprintf(name, sizeof name, "arenas.n%ss", kind);
    if (control(name, &count, &length, NULL, 0) != 0) { return -1; }
    for (unsigned index = 0; index < count; index++) {
        size_t size = 0;
        snprintf(name, sizeof name, "arenas.%s.%u.size", kind, index);
        if (read_size(control, name, &size) != 0) { return -1; }
        uint64_t requests = 0;
        length = sizeof requests;
        snprintf(name, sizeof name, "stats.arenas.%d.%ss.%u.nrequests", ALL_ARENAS, kind, index);
        if (control(name, &requests, &length, NULL, 0) != 0) { return -1; }
        totals->requests += requests;
        totals->requested_bytes += requests * size;
    }
    return 0;
}

int aero_jemalloc_read(aero_jemalloc_totals *totals)
{
    memset(totals, 0, sizeof *totals);
    mallctl_function *control = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, "mallctl");
    // ISO C has no cast from an object pointer to a function pointer; POSIX says that this works.
    memcpy(&control, &symbol, sizeof control);
    if (control == NULL) { return -1; }
    uint64_t epoch = 1;
    size_t length = sizeof epoch;
    // Statistics are of the last time that somebody asked for a new epoch.
    if (control("epoch", &epoch, &length, &epoch, sizeof epoch) != 0) { return -1; }
    if (add_classes(control, "bin", totals) != 0) { return -1; }
    if (add_classes(control, "lextent", totals) != 0) { return -1; }
    size_t allocated = 0, active = 0, resident = 0;
    if (read_size(control, "stats.allocated", &allocated) != 0) { return -1; }
    if (read_size(control, "stats.active", &active) != 0) { return -1; }
    if (read_size(control, "stats.resident", &resident) != 0) { return -1; }
    totals->allocated_bytes = allocated;
    totals->active_bytes = active;
    totals->resident_bytes = resident;
    return 0;
}
