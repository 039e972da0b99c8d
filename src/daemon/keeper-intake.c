/* What the decoder tells, in its order: joined with the process, judged by the policy, given to the log. */
#include "daemon/keeper.h"

#include "daemon/judge.h"
#include "daemon/say.h"
#include "event/gap.h"

#include <errno.h>

/* A process that is not known yet may still be told of: a server's child is looked for after it was forked. */
#define PROCESS_NSEC (2 * NSEC_PER_SEC / 5)

#define GAP_BYTES 1024 /* told.h has less */

/* ---- waiting ---- */

static bool is_line_full(const struct keeper *k)
{
	return k->waiting.n >= WAITING_MAX || k->waiting.bytes >= WAITING_BYTES;
}

void keeper_wait(struct keeper *k, enum parcel_type type, const struct reader *r)
{
	if (type != PARCEL_GAP && k->is_lost)
		return; /* it will be told again */
	if (is_line_full(k))
		keeper_intake(k, true);
	if (is_line_full(k))
		return; /* of gaps alone, for a log that takes none: whoever tells so many has told enough */
	if (!waiting_add(&k->waiting, type, span_from(r->in, r->pos), clock_monotonic()))
		k->is_lost = true;
}

void keeper_take_record(void *ctx, struct reader *r, int *fd)
{
	(void)fd;
	keeper_wait(ctx, PARCEL_EVENT, r);
}

void keeper_take_finding(void *ctx, struct reader *r, int *fd)
{
	(void)fd;
	keeper_wait(ctx, PARCEL_FINDING, r);
}

void keeper_take_gap(void *ctx, struct reader *r, int *fd)
{
	(void)fd;
	if (reader_left(r) > GAP_BYTES)
		return; /* nobody of ours says so much */
	keeper_wait(ctx, PARCEL_GAP, r);
}

void keeper_take_holding(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	struct holding h;

	(void)fd;
	arena_reset(&k->arena);
	if (parcel_get_holding(r, &k->arena, &h) == 0 && holdings_put(k->holdings, &h) < 0)
		return; /* without memory its process stays unknown */
}

/* All that is not acknowledged follows, from the oldest on. A new decoder counts its records anew. */
void keeper_take_decoder(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	bool is_new = reader_u8(r) != 0;

	(void)fd;
	keeper_intake(k, true);
	k->is_lost = k->st->options->log && !k->store;
	if (!is_new)
		return;
	memset(&k->numbers, 0, sizeof(k->numbers));
	if (k->has_old_rings)
		status_forget_rings(&k->status);
	k->has_old_rings = false;
}

/* ---- whose process ---- */

static bool endpoint_of(const struct event *e, enum fact address, enum fact port,
			struct endpoint *ret_end)
{
	const char *text = event_text(e, address);

	if (!text || !addr_parse(text, &ret_end->addr))
		return false;
	ret_end->port = (uint16_t)e->facts[port].number;
	return true;
}

