/* What the parts of verifying share: the faults told so far, and where the chain is. sqlite-verify*.c only. */
#ifndef NTLMAUDIT_STORE_VERIFY_H
#define NTLMAUDIT_STORE_VERIFY_H

#include "store/count-map.h"
#include "store/sqlite.h"

struct verifier {
	struct sqlite *q;
	struct text *why;
	void (*fault)(void *ctx, const struct store_fault *f);
	void *ctx;
	uint64_t n_faults;
	struct text sentence;
	struct verified_seals *seals;
	struct verified_usage *usage;
	struct verified_index *index;
};

__attribute__((format(printf, 4, 5))) void verifier_tell(struct verifier *v,
							 enum store_fault_kind kind,
							 uint64_t record, const char *format, ...);

/* ---- sqlite-seal.c ---- */

int seals_load(struct verifier *v) __attribute__((warn_unused_result));
/* Compares the seals of a record with a state of the chain. */
void seals_compare(struct verifier *v, const struct chain *state);
/* Tells of those that fitted no state. */
void seals_close(struct verifier *v, uint64_t last_record, const struct dropped_runs *dropped);
void seals_finish(struct verifier *v);

/* ---- sqlite-verify-usage.c ---- */

int verify_usage_init(struct verifier *v) __attribute__((warn_unused_result));
int verify_usage_event(struct verifier *v, const struct event *e, const struct encoded *x,
		       uint32_t stencil);
/* Compares what was counted with the tables. */
int verify_usage_close(struct verifier *v);
void verify_usage_finish(struct verifier *v);

/* ---- sqlite-verify-index.c ---- */

int verify_index_init(struct verifier *v) __attribute__((warn_unused_result));
/* Is the event found where a search and a second storing look for it? `st` is at its row. */
int verify_index_event(struct verifier *v, const struct event *e, const struct encoded *x,
		       sqlite3_stmt *st);
int verify_index_close(struct verifier *v);
void verify_index_finish(struct verifier *v);

/* ---- seals ---- */

#define SEAL_MESSAGE_SIZE (16 + 8 + DIGEST_SIZE + 8)

/* What a seal signs: a heading, the record, the chain's state after it, the time. */
void seal_message(uint64_t record, const uint8_t hash[DIGEST_SIZE], int64_t time,
		  uint8_t ret_message[SEAL_MESSAGE_SIZE]);

#endif
