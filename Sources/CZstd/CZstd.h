// The system's Zstandard, by the functions that its shared library promises to keep.
#ifndef AERO_CZSTD_H
#define AERO_CZSTD_H

#include <zstd.h>

#endif
