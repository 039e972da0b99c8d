/*
 * Adding usage counts up to a report's rows, and the rows to a table. Invariant: a row is made of every count that its
 * key is in; what found no room is counted, and left out whole.
 */
#ifndef NTLMAUDIT_CMD_REPORT_SUM_H
#define NTLMAUDIT_CMD_REPORT_SUM_H

#include "base/arena.h"
#include "base/hash.h"
#include "cmd/report.h"
#include "event/schema.h"

#define SUMS_MAX 100000 /* rows before the greatest are taken */
/* Who may have an event of a logon: a role, or the domain controller of its account. */
#define SIDE_FARSIDE EVENT_ROLE__COUNT
#define SIDE__COUNT (EVENT_ROLE__COUNT + 1)

struct sum {
	const char *part[REPORT_KEYS_MAX];
	uint64_t hash; /* of the parts */
	uint64_t count[MEASURE_COUNTS][SIDE__COUNT];
	uint64_t distinct[MEASURE_TIMES - MEASURE_COUNTS];
	int64_t first, last;
};

/* 64-bit hashes of what was counted as different. */
struct seen {
	uint64_t *slots;
	size_t room, n;
};

struct sums {
	const struct report *report;
	bool shows[MEASURE__COUNT];
	struct sum *rows;
	size_t n, room;
	uint32_t *slots; /* index + 1, by hash of the key */
	size_t n_slots;
	struct seen seen;
	struct hash_key key;
	struct arena names;
	uint64_t lost;	/* counts that found no room */
	bool no_memory; /* it is not complete */
};

void sums_init(struct sums *s, const struct report *report);
void sums_finish(struct sums *s);
/* What the report needs of the log. */
uint32_t sums_dims(const struct report *report);
void sums_add(struct sums *s, const struct usage_row *row);

/* Leaves out the rows that are not wanted, when all is added. */
void sums_drop(struct sums *s, bool (*is_wanted)(void *ctx, const struct sum *sum), void *ctx);

/* What of the sums becomes rows. */
struct sums_choice {
	enum measure order;
	uint64_t limit;	   /* 0: all */
	int64_t new_since; /* for reports of what is new */
};

/*
 * The table's rows, in order. Its columns and cells live until table_free(). Days that are missing between the first
 * and the last are added. False where memory ran out.
 */
bool sums_table(struct sums *s, const struct sums_choice *choice, struct table *ret_table);
void sums_table_free(struct table *table);

#endif
