/*
 * The chain that shows tampering. The state after a record is SHA-256 over the state before it, SHA-256 of the event's
 * stencil, and the event's own bytes (store/encode.h), all with their texts: a change to any row that says something
 * of an event, be it a shared one, changes the state from there on. The first state is 32 zeros.
 */
#include "store/sqlite.h"

#include "base/mem.h"

#include <errno.h>

#include <nettle/sha2.h>

_Static_assert(DIGEST_SIZE == SHA256_DIGEST_SIZE, "the chain is of SHA-256");

void chain_digest(struct span bytes, uint8_t ret_digest[DIGEST_SIZE])
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, bytes.len, bytes.ptr);
	sha256_digest(&sha, DIGEST_SIZE, ret_digest);
}

void chain_event(struct chain *c, uint64_t record, const uint8_t digest[DIGEST_SIZE],
		 struct span own)
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, DIGEST_SIZE, c->hash);
	sha256_update(&sha, DIGEST_SIZE, digest);
	sha256_update(&sha, own.len, own.ptr);
	sha256_digest(&sha, DIGEST_SIZE, c->hash);
	c->record = record;
}

/* ---- the chain's end ---- */

#define HEAD_SIZE (DIGEST_SIZE + 8)

int chain_load(struct sqlite *q, struct chain *ret_chain, struct text *why)
{
	uint8_t head[HEAD_SIZE];
	struct reader r = reader_of(span_make(head, sizeof(head)));
	int rc = meta_get(q, "head", head, sizeof(head), why);

	if (rc < 0)
		return rc;
	memcpy(ret_chain->hash, reader_bytes(&r, DIGEST_SIZE).ptr, DIGEST_SIZE);
	ret_chain->record = reader_u64le(&r);
	return ret_chain->record > INT64_MAX / 2 ? sqlite_damaged(q, "its end", why) : 0;
}

static void put_u64le(uint8_t *out, uint64_t n)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(n >> 8 * i);
}

int chain_save(struct sqlite *q, struct text *why)
{
	uint8_t head[HEAD_SIZE];

	memcpy(head, q->chain.hash, DIGEST_SIZE);
	put_u64le(head + DIGEST_SIZE, q->chain.record);
	return meta_set(q, "head", span_make(head, sizeof(head)), why);
}

/* ---- what was dropped ---- */

static void make_link(struct dropped_run *run, const char *reason)
{
	uint8_t bytes[256];
	struct pack out = {.ptr = bytes, .cap = sizeof(bytes)};

	pack_text(&out, "dropped");
	pack_number(&out, run->first);
	pack_number(&out, run->last);
	pack_signed(&out, run->since);
	pack_signed(&out, run->until);
	pack_signed(&out, run->time);
	pack_bytes(&out, run->anchor, DIGEST_SIZE);
	pack_number(&out, run->after);
	/* A reason that does not fit is none of ours; the link is then another, which verifying finds. */
	pack_text(&out, reason);
	chain_digest(pack_span(&out, 0), run->link);
}

static int runs_add(struct dropped_runs *d, const struct dropped_run *run)
{
	size_t cap = d->cap ? d->cap * 2 : 64;
	struct dropped_run *grown;

	if (d->n == d->cap) {
		grown = mem_realloc(d->runs, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		d->runs = grown;
		d->cap = cap;
	}
	d->runs[d->n++] = *run;
	return 0;
}

void dropped_finish(struct dropped_runs *d)
{
	mem_free(d->runs);
	*d = (struct dropped_runs){0};
}

static int run_read(sqlite3_stmt *st, struct dropped_runs *d)
{
	const char *reason = (const char *)sqlite3_column_text(st, 5);
	struct span anchor = column_blob(st, 7);
	struct dropped_run run = {
		.id = column_i64(st, 0),
		.first = (uint64_t)column_i64(st, 1),
		.last = (uint64_t)column_i64(st, 2),
		.since = column_i64(st, 3),
		.until = column_i64(st, 4),
		.time = column_i64(st, 6),
		.after = (uint64_t)column_i64(st, 8),
	};

	if (anchor.len == DIGEST_SIZE)
		memcpy(run.anchor, anchor.ptr, DIGEST_SIZE);
	make_link(&run, reason);
	return runs_add(d, &run);
}

int dropped_load(struct sqlite *q, struct dropped_runs *ret_runs, struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q,
				"SELECT id, first, last, since, until, reason, time, anchor, after"
				" FROM dropped ORDER BY id",
				&st, why);

	*ret_runs = (struct dropped_runs){0};
	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(q, st, why)) > 0)
		if ((rc = run_read(st, ret_runs)) < 0)
			break;
	sqlite3_finalize(st);
	if (rc < 0)
		dropped_finish(ret_runs);
	return rc;
}

static void chain_link(struct chain *c, const struct dropped_run *run)
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, DIGEST_SIZE, c->hash);
	sha256_update(&sha, DIGEST_SIZE, run->link);
	sha256_digest(&sha, DIGEST_SIZE, c->hash);
}

int dropped_add(struct sqlite *q, struct dropped_runs *d, struct dropped_run *run, struct text *why)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(
		q, "INSERT INTO dropped VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &st, why);

	if (rc < 0)
		return rc;
	run->after = q->chain.record;
	make_link(run, run->reason);
	sqlite3_bind_int64(st, 1, (int64_t)run->first);
	sqlite3_bind_int64(st, 2, (int64_t)run->last);
	sqlite3_bind_int64(st, 3, run->since);
	sqlite3_bind_int64(st, 4, run->until);
	sqlite3_bind_text(st, 5, run->reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 6, run->time);
	bind_blob(st, 7, span_make(run->anchor, DIGEST_SIZE));
	sqlite3_bind_int64(st, 8, (int64_t)run->after);
	rc = sqlite_run(q, st, why);
	sqlite3_finalize(st);
	if (rc < 0)
		return rc;
	run->id = sqlite3_last_insert_rowid(q->db);
	chain_link(&q->chain, run);
	return runs_add(d, run);
}

/* The first run whose link follows the record, or a later one: records of `after` only rise with the ids. */
static size_t find_link(const struct dropped_runs *d, uint64_t record)
{
	size_t low = 0, high = d->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->runs[middle].after < record)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool chain_follow(struct chain *c, const struct dropped_runs *d, int64_t from_id,
		  void (*each)(void *ctx, const struct chain *state), void *ctx)
{
	bool any = false;

	for (size_t i = find_link(d, c->record); i < d->n && d->runs[i].after == c->record; i++) {
		if (d->runs[i].id < from_id)
			continue;
		chain_link(c, &d->runs[i]);
		any = true;
		if (each)
			each(ctx, c);
	}
	return any;
}
