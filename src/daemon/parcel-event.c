/* Events and findings in parcels. */
#include "daemon/parcel.h"

#include <errno.h>
#include <string.h>

/* PARCEL_AGAIN_AT says where `again` is. */
static void put_head(struct pack *out, uint64_t number, bool again)
{
	pack_u8(out, again);
	pack_number(out, number);
}

static void get_head(struct reader *r, uint64_t *ret_number, bool *ret_again)
{
	*ret_again = reader_u8(r) != 0;
	*ret_number = unpack_number(r);
	if (*ret_number == 0)
		reader_fail(r, "no number");
}

static void put_value(struct pack *out, const struct value *v)
{
	pack_u8(out, (uint8_t)v->kind);
	if (v->kind == VALUE_TEXT)
		pack_text(out, v->text);
	else
		pack_number(out, v->number);
}

static struct value get_value(struct reader *r, struct arena *arena)
{
	struct value v = {.kind = (enum value_kind)reader_u8(r)};

	if (v.kind == VALUE_TEXT)
		v.text = parcel_text(r, arena);
	else if (v.kind == VALUE_NUMBER)
		v.number = unpack_number(r);
	else
		reader_fail(r, "no such value");
	if (v.kind == VALUE_TEXT && !v.text)
		reader_fail(r, "no text");
	return v;
}

/* Facts that are there, each behind its number and one; a 0 ends them. */
static void put_facts(struct pack *out, const struct event *e)
{
	for (int f = 0; f < FACT__COUNT; f++) {
		if (!event_has(e, (enum fact)f))
			continue;
		pack_number(out, (uint64_t)f + 1);
		put_value(out, &e->facts[f]);
	}
	pack_u8(out, 0);
}

static void get_facts(struct reader *r, struct arena *arena, struct event *e)
{
	uint64_t f;

	while ((f = unpack_number(r)) > 0 && reader_ok(r)) {
		if (f > FACT__COUNT) {
			reader_fail(r, "no such fact");
			return;
		}
		e->facts[f - 1] = get_value(r, arena);
	}
}

static void put_evidence(struct pack *out, const struct event *e)
{
	size_t n = e->n_evidence < PARCEL_EVIDENCE_MAX ? e->n_evidence : PARCEL_EVIDENCE_MAX;

	pack_number(out, n);
	for (size_t i = 0; i < n; i++) {
		const struct evidence *x = &e->evidence[i];

		pack_text(out, x->kind);
		pack_signed(out, x->before);
		pack_number(out, x->packet);
		pack_text(out, x->peer);
		pack_text(out, x->name);
		pack_text(out, x->code);
	}
}

static struct evidence get_one(struct reader *r, struct arena *arena)
{
	struct evidence x;

	x.kind = parcel_text(r, arena);
	x.before = unpack_signed(r);
	x.packet = unpack_number(r);
	x.peer = parcel_text(r, arena);
	x.name = parcel_text(r, arena);
	x.code = parcel_text(r, arena);
	if (!x.kind)
		reader_fail(r, "no kind");
	return x;
}

static void get_evidence(struct reader *r, struct arena *arena, struct event *e)
{
	uint64_t n = unpack_number(r);
	struct evidence *list;

	if (n > PARCEL_EVIDENCE_MAX)
		reader_fail(r, "too much evidence");
	if (n == 0 || !reader_ok(r))
		return;
	list = arena_alloc(arena, (size_t)n * sizeof(*list));
	if (!list) {
		reader_fail(r, "not enough memory");
		return;
	}
	for (size_t i = 0; i < n; i++)
		list[i] = get_one(r, arena);
	e->evidence = list;
	e->n_evidence = (size_t)n;
}

void parcel_put_event(struct pack *out, uint64_t number, bool again, const struct event *e)
{
	put_head(out, number, again);
	pack_number(out, e->layout->id);
	pack_number(out, e->record);
	pack_signed(out, e->time);
	pack_bytes(out, e->activity, sizeof(e->activity));
	pack_text(out, e->computer);
	put_facts(out, e);
	put_evidence(out, e);
}

int parcel_get_event(struct reader *r, struct arena *arena, uint64_t *ret_number, bool *ret_again,
		     struct event *ret_event)
{
	struct event *e = ret_event;
	struct span activity;
	uint64_t id;

	memset(e, 0, sizeof(*e));
	get_head(r, ret_number, ret_again);
	id = unpack_number(r);
	e->layout = id <= UINT16_MAX ? event_layout_find((uint16_t)id) : NULL;
	e->record = unpack_number(r);
	e->time = unpack_signed(r);
	activity = reader_bytes(r, sizeof(e->activity));
	if (reader_ok(r))
		memcpy(e->activity, activity.ptr, sizeof(e->activity));
	e->computer = parcel_text(r, arena);
	get_facts(r, arena, e);
	get_evidence(r, arena, e);
	return e->layout && e->computer ? parcel_end(r) : -EBADMSG;
}

void parcel_put_finding(struct pack *out, uint64_t number, bool again, const struct finding *f)
{
	put_head(out, number, again);
	pack_u8(out, (uint8_t)f->id);
	pack_signed(out, f->time);
	pack_text(out, f->sentence);
	pack_text(out, f->source_ip);
	pack_text(out, f->target_ip);
	pack_text(out, f->user);
	pack_text(out, f->domain);
	pack_number(out, f->count);
	pack_number(out, finding_n_records(f));
	for (size_t i = 0; i < finding_n_records(f); i++)
		pack_number(out, f->records[i]);
	pack_text(out, f->capture);
	pack_number(out, f->frame);
}

static void get_records(struct reader *r, struct finding *f)
{
	uint64_t n = unpack_number(r);

	if (n > FINDING_RECORDS_MAX)
		reader_fail(r, "too many records");
	for (size_t i = 0; reader_ok(r) && i < n; i++)
		f->records[f->n_records++] = unpack_number(r);
}

int parcel_get_finding(struct reader *r, struct arena *arena, uint64_t *ret_number, bool *ret_again,
		       struct finding *ret_finding)
{
	struct finding f = {0};

	get_head(r, ret_number, ret_again);
	f.id = (enum finding_id)reader_u8(r);
	f.time = unpack_signed(r);
	f.sentence = parcel_text(r, arena);
	f.source_ip = parcel_text(r, arena);
	f.target_ip = parcel_text(r, arena);
	f.user = parcel_text(r, arena);
	f.domain = parcel_text(r, arena);
	f.count = unpack_number(r);
	get_records(r, &f);
	f.capture = parcel_text(r, arena);
	f.frame = unpack_number(r);
	if (f.id >= FINDING__COUNT || !f.sentence)
		reader_fail(r, "no such finding");
	if (parcel_end(r) < 0)
		return -EBADMSG;
	*ret_finding = f;
	return 0;
}
