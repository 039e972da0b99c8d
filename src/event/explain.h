/*
 * What the numbers and words of events mean, and what to do about them: prose for administrators, kept as data so
 * that every output can show it. Plain ASCII, one paragraph each, folded by whoever shows it.
 */
#ifndef NTLMAUDIT_EVENT_EXPLAIN_H
#define NTLMAUDIT_EVENT_EXPLAIN_H

#include "event/schema.h"

struct explanation {
	const char *means;
	const char *todo; /* NULL: nothing is to be done */
};

struct explained_code {
	uint32_t code;
	struct explanation text;
};

struct explained_word {
	const char *word;
	struct explanation text;
};

/* A bit of a flags value. */
struct explained_bit {
	uint32_t bit;
	const char *name;  /* [MS-NLMP]'s */
	const char *set;   /* what it means where it is set */
	const char *unset; /* what its absence means; NULL: nothing */
};

/* By reason ID and by fact; none is missing. */
extern const struct explanation explained_reasons[REASON_ID__COUNT];
extern const struct explanation explained_facts[FACT__COUNT];

/* Every id of event_layouts[], every status of status_rows[]; and Kerberos' errors (RFC 4120, 7.5.9). Sorted. */
extern const struct explained_code explained_events[], explained_statuses[], explained_kerberos[];
extern const size_t n_explained_events, n_explained_statuses, n_explained_kerberos;

/* The keywords of FACT_WARNINGS; the values of FACT_NTLM_VERSION_DETAIL. */
extern const struct explained_word explained_warnings[], explained_versions[];
extern const size_t n_explained_warnings, n_explained_versions;

/* [MS-NLMP] 2.2.2.5, all 32 bits from the lowest; and MsvAvFlags, 2.2.2.1. */
extern const struct explained_bit explained_flags[], explained_av_flags[];
extern const size_t n_explained_flags, n_explained_av_flags;

/* The row of a code in a sorted table; NULL where there is none. */
const struct explanation *explained_code_find(const struct explained_code *table, size_t n,
					      uint32_t code);

#endif
