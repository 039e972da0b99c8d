/* What the three syslog targets share: their options, and a record as a message of RFC 5424. sink/syslog*.c only. */
#ifndef NTLMAUDIT_SINK_SYSLOG_H
#define NTLMAUDIT_SINK_SYSLOG_H

#include "format/format.h"
#include "sink/sink.h"

/*
 * A private ID (RFC 5424, section 7.2.2) needs an enterprise number. We have none; 32473 is the one that RFC 5612 keeps for
 * examples, so it is nobody else's.
 */
#define SYSLOG_SD_ID "ntlm@32473"
/* RFC 5426 and 5425 want receivers to take 2048 and 8192 bytes; rsyslog and syslog-ng take 8192 unless told otherwise. */
#define SYSLOG_DEFAULT_BYTES 8192
#define SYSLOG_MIN_BYTES 480
#define SYSLOG_MAX_BYTES (1 << 20)
#define SYSLOG_MAX_UDP_BYTES 65000

struct syslog_settings {
	char host[256], port[6];
	unsigned facility;
	const struct format *format; /* NULL: structured data */
	uint64_t max_bytes;	     /* of a message */
	char ca[1024], cert[1024], key[1024];
};

enum syslog_kind { SYSLOG_UDP, SYSLOG_TCP, SYSLOG_TLS };

/* Of a target's `rest`. -EINVAL and a sentence, -ENOMEM. */
int syslog_settings(struct syslog_settings *c, const char *rest, enum syslog_kind kind,
		    struct text *why) __attribute__((warn_unused_result));

struct syslog_message {
	const struct syslog_settings *settings;
	struct text out; /* the message */
	struct text sd, body, value;
	bool is_cut; /* the last one did not fit */
	char host[256];
};

void syslog_message_init(struct syslog_message *m, const struct syslog_settings *c);
void syslog_message_finish(struct syslog_message *m);
/* Into m->out. -ENOMEM. */
int syslog_message_event(struct syslog_message *m, const struct event *e);
int syslog_message_finding(struct syslog_message *m, const struct finding *f);

#endif
