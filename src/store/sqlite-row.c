/* From a row back to the event: its stencil's facts, its own, and what has no column. */
#include "store/sqlite.h"

#include "base/mem.h"

#include <errno.h>

int event_more(struct sqlite *q, const struct event *e, struct pack *out, struct text *why)
{
	int rc = 0;
	uint32_t name;

	if (!e->n_evidence && !e->source_record && !e->process_id && !e->thread_id && !e->n_foreign)
		return 0;
	for (size_t i = 0; i < e->n_evidence; i++) {
		pack_signed(out, e->evidence[i].before);
		pack_number(out, e->evidence[i].packet);
	}
	pack_number(out, e->source_record);
	pack_number(out, e->process_id);
	pack_number(out, e->thread_id);
	for (size_t i = 0; i < e->n_foreign && rc == 0; i++) {
		rc = name_add(q, e->foreign[i].name, &name, why);
		pack_number(out, name);
		pack_bytes(out, e->foreign[i].value, strlen(e->foreign[i].value) + 1);
	}
	return rc < 0 || !out->full ? rc : -E2BIG;
}

struct event_row *event_row_new(void)
{
	struct event_row *row = mem_alloc(sizeof(*row));

	if (row)
		text_init(&row->sentence, ENCODE_EVENT_MAX);
	return row;
}

void event_row_free(struct event_row *row)
{
	if (!row)
		return;
	text_finish(&row->sentence);
	mem_free(row);
}

static int put_evidence(struct sqlite *q, const struct stencil *s, struct reader *r,
			struct event_row *row, struct text *why)
{
	int rc = 0;

	for (size_t i = 0; i < s->n_evidence && rc == 0; i++) {
		struct evidence *x = &row->evidence[i];
		const char **texts[] = {&x->kind, &x->peer, &x->name, &x->code};

		x->before = unpack_signed(r);
		x->packet = unpack_number(r);
		for (size_t k = 0; k < 4 && rc == 0; k++)
			rc = name_read(q, s->evidence[i][k], texts[k], why);
	}
	row->event.evidence = row->evidence;
	row->event.n_evidence = s->n_evidence;
	return rc;
}

static int put_foreign(struct sqlite *q, struct reader *r, struct event_row *row, struct text *why)
{
	const uint8_t *end;
	int rc = 0;

	row->event.foreign = row->foreign;
	while (reader_left(r) && rc == 0 && row->event.n_foreign < ENCODE_FOREIGN_MAX) {
		struct foreign_field *f = &row->foreign[row->event.n_foreign++];

		rc = name_read(q, (uint32_t)unpack_number(r), &f->name, why);
		end = reader_left(r) ? memchr(r->in.ptr + r->pos, 0, reader_left(r)) : NULL;
		if (!end || !f->name) {
			reader_fail(r, "unterminated");
			return rc;
		}
		f->value = (const char *)r->in.ptr + r->pos;
		reader_skip(r, (size_t)(end - r->in.ptr) - r->pos + 1);
	}
	return rc;
}

static int put_more(struct sqlite *q, const struct stencil *s, struct span blob,
		    struct event_row *row, struct text *why)
{
	struct reader r = reader_of(blob);
	struct event *e = &row->event;
	int rc;

	if (!blob.len)
		return s->n_evidence ? sqlite_damaged(q, "an event's evidence", why) : 0;
	rc = put_evidence(q, s, &r, row, why);
	e->source_record = unpack_number(&r);
	e->process_id = (uint32_t)unpack_number(&r);
	e->thread_id = (uint32_t)unpack_number(&r);
	if (rc == 0)
		rc = put_foreign(q, &r, row, why);
	if (rc == 0 && !reader_ok(&r))
		rc = sqlite_damaged(q, "an event's details", why);
	return rc;
}

static int put_sentence(struct sqlite *q, const struct stencil *s, sqlite3_stmt *st,
			struct event_row *row, struct text *why)
{
	const char *shared, *number = NULL;
	int rc = name_read(q, s->sentence, &shared, why);

	if (rc < 0 || !shared)
		return rc;
	for (size_t i = 0; i < q->event_columns.n; i++)
		if (q->event_columns.fact[i] == FACT_EVIDENCE)
			number = (const char *)sqlite3_column_text(st, EVENT_FACTS + (int)i);
	event_set_text(&row->event, FACT_EVIDENCE, sentence_join(&row->sentence, shared, number));
	return event_has(&row->event, FACT_EVIDENCE) ? 0 : -ENOMEM;
}

static int put_facts(struct sqlite *q, const struct stencil *s, sqlite3_stmt *st,
		     struct event_row *row, struct text *why)
{
	struct stored_fact own;
	int rc = 0;

	memset(row->event.facts, 0, sizeof(row->event.facts));
	for (size_t i = 0; i < s->n_facts && rc == 0; i++)
		rc = fact_put(q, &s->facts[i], &row->event, why);
	for (size_t i = 0; i < q->event_columns.n && rc == 0; i++) {
		enum fact f = q->event_columns.fact[i];

		if (f == FACT_EVIDENCE)
			continue;
		fact_read(st, EVENT_FACTS + (int)i, f, &own);
		rc = fact_put(q, &own, &row->event, why);
	}
	return rc < 0 ? rc : put_sentence(q, s, st, row, why);
}

int event_row_read(struct sqlite *q, sqlite3_stmt *st, struct event_row *row, struct text *why)
{
	struct event *e = &row->event;
	struct span activity = column_blob(st, EVENT_ACTIVITY);
	int64_t id = column_i64(st, EVENT_STENCIL);
	const struct stencil *s;
	int rc = stencil_read(q, id > 0 && id <= UINT32_MAX ? (uint32_t)id : 0, &s, why);

	if (rc < 0)
		return rc;
	*e = (struct event){.layout = s->layout, .origin = s->origin};
	e->record = (uint64_t)column_i64(st, EVENT_RECORD);
	e->time = column_i64(st, EVENT_TIME);
	if (activity.len == sizeof(e->activity))
		memcpy(e->activity, activity.ptr, sizeof(e->activity));
	if (!s->layout)
		return sqlite_say(q, -ENOTSUP, "an event that this ntlmaudit does not know", why);
	rc = name_read(q, s->computer, &e->computer, why);
	if (rc == 0)
		rc = put_facts(q, s, st, row, why);
	return rc < 0 ? rc : put_more(q, s, column_blob(st, EVENT_MORE), row, why);
}
