/*
 * Does an event match a query? Every part of a query is a row of a table. What looks only at facts of the stencil can be
 * asked of a stencil alone (match_stencil), so that an engine asks it once for many events; match_event asks all.
 */
#ifndef NTLMAUDIT_STORE_MATCH_H
#define NTLMAUDIT_STORE_MATCH_H

#include "base/text.h"
#include "store/store.h"

/* An address and how many of its bits count. */
struct prefix {
	uint8_t bytes[16];
	int family; /* AF_INET, AF_INET6; 0 = matches nothing */
	unsigned bits;
};

/* An address, or a prefix as 192.0.2.0/24; IPv4 also as ::ffff:192.0.2.0/120. -EINVAL. */
int match_prefix(const char *text, struct prefix *ret_prefix) __attribute__((warn_unused_result));

/* What a pattern came to for a text, by their addresses. */
struct match_memo {
	const char *pattern, *text;
	bool matches;
};

#define MATCH_MEMOS 8192

struct match {
	const struct store_query *query;
	struct match_memo *memos; /* MATCH_MEMOS, or NULL; only while texts stay where they are */
	struct prefix prefix;
	struct text domain, user; /* of a user that is asked for as DOMAIN\user */
	bool is_split;
};

/* -EINVAL with a sentence where the query can't be understood. */
int match_init(struct match *m, const struct store_query *q, struct text *why)
	__attribute__((warn_unused_result));
void match_finish(struct match *m);

bool match_event(const struct match *m, const struct event *e);
/* Only layout, computer and facts of the stencil count. */
bool match_stencil(const struct match *m, const struct event *e);
/* Which facts match_stencil() looks at; none: it is always true, unless the query asks for ids or levels. */
void match_facts(const struct match *m, bool ret_wanted[FACT__COUNT]);
/* Can match_stencil() be false? */
bool match_has_stencil(const struct match *m);

/* `*` is anything, `?` one character; case does not matter (of Latin, Greek and Cyrillic letters). */
bool match_wildcard(const char *pattern, const char *text);

#endif
