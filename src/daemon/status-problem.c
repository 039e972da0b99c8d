/* What is not well, in sentences: one judgement for people, JSON and metrics. */
#include "daemon/status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define HOUR (3600 * NSEC_PER_SEC)
#define COMMIT_LATE (60 * NSEC_PER_SEC) /* it is due after 250 ms */

struct judge {
	const struct daemon_status *s;
	void (*each)(void *ctx, const char *sentence);
	void *ctx;
	size_t n;
};

static void __attribute__((format(printf, 2, 3))) tell(struct judge *j, const char *format, ...)
{
	char sentence[STATUS_PATH_SIZE + STATUS_LINE_SIZE + 128];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	j->each(j->ctx, sentence);
	j->n++;
}

/* What was longer ago is history: it is shown, but nothing is wrong now. A clock that was set back makes it recent. */
static bool is_recent(const struct judge *j, int64_t time)
{
	return time != 0 && time > j->s->now - HOUR;
}

/* ": why", where there is one. */
static const char *joint(const char *why)
{
	return *why ? ": " : "";
}

static void judge_processes(struct judge *j)
{
	for (size_t i = 0; i < j->s->n_processes; i++) {
		const struct status_process *p = &j->s->processes[i];

		if (p->state != STATUS_RUNNING)
			tell(j, "%s: %s%s%s", p->name, status_state_name(p->state),
			     joint(p->problem), p->problem);
		else if (p->restarts && is_recent(j, p->since))
			tell(j, "%s: put back within the last hour (%" PRIu64 " times in all)%s%s",
			     p->name, p->restarts, joint(p->problem), p->problem);
	}
}

static void judge_rings(struct judge *j)
{
	if (j->s->n_rings == 0)
		tell(j, "nothing is captured: no ring is open");
	for (size_t i = 0; i < j->s->n_rings; i++) {
		const struct status_ring *r = &j->s->rings[i];

		if (*r->problem)
			tell(j, "capture on %s: %s", r->interface, r->problem);
		if (is_recent(j, r->last_drop))
			tell(j,
			     "capture on %s: packets were dropped within the last hour (%" PRIu64
			     " of %" PRIu64 " in all): a larger --ring-mib may help",
			     r->interface, r->counts.dropped,
			     r->counts.dropped + r->counts.packets);
	}
}

static void judge_store(struct judge *j)
{
	const struct status_store *store = &j->s->store;

	if (*store->problem)
		tell(j, "log %s: %s", store->path, store->problem);
	else if (store->waiting && j->s->now - store->last_commit > COMMIT_LATE &&
		 j->s->now - j->s->start > COMMIT_LATE)
		tell(j, "log %s: %" PRIu64 " events wait for a commit", store->path,
		     store->waiting);
}

static void judge_lost(struct judge *j)
{
	if (j->s->store.dropped)
		tell(j,
		     "log %s: %" PRIu64 " events are lost: it could not be written to for too long",
		     j->s->store.path, j->s->store.dropped);
}

static void judge_forwards(struct judge *j)
{
	for (size_t i = 0; i < j->s->n_forwards; i++) {
		const struct status_forward *f = &j->s->forwards[i];

		if (!f->reached && *f->problem)
			tell(j, "forward to %s: %s (%" PRIu64 " records wait)", f->target,
			     f->problem, f->waiting);
	}
}

static void judge_samba_logs(struct judge *j)
{
	for (size_t i = 0; i < j->s->n_logs; i++)
		if (*j->s->logs[i].problem)
			tell(j, "Samba's log %s: %s", j->s->logs[i].path, j->s->logs[i].problem);
}

static void judge_keys(struct judge *j)
{
	const struct status_channels *c = &j->s->channels;

	for (size_t i = 0; i < j->s->n_keys; i++)
		if (*j->s->keys[i].problem)
			tell(j, "keys %s: %s", j->s->keys[i].path, j->s->keys[i].problem);
	if (j->s->n_keys && is_recent(j, c->sealed)) /* else it is of no use to anybody */
		tell(j, "%s", c->problem);
}

static void judge_policy(struct judge *j)
{
	const struct status_policy *p = &j->s->policy;

	if (p->is_refused)
		tell(j, "policy: a file has an error, so the policy read before stays in force");
	for (size_t i = 0; i < p->n_problems; i++)
		tell(j, "policy: %s", p->problems[i]);
	if (p->problems_left_out)
		tell(j, "policy: and %" PRIu64 " more: ntlmaudit policy", p->problems_left_out);
}

static void judge_gaps(struct judge *j)
{
	const struct status_gaps *gaps = &j->s->gaps;

	if (is_recent(j, gaps->end))
		tell(j, "nothing could be seen for %" PRId64 " ms within the last hour%s%s",
		     (gaps->end - gaps->begin) / 1000000, joint(gaps->why), gaps->why);
}

size_t status_problems(const struct daemon_status *s, void (*each)(void *ctx, const char *sentence),
		       void *ctx)
{
	struct judge j = {s, each, ctx, 0};

	judge_processes(&j);
	judge_rings(&j);
	judge_store(&j);
	judge_lost(&j);
	judge_forwards(&j);
	judge_samba_logs(&j);
	judge_keys(&j);
	judge_policy(&j);
	judge_gaps(&j);
	return j.n;
}
