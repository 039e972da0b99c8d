/* From an exchange to its two events. */
#ifndef NTLMAUDIT_AUDIT_EMIT_H
#define NTLMAUDIT_AUDIT_EMIT_H

#include "audit/exchange.h"
#include "audit/hold.h"
#include "audit/join.h"
#include "audit/reason.h"
#include "base/text.h"
#include "why/why.h"

struct emitter {
	struct why *why; /* may be NULL */
	const struct audit_ops *ops;
	void *ctx;
	struct tally *tally;
	struct reason_settings settings;
	uint64_t records;    /* EventRecordIDs given so far */
	struct arena arena;  /* the texts of one exchange's events */
	struct text scratch; /* the text being made */
	struct join *join;   /* NULL: events go out as they come */
	struct hold hold;    /* findings that rest on events which are in the join */
	int64_t now;
	struct join_sighting as; /* what the event being made is of, for the join */
};

void emitter_init(struct emitter *e, struct why *why, const struct audit_ops *ops, void *ctx,
		  struct tally *tally);
void emitter_finish(struct emitter *e);

/* The event as it is. */
void emit_out(struct emitter *e, const struct event *ev);

/* For the makers of events: sets layout, record and computer; to the join where there is one (`as` but for its event is set). */
void emit_event(struct emitter *e, struct event *ev, uint16_t id, const char *computer);
/* An address' text, alive as long as the event. */
const char *emit_addr(struct emitter *e, const struct addr *a);
/* What an AUTHENTICATE says of its safety, and how it ended. */
void emit_safety(struct emitter *e, const struct exchange *x, struct event *ev);
/* What makes it a Warning. 1 or 0: each Warning has the ID after its Information twin. */
uint16_t emit_warnings(struct emitter *e, const struct exchange *x, struct event *ev);

/* The client's (4020/4021) and then the server's event (4022/4023) of an exchange with AUTHENTICATE. */
void emit_exchange(struct emitter *e, const struct exchange *x);

#endif
