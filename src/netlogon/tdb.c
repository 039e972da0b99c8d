/*
 * The file: a header of 168 bytes, the head of the list of free records, the heads of the hash chains, records. All
 * numbers have the byte order of the machine that made the file. A database with mutexes has these in front, so that all
 * offsets count from behind them.
 */
#include "netlogon/tdb.h"

#include "base/reader.h"

#define MAGIC "TDB file\n"
#define VERSION (0x26011967u + 6)
#define VERSION_AT 32
#define MUTEX_SIZE_AT 64 /* behind feature_flags */
#define HEADER_SIZE 168
#define RECORD_SIZE 24
#define RECORD_MAGIC 0x26011999u
#define FEATURE_MUTEX 1u

struct tdb {
	struct span file; /* from where offsets count */
	bool big;
	size_t steps; /* records that can still be visited: more than fit would go in a circle */
	const char *why;
	void (*record)(void *ctx, struct span key, struct span data);
	void *ctx;
};

static uint32_t u32(const struct tdb *t, struct reader *r)
{
	return t->big ? reader_u32be(r) : reader_u32le(r);
}

static uint32_t u32_at(const struct tdb *t, size_t at)
{
	struct reader r = reader_of(t->file);

	reader_seek(&r, at);
	return u32(t, &r);
}

bool tdb_is(struct span file)
{
	return span_starts(file, MAGIC, sizeof(MAGIC) - 1);
}

/* One record; the offset of the next in its chain, 0 = none. */
static uint32_t visit(struct tdb *t, uint32_t offset)
{
	struct reader r = reader_of(t->file);
	uint32_t next, room, key_len, data_len, magic;
	struct span key, data;

	reader_seek(&r, offset);
	next = u32(t, &r);
	room = u32(t, &r);
	key_len = u32(t, &r);
	data_len = u32(t, &r);
	reader_skip(&r, 4); /* the key's hash */
	magic = u32(t, &r);
	key = reader_bytes(&r, key_len);
	data = reader_bytes(&r, data_len);
	if (!reader_ok(&r) || key_len > room || data_len > room - key_len) {
		t->why = "a record is out of range";
		return 0;
	}
	if (magic == RECORD_MAGIC) /* else it is dead, or was being written */
		t->record(t->ctx, key, data);
	return next;
}

static void chain(struct tdb *t, uint32_t offset)
{
	while (offset && !t->why) {
		if (t->steps-- == 0) {
			t->steps = 0;
			t->why = "a chain of records goes in a circle";
			return;
		}
		offset = visit(t, offset);
	}
}

/* Offsets count from behind the mutexes, where there are some. */
static const char *open_at(struct tdb *t)
{
	struct reader r = reader_of(t->file);
	uint32_t features, mutexes;

	reader_seek(&r, VERSION_AT);
	t->big = reader_u32be(&r) == VERSION;
	if (!t->big && u32_at(t, VERSION_AT) != VERSION)
		return "a tdb of another version";
	reader_seek(&r, MUTEX_SIZE_AT - 4);
	features = u32(t, &r);
	mutexes = u32(t, &r);
	if (!reader_ok(&r))
		return "the header is cut short";
	if (features & FEATURE_MUTEX)
		t->file = span_from(t->file, mutexes);
	return t->file.len < HEADER_SIZE ? "the header is cut short" : NULL;
}

const char *tdb_each(struct span file, void (*record)(void *ctx, struct span key, struct span data),
		     void *ctx)
{
	struct tdb t = {.file = file, .record = record, .ctx = ctx};
	const char *why = tdb_is(file) ? NULL : "no tdb";
	const char *first = NULL;
	uint32_t chains;

	if (!why)
		why = open_at(&t);
	if (why)
		return why;
	chains = u32_at(&t, VERSION_AT + 4);
	t.steps = t.file.len / RECORD_SIZE;
	if (chains > (t.file.len - HEADER_SIZE) / 4)
		return "more chains than fit";
	for (uint32_t i = 0; i < chains; i++) {
		chain(&t, u32_at(&t, HEADER_SIZE + 4 + (size_t)i * 4));
		first = first ? first : t.why;
		if (t.steps == 0)
			break;
		t.why = NULL; /* one torn chain is not all of them */
	}
	return first;
}
