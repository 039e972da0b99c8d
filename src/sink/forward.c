/*
 * One target's rounds. Three places in the log matter: what the target has for sure (on disk, in the cursor), what it was
 * brought, and where the log stands. A failure goes back to the first of them.
 */
#include "sink/forward.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sink/backlog.h"
#include "sink/cursor.h"
#include "sink/moment.h"

#include <errno.h>

#define BATCH_RECORDS 1000
#define BATCH_MS 2000 /* a reader of the log is in its writer's way for no longer */
#define BACK_OFF_MS 1000
#define BACK_OFF_MAX_MS 60000
#define LOG_RETRY_MS 1000
#define STEP_MS 250
#define STEPS_MAX 32

/* A place that was reached, and when: while it is young nobody knows whether it was. */
struct step {
	int64_t when;
	struct place place;
};

struct forward {
	struct forward_options options;
	char *log, *target; /* own copies */
	struct sink sink;
	struct backlog backlog;
	struct cursor cursor;
	struct place sure, reached;
	struct step steps[STEPS_MAX];
	size_t n_steps;
	bool is_new; /* begins where the log stands when it is first seen */
	bool must_write;
	bool is_reached;
	bool may_have_more;
	unsigned n_failed; /* in a row */
	int64_t next_try, batch_end;
	uint64_t failures;
	int64_t last_sent;
	struct text problem, log_problem, scratch;
};

/* ---- the cursor ---- */

static void save(struct forward *f)
{
	if (!f->must_write || f->is_new)
		return;
	text_reset(&f->scratch);
	f->must_write = cursor_write(&f->cursor, &f->sure, &f->scratch) < 0;
	if (f->must_write) {
		text_reset(&f->problem);
		text_puts(&f->problem, f->scratch.ptr ? f->scratch.ptr : "out of memory");
	}
}

static void set_sure(struct forward *f, const struct place *place)
{
	const struct place *old = &f->sure;

	f->must_write |= old->log != place->log || old->record != place->record ||
			 old->finding != place->finding || old->dropped != place->dropped;
	f->sure = *place;
}

/* Steps old enough are sure. */
static void settle(struct forward *f, int64_t now)
{
	size_t n = 0;

	while (n < f->n_steps && now - f->steps[n].when >= f->sink.ops->unsure_ms)
		set_sure(f, &f->steps[n++].place);
	memmove(f->steps, f->steps + n, (f->n_steps - n) * sizeof(f->steps[0]));
	f->n_steps -= n;
	save(f);
}

static void note_step(struct forward *f, int64_t now)
{
	struct step *last = f->n_steps ? &f->steps[f->n_steps - 1] : NULL;
	/* Steps nearer to each other than this become one, with the later one's time. */
	bool joins = f->n_steps > 1 && now - f->steps[f->n_steps - 2].when < STEP_MS;

	if (!joins && f->n_steps < STEPS_MAX)
		last = &f->steps[f->n_steps++];
	*last = (struct step){now, f->reached};
	settle(f, now);
}

/* ---- failing ---- */

static void close_sink(struct forward *f)
{
	if (f->sink.state)
		f->sink.ops->close(&f->sink);
	f->sink.state = NULL;
}

static void set_problem(struct forward *f, int rc)
{
	text_reset(&f->problem);
	text_puts(&f->problem, f->scratch.ptr && *f->scratch.ptr ? f->scratch.ptr : strerror(-rc));
}

/* The target failed: back to what it has for sure, and wait. */
static void fail(struct forward *f, int rc)
{
	int64_t wait = BACK_OFF_MAX_MS;

	set_problem(f, rc);
	close_sink(f);
	f->reached = f->sure;
	f->n_steps = 0;
	f->is_reached = false;
	f->failures++;
	if (f->n_failed < 6)
		wait = BACK_OFF_MS << f->n_failed;
	f->n_failed++;
	f->next_try = moment_now() + (wait < BACK_OFF_MAX_MS ? wait : BACK_OFF_MAX_MS);
}

/* ---- the log ---- */

/* Everything up to there goes nowhere. */
static void skip_to(struct place *place, uint64_t record)
{
	place->dropped += record - place->record;
	place->record = record;
}

/*
 * Another log, or an older state of the same: all in it is new. Records that come a second time have the same
 * EventRecordID.
 */
static void check_identity(struct forward *f)
{
	const struct store_head *head = &f->backlog.head;
	struct place place = f->sure;

	if (f->is_new) {
		place = (struct place){head->identity, head->record, head->finding, 0, 0};
		f->is_new = false;
		f->must_write = true;
	} else if (place.log == head->identity && place.record <= head->record &&
		   place.finding <= head->finding) {
		return;
	} else {
		place.log = head->identity;
		place.record = place.finding = 0;
	}
	set_sure(f, &place);
	f->reached = place;
	f->n_steps = 0;
}

