/*
 * The policy in force: every setting's effective value, and which file it stands in. Lowest to highest: built-in
 * defaults, /usr/lib/ntlmaudit/ntlmaudit.conf, /etc/ntlmaudit/ntlmaudit.conf, /etc/ntlmaudit/ntlmaudit.conf.d/?*.conf
 * in the order of their names, Group Policy. A file with an error counts for nothing.
 */
#ifndef NTLMAUDIT_POLICY_POLICY_H
#define NTLMAUDIT_POLICY_POLICY_H

#include "policy/layer.h"

struct policy {
	struct arena arena;	/* owns all below */
	struct layer effective; /* every cell is CELL_SET */
	unsigned place;		/* of this machine in a rollout, 0 to 99 */
};

static inline uint32_t policy_number(const struct policy *p, enum setting s)
{
	return p->effective.cells[s].number;
}

static inline const struct policy_item *policy_items(const struct policy *p, enum setting s)
{
	return p->effective.cells[s].first;
}

/*
 * Reads all layers below a folder that stands for / ("" is the system's own). What is wrong goes to `problems`; files
 * without errors count all the same. -ENOMEM, -ENAMETOOLONG. policy_free() frees.
 */
int policy_load(const char *root, struct problems *problems, struct policy **ret_policy)
	__attribute__((warn_unused_result));
void policy_free(struct policy *policy);

/*
 * Reads them again. Where any file has an error the policy that was in force stays, and -EBADMSG says so; a first
 * policy (*policy NULL) is taken as it is.
 */
int policy_reload(const char *root, struct problems *problems, struct policy **policy)
	__attribute__((warn_unused_result));

/* Reads one file by itself, whatever it is, for its problems. Where it can't be read at all, a negative errno. */
int policy_check(const char *path, struct problems *problems) __attribute__((warn_unused_result));

/* What policy_check() failed with, in words. */
const char *policy_error(int rc);

/*
 * Takes Registry.pol and GptTmpl.inf files, the later over the earlier, as what Group Policy says from now on (none:
 * it says nothing), in one step. An error in any of them leaves all as it was: -EBADMSG, and the problems say why.
 */
int policy_import(const char *root, const char *const *paths, size_t n, struct problems *problems)
	__attribute__((warn_unused_result));

/* Where what was imported lies, below the root. */
#define POLICY_IMPORTED "/var/lib/ntlmaudit/policy/group-policy.pol"

#endif
