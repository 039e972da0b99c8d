/*
 * MESSAGE_IDs of the journal: a fixed random number for each kind of message (systemd's catalog, journald-fields(7)). They are
 * a promise: a row may be added but never changed.
 */
#ifndef NTLMAUDIT_SINK_MESSAGE_ID_H
#define NTLMAUDIT_SINK_MESSAGE_ID_H

#include "event/finding.h"

/* 32 hexadecimal digits; an event that has no row has that of id 0. */
const char *message_id_event(uint16_t event_id);
const char *message_id_finding(enum finding_id id);

#endif
