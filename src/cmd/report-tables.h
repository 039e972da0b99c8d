/* The tables of reports that are not made of usage counts: the log itself, and its findings. */
#ifndef NTLMAUDIT_CMD_REPORT_TABLES_H
#define NTLMAUDIT_CMD_REPORT_TABLES_H

#include "base/arena.h"
#include "cmd/table.h"
#include "store/store.h"

#define FINDING_COLUMNS 8
#define FINDINGS_MAX 10000 /* the newest so many */

/* The newest findings, in a ring. */
struct findings {
	struct cell *cells;
	struct arena texts[2]; /* of the findings of this round of the ring, and the one before */
	size_t limit, n;       /* rows of the ring; findings seen */
};

void findings_init(struct findings *f, uint64_t limit);
void findings_finish(struct findings *f);
/* For store_findings(). */
int findings_add(void *ctx, const struct finding *finding);
/* The newest first; it lives as long as f. */
void findings_table(struct findings *f, struct table *ret_table);

/* One row: how much, since when. */
struct log_table {
	struct store_summary summary;
	struct table table;
	struct cell cells[8];
};

int log_table_make(struct log_table *t, struct store *s, struct text *why);

#endif