/* While the target fails no more may wait than the limit, as bytes of the log's average record. */
static void check_limit(struct forward *f)
{
	const struct store_head *head = &f->backlog.head;
	uint64_t bytes = head->events ? head->bytes / head->events : 0;
	uint64_t allowed;

	if (!f->n_failed || !f->options.queue_bytes || !bytes)
		return;
	allowed = f->options.queue_bytes / bytes;
	if (head->record - f->reached.record <= allowed)
		return;
	skip_to(&f->reached, head->record - allowed);
	set_sure(f, &f->reached);
}

static bool has_waiting(const struct forward *f)
{
	return f->reached.record < f->backlog.head.record ||
	       f->reached.finding < f->backlog.head.finding;
}

static int look(struct forward *f)
{
	int rc;

	if (f->backlog.store && !has_waiting(f) && !f->n_steps && backlog_is_replaced(&f->backlog))
		backlog_close(&f->backlog);
	text_reset(&f->log_problem);
	rc = backlog_look(&f->backlog, &f->log_problem);
	if (rc < 0) {
		if (!f->log_problem.len)
			text_puts(&f->log_problem, strerror(-rc));
		return rc;
	}
	check_identity(f);
	check_limit(f);
	save(f);
	return 0;
}

/* ---- a round ---- */

static bool is_full(const struct forward *f, uint64_t n)
{
	return n >= BATCH_RECORDS || moment_now() >= f->batch_end;
}

struct batch {
	struct forward *f;
	uint64_t n;
	bool is_full;
	bool has_failed; /* the sink has, not the log */
};

static int on_event(void *ctx, const struct event *e)
{
	struct batch *b = ctx;
	struct forward *f = b->f;
	int rc = f->sink.ops->event(&f->sink, e, &f->scratch);

	b->has_failed = rc < 0;
	if (rc < 0)
		return rc;
	skip_to(&f->reached, e->record - 1); /* retention took these */
	f->reached.record = e->record;
	f->reached.sent++;
	b->is_full = is_full(f, ++b->n);
	return b->is_full;
}

/* A finding comes after the events that it rests on. */
static bool is_ready(const struct place *reached, const struct finding *x)
{
	for (size_t i = 0; i < finding_n_records(x); i++)
		if (x->records[i] > reached->record)
			return false;
	return true;
}

static int on_finding(void *ctx, const struct finding *x)
{
	struct batch *b = ctx;
	struct forward *f = b->f;
	bool events_wait = f->reached.record < f->backlog.head.record;
	int rc;

	if (x->number > f->backlog.head.finding || (events_wait && !is_ready(&f->reached, x)))
		return 1;
	rc = f->sink.ops->finding(&f->sink, x, &f->scratch);
	b->has_failed = rc < 0;
	if (rc < 0)
		return rc;
	f->reached.dropped += x->number - 1 - f->reached.finding;
	f->reached.finding = x->number;
	f->reached.sent++;
	b->is_full = is_full(f, ++b->n);
	return b->is_full;
}

/* What the log does not have any more, or in a shape that this program doesn't know, at its end. */
static void skip_rest(struct forward *f)
{
	const struct store_head *head = &f->backlog.head;

	if (f->reached.record < head->record)
		skip_to(&f->reached, head->record);
}

static int bring_events(struct batch *b)
{
	struct forward *f = b->f;
	struct store_query q;
	int rc;

	store_query_init(&q);
	q.after = f->reached.record;
	rc = store_search(f->backlog.store, &q, on_event, b, &f->scratch);
	if (rc == 0)
		skip_rest(f);
	return rc;
}

static int bring_findings(struct batch *b)
{
	struct forward *f = b->f;
	int rc;

	if (f->reached.finding >= f->backlog.head.finding)
		return 0;
	rc = store_findings_after(f->backlog.store, f->reached.finding, on_finding, b, &f->scratch);
	if (rc == 0 && f->reached.finding < f->backlog.head.finding) {
		f->reached.dropped += f->backlog.head.finding - f->reached.finding;
		f->reached.finding = f->backlog.head.finding;
	}
	return rc;
}

static int open_sink(struct forward *f)
{
	int rc = f->sink.ops->open(&f->sink, &f->scratch);

	if (rc < 0)
		close_sink(f);
	return rc;
}

static int flush(struct forward *f)
{
	int rc = f->sink.ops->flush(&f->sink, &f->scratch);

	if (rc < 0)
		return rc;
	f->n_failed = 0;
	f->is_reached = true;
	text_reset(&f->problem);
	return 0;
}

/* The log failed in the midst: what came before is with the target all the same. */
static int log_failed(struct forward *f, int rc)
{
	text_reset(&f->log_problem);
	text_puts(&f->log_problem,
		  f->scratch.ptr && *f->scratch.ptr ? f->scratch.ptr : strerror(-rc));
	backlog_close(&f->backlog);
	return LOG_RETRY_MS;
}

static int wait_for_target(const struct forward *f)
{
	int64_t left = f->next_try - moment_now();

	return left > 0 ? (int)left : 0;
}

