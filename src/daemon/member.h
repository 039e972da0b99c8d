/* What each member of the daemon may do, and how it begins. */
#ifndef NTLMAUDIT_DAEMON_MEMBER_H
#define NTLMAUDIT_DAEMON_MEMBER_H

#include "daemon/sandbox.h"
#include "daemon/station.h"

/* Whom a member becomes. */
struct member_ids {
	uid_t uid;
	gid_t gid;
	const char *user; /* NULL: it has no name */
};

/* DAEMON_USER or whom the options name, else `nobody`. 0, or -ENOENT where a named user is not there. */
int member_ids_find(const char *name, struct member_ids *ret_ids)
	__attribute__((warn_unused_result));

/*
 * The decoder's: DECODER_USER, else a number that is nobody's. The others' where neither can be had, as in a user namespace
 * that has no more.
 */
void member_ids_decoder(const struct member_ids *others, struct member_ids *ret_ids);

/* The row of data that is a member's sandbox; `target` of a forwarder. What it points to lives as long as `st`. */
void member_sandbox(const struct station *st, enum member m, const struct member_ids *ids,
		    const char *target, struct sandbox *ret_sandbox);

/*
 * What of the policy the keeper's sandbox allows, of the folders that are there now and where links lead: where this differs
 * from when it was started, it can't read all and one that is new can.
 */
void member_policy_places(const struct station *st, struct text *out);

/* Is there a file of the policy that a member can't read? Not where folders higher up are closed to it. */
bool member_policy_is_private(const struct station *st, const struct member_ids *ids);

/* The folder of a path: "." where it has none. In a buffer of its own, valid until the next call. */
const char *member_folder(const char *path);

/* In the new process: never comes back. `parent` forked it, and may be dead by now. */
void member_run(struct station *st, enum member m, const struct member_ids *ids, const char *target,
		pid_t parent) __attribute__((noreturn));

#endif
