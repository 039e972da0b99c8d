/*
 * Reports: rows of a table that say what of the usage counts makes a row, and what is told of it. Adding one is adding
 * a row to reports[].
 */
#ifndef NTLMAUDIT_CMD_REPORT_H
#define NTLMAUDIT_CMD_REPORT_H

#include "cmd/table.h"
#include "store/store.h"

#define REPORT_KEYS_MAX 3

/* What makes a row: names, in the order of the columns. */
struct report_key {
	const char *part[REPORT_KEYS_MAX];
	char made[64]; /* for a part that is made, not found */
};

/*
 * What is told of a row. A logon may be logged by its client, its server, and the domain controllers of the server and
 * the account: a count is the greatest of what these sides say, each for itself.
 */
enum measure {
	MEASURE_LOGONS,
	MEASURE_FAILED,
	MEASURE_NTLMV1, /* never anonymous: a null session sends no response */
	MEASURE_WARNINGS,
	MEASURE_USERS, /* how many different ones */
	MEASURE_CLIENTS,
	MEASURE_SERVERS,
	MEASURE_FIRST,
	MEASURE_LAST,
	MEASURE__COUNT
};

#define MEASURE_COUNTS MEASURE_USERS /* those before it */
#define MEASURE_TIMES MEASURE_FIRST  /* from it on */

struct measure_row {
	struct column column;
	uint32_t dims; /* bits of usage_dim that it needs beside those of the row */
};

extern const struct measure_row measures[MEASURE__COUNT];

struct report {
	const char *name, *title;
	const char *doc; /* a sentence */
	struct column keys[REPORT_KEYS_MAX];
	uint32_t dims; /* of what makes a row */
	/* The i-th row that these counts go to; false after the last. */
	bool (*key)(const struct usage_row *row, size_t i, struct report_key *ret_key);
	enum measure shown[MEASURE__COUNT]; /* MEASURE__COUNT ends them */
	enum measure order;
	enum chart chart; /* CHART_TIME: rows are days, none is left out, in their order */
	const char *role; /* only what this side says; NULL: all */
	bool is_new;	  /* only what was first seen since --new-since */
	/* Only users of whom no logon by Kerberos is known; who is the first part of the key. */
	bool lacks_kerberos;
};

extern const struct report reports[]; /* a row without a name ends them */

/* Which usage is NTLMv1 or LM, and somebody's. */
bool usage_is_ntlmv1(const struct usage_row *row);

#endif
