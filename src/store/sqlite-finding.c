/* Findings: rows of their own, found by time, that name the records they rest on. */
#include "store/sqlite.h"

#include <errno.h>

enum finding_column {
	KIND,
	TIME,
	SENTENCE,
	SOURCE,
	TARGET,
	USER,
	DOMAIN,
	COUNT,
	RECORDS,
	CAPTURE,
	FRAME,
	NUMBER /* its column id; the others stand behind it and the mark */
};

/* What makes two findings the same: not which file they were seen in. */
static struct mark finding_mark(struct sqlite *q, const struct finding *f)
{
	struct pack out = {.ptr = q->encoder.out.ptr, .cap = q->encoder.out.cap};

	pack_text(&out, finding_kinds[f->id].key);
	pack_signed(&out, f->time);
	pack_text(&out, f->source_ip);
	pack_text(&out, f->target_ip);
	pack_text(&out, f->user);
	pack_text(&out, f->domain);
	pack_number(&out, f->count);
	return mark_of(q->keys, pack_span(&out, 0));
}

static void bind_text(sqlite3_stmt *st, int column, const char *text)
{
	sqlite3_bind_text(st, column + 2, text, -1, SQLITE_STATIC);
}

static int finding_insert(struct sqlite *q, sqlite3_stmt *st, const struct finding *f,
			  struct text *why)
{
	struct mark mark = finding_mark(q, f);
	uint8_t bytes[FINDING_RECORDS_MAX * 10];
	struct pack records = {.ptr = bytes, .cap = sizeof(bytes)};
	int rc;

	for (size_t i = 0; i < finding_n_records(f); i++)
		pack_number(&records, f->records[i]);
	bind_blob(st, 1, span_make(&mark, sizeof(mark)));
	bind_text(st, KIND, finding_kinds[f->id].key);
	sqlite3_bind_int64(st, TIME + 2, f->time);
	bind_text(st, SENTENCE, f->sentence);
	bind_text(st, SOURCE, f->source_ip);
	bind_text(st, TARGET, f->target_ip);
	bind_text(st, USER, f->user);
	bind_text(st, DOMAIN, f->domain);
	sqlite3_bind_int64(st, COUNT + 2, (int64_t)f->count);
	bind_blob(st, RECORDS + 2, pack_span(&records, 0));
	bind_text(st, CAPTURE, f->capture);
	sqlite3_bind_int64(st, FRAME + 2, (int64_t)f->frame);
	rc = sqlite_run(q, st, why);
	return rc < 0 ? rc : sqlite3_changes(q->db);
}

int sqlite_add_finding(struct store *s, const struct finding *f, struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt *st;
	int rc = writer_begin(q, why);

	if (rc < 0)
		return rc;
	st = sqlite_statement(q, SQL_FINDING_ADD, why, &rc);
	if (st)
		rc = finding_insert(q, st, f, why);
	if (rc < 0)
		writer_rollback(q);
	return rc;
}

/* ---- reading ---- */

static int find_kind(const char *key)
{
	for (int i = 0; key && i < FINDING__COUNT; i++)
		if (strcmp(finding_kinds[i].key, key) == 0)
			return i;
	return -1;
}

static const char *text_of(sqlite3_stmt *st, int column)
{
	return (const char *)sqlite3_column_text(st, column);
}

static void finding_read(sqlite3_stmt *st, int kind, struct finding *ret_finding)
{
	struct reader records = reader_of(column_blob(st, RECORDS));

	*ret_finding = (struct finding){
		.id = (enum finding_id)kind,
		.time = column_i64(st, TIME),
		.sentence = text_of(st, SENTENCE),
		.source_ip = text_of(st, SOURCE),
		.target_ip = text_of(st, TARGET),
		.user = text_of(st, USER),
		.domain = text_of(st, DOMAIN),
		.count = (uint64_t)column_i64(st, COUNT),
		.capture = text_of(st, CAPTURE),
		.frame = (uint64_t)column_i64(st, FRAME),
		.number = (uint64_t)column_i64(st, NUMBER),
	};
	while (reader_left(&records) && ret_finding->n_records < FINDING_RECORDS_MAX)
		ret_finding->records[ret_finding->n_records++] = unpack_number(&records);
}

#define SELECT                                                                                     \
	"SELECT kind, time, sentence, source_ip, target_ip, user, domain, count, records, "        \
	"capture,"                                                                                 \
	" frame, id FROM finding "

/* Hands out what the statement gives, and finishes it. */
static int hand_out(struct sqlite *q, sqlite3_stmt *st,
		    int (*each)(void *ctx, const struct finding *f), void *ctx, struct text *why)
{
	struct finding f;
	int kind, rc;

	while ((rc = sqlite_step(q, st, why)) > 0) {
		kind = find_kind(text_of(st, KIND));
		if (kind < 0)
			continue; /* of a newer program */
		finding_read(st, kind, &f);
		rc = each(ctx, &f);
		if (rc != 0)
			break;
	}
	sqlite3_finalize(st);
	return rc;
}

int sqlite_findings(struct store *s, int64_t since, int64_t until,
		    int (*each)(void *ctx, const struct finding *f), void *ctx, struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, SELECT "WHERE time >= ?1 AND time < ?2 ORDER BY time, id", &st,
				why);

	if (rc < 0)
		return rc;
	sqlite3_bind_int64(st, 1, since);
	sqlite3_bind_int64(st, 2, until);
	return hand_out(q, st, each, ctx, why);
}

int sqlite_findings_after(struct store *s, uint64_t after,
			  int (*each)(void *ctx, const struct finding *f), void *ctx,
			  struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q, SELECT "WHERE id > ?1 ORDER BY id", &st, why);

	if (rc < 0)
		return rc;
	sqlite3_bind_int64(st, 1, after < INT64_MAX ? (int64_t)after : INT64_MAX);
	return hand_out(q, st, each, ctx, why);
}
