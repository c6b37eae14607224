// The system's zlib, as one header for the module map.
#ifndef AEROMQ_ZLIB_SHIM_H
#define AEROMQ_ZLIB_SHIM_H

#include <zlib.h>

#endif
