/* Which users were seen to log on by Kerberos: what a report leaves out that is about users who can't. */
#ifndef NTLMAUDIT_CMD_REPORT_KERBEROS_H
#define NTLMAUDIT_CMD_REPORT_KERBEROS_H

#include "base/arena.h"
#include "store/store.h"

struct kerberos_user {
	const char *user, *domain; /* "" = unknown */
};

struct kerberos_users {
	struct kerberos_user *rows;
	size_t n, room;
	struct arena names;
};

/* Asks the log. 0, or as store.h says. */
int kerberos_users_load(struct kerberos_users *k, struct store *s, int64_t since, int64_t until,
			struct text *why);
void kerberos_users_finish(struct kerberos_users *k);
/* Is it the user of USAGE_USER: `CORP\alice`, `alice@corp.example`, `alice`? A domain that isn't known is any. */
bool kerberos_users_has(const struct kerberos_users *k, const char *account);

#endif
