// The system's libmosquitto: an MQTT client.
#ifndef AERO_CMOSQUITTO_H
#define AERO_CMOSQUITTO_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

#endif
