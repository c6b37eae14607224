// The system's Snappy, by its C functions: raw blocks, without any framing.
#ifndef AERO_CSNAPPY_H
#define AERO_CSNAPPY_H

#include <snappy-c.h>

#endif
