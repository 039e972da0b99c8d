/*
 * What `read --store` does with events beside printing them: into the channel log, in batches. Invariant: a batch is
 * in the log as a whole or not at all, and the message at the end counts only what is in it for good.
 */
#ifndef NTLMAUDIT_CMD_KEEP_H
#define NTLMAUDIT_CMD_KEEP_H

#include "event/event.h"
#include "event/finding.h"
#include "store/store.h"

struct keep;

/*
 * Opens the log for writing; `path` NULL: the default, `limits` NULL: the defaults of store.h. Says why where it
 * can't, and returns an exit code; else EXIT_DONE.
 */
int keep_begin(const char *path, const struct store_limits *limits, struct keep **ret_keep);

/*
 * The next event or finding of this run. A finding's records, which count the run's events, become the log's.
 * False once the log failed: that was said, and nothing more is taken.
 */
bool keep_event(struct keep *k, const struct event *e);
bool keep_finding(struct keep *k, const struct finding *f);
/* That an account was seen to log on by Kerberos: store.h. */
bool keep_kerberos(struct keep *k, const char *user, const char *domain, int64_t time);

/* To be called where nothing comes for a while (a live input): commits what waits for longer than a second. */
bool keep_idle(struct keep *k);

/*
 * Commits, drops what is beyond the limits, says "N events stored, M were there already" unless `quiet`, closes and
 * frees. An exit code. NULL is fine.
 */
int keep_finish(struct keep *k, bool quiet);

/* Limits as options have them: bytes with K, M, G or T; days. NULL, or what the value should be. */
const char *keep_set_size(struct store_limits *limits, const char *value);
const char *keep_set_age(struct store_limits *limits, const char *value);

#endif
