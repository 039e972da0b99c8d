/* Reaching a host, and waiting for its socket: never longer than until a deadline (sink/moment.h). */
#ifndef NTLMAUDIT_SINK_CONNECT_H
#define NTLMAUDIT_SINK_CONNECT_H

#include "base/text.h"

/*
 * A connected socket that never blocks, of the first of the host's addresses that answers. `type` is SOCK_DGRAM or
 * SOCK_STREAM. Asking for the name's addresses takes as long as the system's resolver may: it knows no deadline.
 */
int connect_host(const char *host, const char *port, int type, int64_t deadline, int *ret_fd,
		 struct text *why) __attribute__((warn_unused_result));
/* Until one of these POLL... events, or an error, is there. -ETIMEDOUT. */
int connect_wait(int fd, short events, int64_t deadline) __attribute__((warn_unused_result));
/* The error that the socket has waiting, which is taken from it; 0 or negative. */
int connect_error(int fd);

#endif
