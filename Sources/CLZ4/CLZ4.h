// The system's LZ4: its frame format, which is what stands in a batch.
#ifndef AERO_CLZ4_H
#define AERO_CLZ4_H

#include <lz4frame.h>

#endif
