/* Stencils: written when an event has one that is new, kept in a small cache while reading. */
#include "store/sqlite.h"

#include "base/mem.h"
#include "store/usage-dims.h"

#include <errno.h>

#define STENCIL_SLOTS 16384

/* ---- writing ---- */

static int pack_evidence(struct sqlite *q, const struct event *e, struct pack *blob,
			 struct text *why)
{
	int rc = 0;

	for (size_t i = 0; i < e->n_evidence && rc == 0; i++) {
		const char *texts[] = {e->evidence[i].kind, e->evidence[i].peer,
				       e->evidence[i].name, e->evidence[i].code};
		uint32_t id;

		for (size_t k = 0; k < 4 && rc == 0; k++) {
			rc = name_add(q, texts[k], &id, why);
			pack_number(blob, id);
		}
	}
	return rc;
}

/* The event's facts as its stencil has them: the sentence without its number. */
static struct value value_in_stencil(const struct event *e, const struct encoded *x, enum fact f)
{
	if (f == FACT_EVIDENCE && x->sentence.shared)
		return (struct value){.kind = VALUE_TEXT, .text = x->sentence.shared};
	return e->facts[f];
}

static int bind_stencil_facts(struct sqlite *q, sqlite3_stmt *st, const struct event *e,
			      const struct encoded *x, struct text *why)
{
	int rc = 0;

	for (size_t i = 0; i < q->stencil_columns.n && rc == 0; i++) {
		enum fact f = q->stencil_columns.fact[i];
		struct value v = value_in_stencil(e, x, f);

		rc = fact_bind(q, st, STENCIL_FACTS + 1 + (int)i, f, &v, why);
	}
	return rc;
}

static int stencil_insert(struct sqlite *q, const struct event *e, const struct encoded *x,
			  const struct mark *mark, struct idcache_entry *entry, struct text *why)
{
	uint8_t bytes[ENCODE_EVIDENCE_MAX * 4 * 5];
	struct pack evidence = {.ptr = bytes, .cap = sizeof(bytes)};
	uint32_t computer;
	sqlite3_stmt *st;
	int rc = name_add(q, e->computer, &computer, why);

	if (rc == 0)
		rc = pack_evidence(q, e, &evidence, why);
	st = rc == 0 ? sqlite_statement(q, SQL_STENCIL_ADD, why, &rc) : NULL;
	if (!st)
		return rc;
	rc = bind_stencil_facts(q, st, e, x, why);
	if (rc < 0)
		return rc;
	sqlite3_bind_null(st, STENCIL_ID + 1);
	bind_blob(st, STENCIL_MARK + 1, span_make(mark, sizeof(*mark)));
	sqlite3_bind_int(st, STENCIL_LAYOUT + 1, e->layout->id << 8 | e->layout->version);
	sqlite3_bind_int(st, STENCIL_ORIGIN + 1, (int)e->origin);
	sqlite3_bind_int64(st, STENCIL_COMPUTER + 1, computer);
	if (evidence.len)
		bind_blob(st, STENCIL_EVIDENCE + 1, pack_span(&evidence, 0));
	else
		sqlite3_bind_null(st, STENCIL_EVIDENCE + 1);
	rc = sqlite_run(q, st, why);
	entry->id = (uint32_t)sqlite3_last_insert_rowid(q->db);
	return rc;
}

int stencil_find(struct sqlite *q, const struct mark *mark, uint32_t *ret_id, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_STENCIL_FIND, why, &rc);

	if (!st)
		return rc;
	bind_blob(st, 1, span_make(mark, sizeof(*mark)));
	rc = sqlite_step(q, st, why);
	*ret_id = rc > 0 ? (uint32_t)column_i64(st, 0) : 0;
	sqlite3_reset(st);
	return rc < 0 ? rc : 0;
}

int stencil_add(struct sqlite *q, const struct event *e, const struct encoded *x,
		const struct idcache_entry **ret_entry, struct text *why)
{
	struct mark mark = mark_of(q->keys, x->shared);
	struct idcache_entry made = {.mark = mark}, *slot;
	int rc;

	*ret_entry = idcache_find(&q->stencil_ids, mark);
	if (*ret_entry)
		return 0;
	chain_digest(x->shared, made.digest);
	rc = stencil_find(q, &mark, &made.id, why);
	if (rc == 0 && !made.id)
		rc = stencil_insert(q, e, x, &mark, &made, why);
	if (rc == 0 && usage_counts(e))
		rc = usage_keys(q, e, made.more, why);
	if (rc < 0)
		return rc;
	slot = idcache_add(&q->stencil_ids, mark);
	*slot = made;
	*ret_entry = slot;
	return 0;
}

