// The system's hiredis: the Redis protocol.
#ifndef AERO_CHIREDIS_H
#define AERO_CHIREDIS_H

#include <hiredis/hiredis.h>

#endif
