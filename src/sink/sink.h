/*
 * sinks[]: where events go beside the channel log. A sink is one target of the setting `forward`: "journald",
 * "syslog+udp://HOST[:PORT]", "syslog+tcp://...", "syslog+tls://...", "file:/PATH". It blocks, each call for
 * SINK_TIMEOUT_MS at the most: every target has a process of its own (sink/forward.h), so that one that hangs is in nobody's way.
 */
#ifndef NTLMAUDIT_SINK_SINK_H
#define NTLMAUDIT_SINK_SINK_H

#include "base/text.h"
#include "event/event.h"
#include "event/finding.h"

#define SINK_TIMEOUT_MS 5000

struct sink {
	const struct sink_ops *ops;
	const char *target; /* as the setting has it; the caller's */
	const char *rest;   /* of it, behind the scheme */
	void *state;	    /* the ops' own; NULL while it is closed */
	uint64_t cut;	    /* records that were shortened to what the target may take */
};

struct sink_ops {
	const char *scheme; /* "syslog+udp://" */
	const char *shape;  /* "syslog+udp://HOST[:PORT]", for messages */
	const char *doc;    /* one line */
	/*
	 * Milliseconds for which nobody knows whether what was flushed got there: where the target turns out to be gone
	 * within them, it goes again. 0: flushed is there.
	 */
	int64_t unsure_ms;
	/* Is the target well said? Reaches nothing. 0, or -EINVAL and what it should be. */
	int (*check)(const struct sink *s, struct text *why);
	/* Reaches the target. 0, or a negative errno and a sentence for people. */
	int (*open)(struct sink *s, struct text *why);
	/* One record, in order. It may stay in a buffer until flush. After a failure: close, open, and all since the last flush again. */
	int (*event)(struct sink *s, const struct event *e, struct text *why);
	int (*finding)(struct sink *s, const struct finding *f, struct text *why);
	/*
	 * All of it is with the target, as far as its protocol can tell (a file: on the disk). With nothing to bring it only
	 * looks whether the target is still there.
	 */
	int (*flush)(struct sink *s, struct text *why);
	/* Begin anew with what may have been moved away (SIGHUP); NULL where there is nothing to do. */
	int (*reopen)(struct sink *s, struct text *why);
	/* Nothing more goes out: what was not flushed is forgotten. */
	void (*close)(struct sink *s);
};

extern const struct sink_ops *const sinks[]; /* NULL ends it */

/* Whose target it is; sets up `s`. -EINVAL and what it should be in `why`. Reaches nothing yet. */
int sink_init(struct sink *s, const char *target, struct text *why)
	__attribute__((warn_unused_result));

/* sinks[] has these. */
extern const struct sink_ops sink_journald, sink_syslog_udp, sink_syslog_tcp, sink_syslog_tls,
	sink_file;

#endif
