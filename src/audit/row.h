/*
 * Tables of a fixed size that remember what happened lately: rows found by a keyed hash, a few of them sharing a place.
 * Where all of a place are taken, the oldest goes; where it could still have mattered, that is counted.
 */
#ifndef NTLMAUDIT_AUDIT_ROW_H
#define NTLMAUDIT_AUDIT_ROW_H

#include "base/tally.h"

#include <stddef.h>
#include <stdint.h>

#define ROW_WAYS 4 /* rows that share a place */
#define ROWS (512 * ROW_WAYS)

/* How every row begins; the rest of it is the table's own. */
struct row {
	uint64_t key; /* keyed hash of what it is about; 0 = free */
	int64_t time; /* since when it matters */
};

struct row_table {
	void *rows;	/* ROWS of them, zeroed at first */
	size_t size;	/* of a row, bytes */
	int64_t window; /* how long a row matters, nanoseconds */
	struct tally *tally;
	void (*leave)(void *ctx, void *row); /* before a row is overwritten; may be NULL */
	void *ctx;
};

/* The row of that key; NULL where there is none. It may be older than the window. */
void *row_find(const struct row_table *t, uint64_t key);

/* The row of that key, zeroed but for key and time where there was none or it was too old. */
void *row_take(const struct row_table *t, uint64_t key, int64_t now);

#endif