static const struct holding *holder_of(const struct keeper *k, const struct event *e)
{
	bool serves = e->layout->role == ROLE_SERVER;
	struct endpoint client, target;

	if (e->layout->role == ROLE_DOMAIN)
		return NULL; /* these are the ends of others' connection */
	if (!endpoint_of(e, FACT_CLIENT_IP, FACT_CLIENT_PORT, &client) ||
	    !endpoint_of(e, FACT_TARGET_IP, FACT_TARGET_PORT, &target))
		return NULL;
	return holdings_find(k->holdings, serves ? &target : &client, serves ? &client : &target,
			     e->time);
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/*
 * Samba's log names the process that asked winbindd. The kernel's word goes before, but for a listener's, which is the parent of
 * who took the connection.
 */
static bool log_knows_better(const struct event *e, const struct holding *h)
{
	return event_has(e, FACT_PROCESS_ID) && h->how == HELD_LISTENER &&
	       e->facts[FACT_PROCESS_ID].number != h->process.pid;
}

static void set_process(struct event *e, const struct holding *h)
{
	static const char *const how[] = {[HELD_UNKNOWN] = NULL,
					  [HELD_CONNECTED] = "connected",
					  [HELD_ACCEPTED] = "accepted",
					  [HELD_LISTENER] = "listener"};
	const struct process *p = &h->process;

	if (log_knows_better(e, h))
		return;
	event_set_text(e, FACT_PROCESS_HOW, how[h->how]);
	if (p->is_kernel) { /* as Windows has `System`, 0x4 */
		event_set_text(e, FACT_PROCESS_NAME, "kernel");
		event_set_number(e, FACT_PROCESS_ID, 0);
		event_set_number(e, FACT_PROCESS_KERNEL, 1);
		return;
	}
	event_set_text(e, FACT_PROCESS_NAME, p->path ? base_name(p->path) : p->name);
	event_set_text(e, FACT_PROCESS_ID, NULL); /* of a log */
	if (p->pid)
		event_set_number(e, FACT_PROCESS_ID, p->pid);
	event_set_text(e, FACT_PROCESS_PATH, p->path);
	event_set_text(e, FACT_PROCESS_USER, p->user);
	if (p->has_uid)
		event_set_number(e, FACT_PROCESS_UID, p->uid);
	event_set_text(e, FACT_PROCESS_UNIT, p->unit);
	event_set_text(e, FACT_PROCESS_CONTAINER, p->container);
}

/* ---- what becomes of it ---- */

static bool is_printed(const struct daemon_options *o, const struct event_layout *layout)
{
	return o->format && (o->roles & 1 << layout->role) && layout->level <= o->min_level;
}

/* 0: done with; a negative errno: the log can't take it now. */
static int keep_event(struct keeper *k, const struct event *e, bool again)
{
	const struct daemon_options *o = k->st->options;
	int rc = again && keeper_log_has(k, e) ? 0 : keeper_log_event(k, e);

	if (rc == 1 && is_printed(o, e->layout))
		o->format->event(&k->out, &o->style, e);
	return rc < 0 && rc != -E2BIG ? rc : 0;
}

static int judged(struct keeper *k, const struct event *e, bool again)
{
	enum policy_answer answer = judge_event(k->policy, e, &k->host);

	status_count_event(&k->status, e->layout->id, answer);
	return answer == POLICY_WANTED ? keep_event(k, e, again) : 0;
}

static int do_event(struct keeper *k, struct event *e, bool again)
{
	struct event legacy;
	int rc;

	legacy_learn(&k->host, e);
	rc = judged(k, e, again);
	if (rc == 0 && legacy_of(e, &k->host, &legacy))
		rc = judged(k, &legacy, again);
	return rc == 0 && legacy_in_domain(e, &k->host, &legacy) ? judged(k, &legacy, again) : rc;
}

static int do_finding(struct keeper *k, const struct finding *f)
{
	const struct daemon_options *o = k->st->options;
	int rc = keeper_log_finding(k, f);

	if (rc == 1 && o->format)
		o->format->finding(&k->out, &o->style, f);
	return rc < 0 && rc != -E2BIG ? rc : 0;
}

/* Is it an event of ours whose process may come to be known yet? */
static bool may_wait(const struct keeper *k, const struct waiting *w, const struct event *e,
		     const struct holding *h)
{
	return !k->st->is_tap && (!h || h->how == HELD_LISTENER) &&
	       e->layout->role != ROLE_DOMAIN && clock_monotonic() - w->since < PROCESS_NSEC;
}

/* 1: done with, 0: it waits, or a negative errno: the log can't take it now. */
static int read_event(struct keeper *k, const struct waiting *w, struct reader *r, bool all)
{
	const struct holding *h;
	struct event e;
	uint64_t number;
	bool again;
	int rc;

	if (parcel_get_event(r, &k->arena, &number, &again, &e) < 0)
		return 1;
	/* on a mirror port an address may be a host's elsewhere, and another's here */
	h = k->st->is_tap ? NULL : holder_of(k, &e);
	if (!all && may_wait(k, w, &e, h))
		return 0;
	if (h)
		set_process(&e, h);
	rc = do_event(k, &e, again);
	if (rc == 0)
		k->latest = number;
	return rc < 0 ? rc : 1;
}

static int read_finding(struct keeper *k, struct reader *r)
{
	struct finding f;
	uint64_t number;
	bool again;
	int rc;

	if (parcel_get_finding(r, &k->arena, &number, &again, &f) < 0)
		return 1;
	rc = do_finding(k, &f);
	if (rc == 0)
		k->latest = number;
	return rc < 0 ? rc : 1;
}

static int read_gap(struct keeper *k, struct reader *r)
{
	struct gap gap;
	struct event e;
	int rc;

	if (parcel_get_gap(r, &k->arena, &gap) < 0)
		return 1;
	gap.computer = k->status.host.name;
	event_gap(&e, &gap);
	k->status.gaps.n++;
	k->status.gaps.begin = gap.begin;
	k->status.gaps.end = gap.end;
	status_copy(k->status.gaps.why, sizeof(k->status.gaps.why), gap.reason);
	rc = keep_event(k, &e, false);
	return rc < 0 ? rc : 1;
}

static int read_one(struct keeper *k, const struct waiting *w, bool all)
{
	struct reader r = reader_of(span_make(w->bytes, w->len));

	arena_reset(&k->arena);
	if (w->type == PARCEL_GAP)
		return read_gap(k, &r);
	if (w->type == PARCEL_PLACE)
		return keeper_read_place(k, &r);
	if (w->type == PARCEL_KERBEROS)
		return keeper_read_kerberos(k, &r);
	return w->type == PARCEL_FINDING ? read_finding(k, &r) : read_event(k, w, &r, all);
}

void keeper_intake(struct keeper *k, bool all)
{
	int rc = 1;

	while (k->waiting.first && rc > 0) {
		rc = read_one(k, k->waiting.first, all);
		if (rc > 0) /* nobody else could tell of a gap again */
			waiting_pass(&k->waiting, k->waiting.first->type == PARCEL_GAP && k->store
							  ? &k->gaps
							  : NULL);
	}
}

int keeper_intake_wait(const struct keeper *k)
{
	if (k->waiting.first && (k->store || !k->st->options->log))
		return 20;
	return k->uncommitted || k->latest != k->acked ? 100 : -1;
}
