/* TLS over a connected socket, for RFC 5425: the peer's certificate must be trusted and be that of the host that was asked for. */
#ifndef NTLMAUDIT_SINK_TLS_H
#define NTLMAUDIT_SINK_TLS_H

#include "sink/syslog.h"

struct tls; /* opaque */

/* `fd` stays the caller's. */
int tls_new(const struct syslog_settings *c, int fd, int64_t deadline, struct text *why,
	    struct tls **ret_tls) __attribute__((warn_unused_result));
/* Says goodbye without waiting for an answer. NULL is fine. */
void tls_free(struct tls *t);
/* All of it. */
int tls_send(struct tls *t, struct span bytes, int64_t deadline, struct text *why)
	__attribute__((warn_unused_result));
/* Takes what the peer sent, which is nothing but TLS' own. -ECONNRESET where it has closed. Does not wait. */
int tls_look(struct tls *t, struct text *why) __attribute__((warn_unused_result));

#endif
