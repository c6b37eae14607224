// The system's rabbitmq-c: AMQP 0-9-1.
#ifndef AERO_CRABBITMQ_H
#define AERO_CRABBITMQ_H

#include <amqp.h>
#include <amqp_tcp_socket.h>

#endif
