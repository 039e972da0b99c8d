/* The host's part that begins before it is forked: what host_watch_new() is given. */
#ifndef NTLMAUDIT_DAEMON_HOST_H
#define NTLMAUDIT_DAEMON_HOST_H

#include "daemon/station.h"

/* Opens the watch for the station; where that fails processes stay unknown, and st->watch_problem says why. */
void host_open(struct station *st);

#endif
