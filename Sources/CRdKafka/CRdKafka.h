// The system's librdkafka, with its cluster for tests.
#ifndef AERO_CRDKAFKA_H
#define AERO_CRDKAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#endif
