/* What usage is counted by: how each dimension is got from an event, and kept. A table, as everything of events. */
#ifndef NTLMAUDIT_STORE_USAGE_DIMS_H
#define NTLMAUDIT_STORE_USAGE_DIMS_H

#include "base/text.h"
#include "store/store.h"

struct usage_dimension {
	bool is_coarse; /* has few values: counted apart, so that trends read little */
	/* The text of an event; NULL or "": has none. May use `scratch`, which is empty; it may have failed then. */
	const char *(*of)(const struct event *e, struct text *scratch);
};

/* By enum usage_dim; USAGE_HOUR has no row. */
extern const struct usage_dimension usage_dimensions[USAGE__COUNT];

/*
 * Is it a logon to be counted? Not where it is about the audit itself, nor a legacy event of ours, which stands beside
 * an enhanced one of the same logon and knows less: it would count twice, as another user's or process's.
 */
bool usage_counts(const struct event *e);

#endif