/* ---- reading ---- */

static void stencil_free(struct stencil *s)
{
	if (!s)
		return;
	mem_free(s->facts);
	mem_free(s->evidence);
	mem_free(s);
}

void stencils_finish(struct sqlite *q)
{
	for (size_t i = 0; q->stencils.slots && i < STENCIL_SLOTS; i++)
		stencil_free(q->stencils.slots[i]);
	mem_free(q->stencils.slots);
	q->stencils.slots = NULL;
}

const struct event_layout *stencil_layout(int64_t layout)
{
	for (size_t i = 0; i < n_event_layouts; i++)
		if ((event_layouts[i].id << 8 | event_layouts[i].version) == layout)
			return &event_layouts[i];
	return NULL;
}

/* How many packed numbers there are: each has one byte below 128, its last. */
static size_t count_numbers(struct span blob)
{
	size_t n = 0;

	for (size_t i = 0; i < blob.len; i++)
		n += blob.ptr[i] < 128;
	return n;
}

static int read_evidence(struct stencil *s, struct span blob)
{
	struct reader r = reader_of(blob);
	size_t n = count_numbers(blob) / 4;

	if (!blob.len)
		return 0;
	s->evidence = mem_zalloc(n, sizeof(*s->evidence));
	if (!s->evidence)
		return -ENOMEM;
	while (s->n_evidence < n && n <= ENCODE_EVIDENCE_MAX) {
		for (size_t k = 0; k < 4; k++)
			s->evidence[s->n_evidence][k] = (uint32_t)unpack_number(&r);
		s->n_evidence++;
	}
	return reader_ok(&r) && !reader_left(&r) ? 0 : -EUCLEAN;
}

static size_t count_facts(sqlite3_stmt *st, const struct columns *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += sqlite3_column_type(st, STENCIL_FACTS + (int)i) != SQLITE_NULL;
	return n;
}

static int read_facts(struct sqlite *q, sqlite3_stmt *st, struct stencil *s)
{
	const struct columns *c = &q->stencil_columns;
	struct stored_fact fact;

	s->facts = mem_zalloc(count_facts(st, c) + 1, sizeof(*s->facts));
	if (!s->facts)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++) {
		fact_read(st, STENCIL_FACTS + (int)i, c->fact[i], &fact);
		if (c->fact[i] == FACT_EVIDENCE && fact.kind == VALUE_TEXT)
			s->sentence = (uint32_t)fact.value;
		else if (fact.kind != VALUE_ABSENT)
			s->facts[s->n_facts++] = fact;
	}
	return 0;
}

static int stencil_load(struct sqlite *q, sqlite3_stmt *st, struct stencil *s)
{
	int rc = read_facts(q, st, s);

	s->layout = stencil_layout(column_i64(st, STENCIL_LAYOUT));
	s->origin = column_i64(st, STENCIL_ORIGIN) == ORIGIN_CAPTURE ? ORIGIN_CAPTURE : ORIGIN_LOG;
	s->computer = (uint32_t)column_i64(st, STENCIL_COMPUTER);
	s->id = (uint32_t)column_i64(st, STENCIL_ID);
	return rc < 0 ? rc : read_evidence(s, column_blob(st, STENCIL_EVIDENCE));
}

static int stencil_fetch(struct sqlite *q, uint32_t id, struct stencil *s, struct text *why)
{
	int rc = 0;
	sqlite3_stmt *st = sqlite_statement(q, SQL_STENCIL_READ, why, &rc);

	if (!st)
		return rc;
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite_step(q, st, why);
	if (rc > 0)
		rc = stencil_load(q, st, s);
	else if (rc == 0)
		rc = -EUCLEAN;
	sqlite3_reset(st);
	return rc == -EUCLEAN ? sqlite_damaged(q, "an event's stencil", why) : rc;
}

int stencil_read(struct sqlite *q, uint32_t id, const struct stencil **ret_stencil,
		 struct text *why)
{
	struct stencil **slot, *s;
	int rc;

	if (!q->stencils.slots)
		q->stencils.slots = mem_zalloc(STENCIL_SLOTS, sizeof(*q->stencils.slots));
	if (!q->stencils.slots)
		return -ENOMEM;
	slot = &q->stencils.slots[id % STENCIL_SLOTS];
	if (!*slot || (*slot)->id != id) {
		s = mem_zalloc(1, sizeof(*s));
		if (!s)
			return -ENOMEM;
		rc = stencil_fetch(q, id, s, why);
		if (rc < 0) {
			stencil_free(s);
			return rc;
		}
		stencil_free(*slot);
		*slot = s;
	}
	*ret_stencil = *slot;
	return 0;
}
