// The system's cnats, with JetStream.
#ifndef AERO_CNATS_H
#define AERO_CNATS_H

#include <nats/nats.h>

#endif
