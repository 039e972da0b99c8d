/* From an exchange to its two events. */
#ifndef NTLMAUDIT_AUDIT_EMIT_H
#define NTLMAUDIT_AUDIT_EMIT_H

#include "audit/exchange.h"
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
};

void emitter_init(struct emitter *e, struct why *why, const struct audit_ops *ops, void *ctx,
		  struct tally *tally);
void emitter_finish(struct emitter *e);

/* The client's (4020/4021) and then the server's event (4022/4023) of an exchange with AUTHENTICATE. */
void emit_exchange(struct emitter *e, const struct exchange *x);

#endif
