#include "seen.h"

#include "base/text.h"
#include "format/format.h"
#include "source/capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t key[AUDIT_KEY_SIZE] = {1};

static char *value_copy(const struct value *v)
{
	char number[32];

	if (v->kind == VALUE_ABSENT)
		return NULL;
	if (v->kind == VALUE_TEXT)
		return strdup(v->text);
	snprintf(number, sizeof(number), "%" PRIu64, v->number);
	return strdup(number);
}

/* Writes an event, or a finding, in every format. */
static void render(const struct event *e, const struct finding *finding)
{
	struct format_style style = {0};

	for (const struct format *f = formats; f->name; f++) {
		struct text out;

		text_init(&out, 0);
		if (e)
			f->event(&out, &style, e);
		else
			f->finding(&out, &style, finding);
		if (out.failed || out.len == 0)
			abort();
		text_finish(&out);
	}
}

static void on_event(void *ctx, const struct event *e)
{
	struct seen *s = ctx;
	struct seen_event *to = &s->events[s->n];

	if (s->render)
		render(e, NULL);
	if (s->n == SEEN_MAX)
		abort();
	to->id = e->layout->id;
	to->frame = e->facts[FACT_FRAME_AUTHENTICATE].number;
	to->paired = false;
	for (size_t f = 0; f < FACT__COUNT; f++)
		to->facts[f] = value_copy(&e->facts[f]);
	s->n++;
}

static void on_finding(void *ctx, const struct finding *f)
{
	struct seen *s = ctx;

	if (s->render)
		render(NULL, f);
}

static void on_malformed(void *ctx, const char *source, uint64_t frame, const char *where,
			 const char *why, size_t pos)
{
	(void)ctx;
	(void)source;
	(void)frame;
	(void)pos;
	if (!where || !why)
		abort();
}

static void on_problem(void *ctx, const char *source, const char *why, bool partly)
{
	(void)ctx;
	(void)source;
	(void)partly;
	if (!why || !*why)
		abort();
}

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	(void)done;
	(void)total;
}

static void forget(struct seen *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t f = 0; f < FACT__COUNT; f++)
			free(s->events[i].facts[f]);
	s->n = 0;
}

void seen_read(struct seen *s, int fd)
{
	static const struct capture_ops ops = {
		.event = on_event,
		.finding = on_finding,
		.malformed = on_malformed,
		.problem = on_problem,
		.progress = on_progress,
	};
	struct tally tally = {0};
	char name[32];
	const char *names[] = {name};

	forget(s);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (capture_read(names, 1, key, &ops, s, &tally) != 0)
		abort();
}

void seen_finish(struct seen *s)
{
	forget(s);
}

static bool is_client(uint16_t id)
{
	return id == 4020 || id == 4021;
}

static struct seen_event *find(struct seen *in, const struct seen_event *like)
{
	for (size_t i = 0; i < in->n; i++) {
		struct seen_event *e = &in->events[i];

		if (!e->paired && e->frame == like->frame &&
		    is_client(e->id) == is_client(like->id))
			return e;
	}
	return NULL;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* May a cut change this fact from b to a? */
static bool cut_explains(enum fact f, const struct seen_event *a, const struct seen_event *b)
{
	bool name_lost = !a->facts[FACT_TARGET_SERVICE] && b->facts[FACT_TARGET_SERVICE];

	switch ((int)f) {
	case FACT_STATUS:
	case FACT_STATUS_TEXT:
	case FACT_FRAME_ANSWER:
	case FACT_TARGET_SERVICE:
		return a->facts[f] == NULL;
	case FACT_REASON_ID:
	case FACT_REASON:
	case FACT_EVIDENCE:
		return name_lost;
	default:
		return false;
	}
}

static const char *complain(const struct seen_event *e, enum fact f, const char *was)
{
	static char message[512];

	snprintf(message, sizeof(message),
		 "event %u of frame %" PRIu64 ": %s is %.150s, was %.150s", e->id, e->frame,
		 facts[f].key, e->facts[f] ? e->facts[f] : "absent", was ? was : "absent");
	return message;
}

static void unpair(struct seen *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->events[i].paired = false;
}

const char *seen_is_part(struct seen *part, struct seen *whole)
{
	unpair(whole);
	for (size_t i = 0; i < part->n; i++) {
		struct seen_event *a = &part->events[i], *b = find(whole, a);

		if (!b || a->id != b->id)
			return complain(a, FACT_FRAME_AUTHENTICATE, b ? "of another id" : NULL);
		b->paired = true;
		for (enum fact f = 0; f < FACT__COUNT; f++)
			if (!same(a->facts[f], b->facts[f]) && !cut_explains(f, a, b))
				return complain(a, f, b->facts[f]);
	}
	return NULL;
}

/* Facts of the AUTHENTICATE and of its connection: whatever else was lost, these stay. */
static const enum fact lasting[] = {
	FACT_CLIENT_IP,
	FACT_TARGET_IP,
	FACT_CLIENT_PORT,
	FACT_TARGET_PORT,
	FACT_CARRIER,
	FACT_USER,
	FACT_DOMAIN,
	FACT_HOST,
	FACT_FLAGS,
	FACT_MIC,
	FACT_AV_FLAGS,
	FACT_SERVICE_BINDING,
	FACT_NTLM_VERSION_DETAIL,
};
#define N_LASTING (sizeof(lasting) / sizeof(lasting[0]))
#define N_OF_CONNECTION 5 /* the first of them */

static bool is_like(const struct seen_event *a, const struct seen_event *b)
{
	if (b->paired || a->frame < b->frame || is_client(a->id) != is_client(b->id))
		return false;
	for (size_t i = 0; i < N_LASTING; i++)
		if (!same(a->facts[lasting[i]], b->facts[lasting[i]]))
			return false;
	return true;
}

const char *seen_is_late_part(struct seen *part, struct seen *whole)
{
	unpair(whole);
	for (size_t i = 0; i < part->n; i++) {
		struct seen_event *a = &part->events[i], *b = NULL;

		for (size_t k = 0; k < whole->n && !b; k++)
			if (is_like(a, &whole->events[k]))
				b = &whole->events[k];
		if (!b)
			return complain(a, FACT_USER, "in no event of the whole capture");
		b->paired = true;
	}
	return NULL;
}

const char *seen_is_no_more(struct seen *damaged, struct seen *whole)
{
	unpair(whole);
	for (size_t i = 0; i < damaged->n; i++) {
		struct seen_event *a = &damaged->events[i], *b = find(whole, a);

		if (!b)
			return complain(a, FACT_FRAME_AUTHENTICATE, NULL);
		b->paired = true;
		for (size_t k = 0; k < N_OF_CONNECTION; k++)
			if (!same(a->facts[lasting[k]], b->facts[lasting[k]]))
				return complain(a, lasting[k], b->facts[lasting[k]]);
	}
	return NULL;
}