static int bring(struct forward *f)
{
	struct batch b = {.f = f};
	int rc = f->sink.state ? 0 : open_sink(f), log_rc = 0;

	if (rc == 0) {
		f->batch_end = moment_now() + BATCH_MS;
		log_rc = bring_events(&b);
		if (log_rc >= 0)
			log_rc = bring_findings(&b);
		rc = b.has_failed ? log_rc : flush(f);
	}
	if (rc < 0) {
		fail(f, rc);
		return wait_for_target(f);
	}
	if (b.n)
		f->last_sent = clock_wall();
	note_step(f, moment_now());
	if (log_rc < 0)
		return log_failed(f, log_rc);
	return has_waiting(f) ? 0 : FORWARD_IDLE_MS;
}

/* Nothing waits. Is the target still there, to which things went of late? */
static int idle(struct forward *f)
{
	int rc;

	if (f->n_steps && f->sink.state) {
		rc = flush(f);
		if (rc < 0) {
			fail(f, rc);
			return wait_for_target(f);
		}
	}
	settle(f, moment_now());
	return FORWARD_IDLE_MS;
}

int forward_run(struct forward *f)
{
	int rc = look(f);

	text_reset(&f->scratch);
	if (rc < 0) {
		(void)idle(f);
		return LOG_RETRY_MS;
	}
	if (f->n_failed && wait_for_target(f) > 0)
		return wait_for_target(f);
	return has_waiting(f) ? bring(f) : idle(f);
}

void forward_reopen(struct forward *f)
{
	int rc;

	if (!f->sink.state || !f->sink.ops->reopen)
		return;
	text_reset(&f->scratch);
	rc = f->sink.ops->reopen(&f->sink, &f->scratch);
	if (rc < 0)
		fail(f, rc);
}

/* There may have been no memory for the sentence. */
static const char *problem_of(const struct forward *f)
{
	if (f->problem.len)
		return f->problem.ptr;
	if (f->log_problem.len)
		return f->log_problem.ptr;
	return f->n_failed || f->must_write || !f->backlog.store ? "out of memory" : NULL;
}

void forward_status(const struct forward *f, struct forward_status *ret_status)
{
	const struct store_head *head = &f->backlog.head;

	*ret_status = (struct forward_status){
		.sent = f->reached.sent,
		.dropped = f->reached.dropped,
		.failures = f->failures,
		.last_sent = f->last_sent,
		.reached = f->is_reached,
		.problem = problem_of(f),
	};
	if (f->reached.log == head->identity && has_waiting(f))
		ret_status->waiting =
			head->record - f->reached.record + head->finding - f->reached.finding;
}

uint64_t forward_cut(const struct forward *f)
{
	return f->sink.cut;
}

/* ---- beginning and ending ---- */

static char *copy(const char *s)
{
	size_t n = strlen(s) + 1;
	char *own = mem_alloc(n);

	if (own)
		memcpy(own, s, n);
	return own;
}

/*
 * A target that is new begins where the log stands, and at the first record of a log that is not there yet, or is being made. One whose
 * cursor was damaged begins with the oldest record: rather twice than never.
 */
static int begin(struct forward *f)
{
	int rc = cursor_read(&f->cursor, &f->sure, &f->scratch);

	f->is_new = rc == -ENOENT;
	if (rc == -EUCLEAN) {
		set_problem(f, rc);
		f->must_write = true;
		rc = 0;
	}
	if (rc < 0 && !f->is_new)
		return rc;
	f->reached = f->sure;
	if (look(f) < 0 && f->is_new) {
		f->is_new = false;
		f->must_write = true;
		save(f);
	}
	return 0;
}

static int make(struct forward *f, const struct forward_options *options)
{
	int rc;

	f->options = *options;
	f->log = copy(options->log);
	f->target = copy(options->target);
	text_init(&f->problem, 4096);
	text_init(&f->log_problem, 4096);
	text_init(&f->scratch, 4096);
	if (!f->log || !f->target)
		return -ENOMEM;
	f->backlog.path = f->log;
	rc = sink_init(&f->sink, f->target, &f->scratch);
	if (rc == 0)
		rc = cursor_init(&f->cursor, options->folder, f->target);
	return rc < 0 ? rc : begin(f);
}

int forward_new(const struct forward_options *options, struct text *why,
		struct forward **ret_forward)
{
	struct forward *f = mem_zalloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	rc = make(f, options);
	/* A folder that can't be written to shows now, and not when something was sent. */
	if (rc == 0 && f->must_write && !f->is_new)
		rc = cursor_write(&f->cursor, &f->sure, &f->scratch);
	if (rc < 0) {
		text_puts(why, f->scratch.len ? f->scratch.ptr : strerror(-rc));
		forward_free(f);
		return rc;
	}
	*ret_forward = f;
	return 0;
}

void forward_free(struct forward *f)
{
	if (!f)
		return;
	/* What it was brought of late is taken as there, where it is there itself. */
	if (f->n_steps && f->sink.state && f->sink.ops->flush(&f->sink, &f->scratch) == 0)
		set_sure(f, &f->steps[f->n_steps - 1].place);
	save(f);
	if (f->sink.ops)
		close_sink(f);
	backlog_close(&f->backlog);
	cursor_finish(&f->cursor);
	text_finish(&f->problem);
	text_finish(&f->log_problem);
	text_finish(&f->scratch);
	mem_free(f->log);
	mem_free(f->target);
	mem_free(f);
}
