#include "audit/join.h"

#include "audit/join-merge.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "event/copy.h"
#include "wire/packet.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKETS 4096
#define EVENT_TEXTS_MAX ((size_t)64 << 10)
#define EVENTS_MAX 32 /* of one logon; more are told without one another */
/* Of all that waits: strangers choose names, and how many a logon has. */
#define BYTES_MAX ((size_t)24 << 20)
/* How many with the same key are looked at: of the newest. An account that is everywhere has many. */
#define LOOK_MAX 64
/* Two that only names tie together are no further apart than that. */
#define NEAR_NSEC (2 * NSEC_PER_SEC)

/* What ties sightings together, the surest first. */
enum key_kind { KEY_LOGON_ID, KEY_ACTIVITY, KEY_CONNECTION, KEY_NAMES, KEY__COUNT };

static bool is_sure(enum key_kind kind)
{
	return kind <= KEY_ACTIVITY;
}

struct logon;

struct link {
	struct link *next, **at; /* of its bucket, and what points here */
	struct logon *logon;
	uint64_t hash; /* 0: the logon has no such key */
};

struct logon {
	struct logon *older, *newer;
	struct join_event *event; /* each of another machine or role */
	struct join_event *spent; /* merged into those, which use their texts */
	size_t n, bytes;
	int64_t begin, end; /* of its sightings */
	int64_t touched;    /* when the last one came */
	bool of_challenge;
	uint8_t activity[16];
	uint64_t id; /* 0: unknown */
	struct link link[KEY__COUNT];
};

struct join {
	const struct join_ops *ops;
	void *ctx;
	struct tally *tally;
	int64_t patience;
	struct hash_key hash;
	struct link *bucket[BUCKETS];
	struct logon *oldest, *newest;
	size_t n, bytes;
	struct text scratch;
};

int join_new(int64_t patience, const struct join_ops *ops, void *ctx, struct tally *tally,
	     struct join **ret_join)
{
	struct join *j = mem_zalloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->ops = ops;
	j->ctx = ctx;
	j->tally = tally;
	j->patience = patience;
	j->hash = hash_key_random();
	text_init(&j->scratch, EVENT_TEXTS_MAX);
	*ret_join = j;
	return 0;
}

/* --- keys ----------------------------------------------------------------------------------------------------- */

static void add_number(struct text *out, const struct event *e, enum fact f)
{
	text_add(out, &e->facts[f].number, sizeof(e->facts[f].number));
}

/* Without regard to case, as Windows compares names; of ASCII that is all there is to it. */
static void add_name(struct text *out, const struct event *e, enum fact f)
{
	const char *s = event_text(e, f);
	size_t begin = out->len;

	text_puts(out, s ? s : "");
	for (size_t i = begin; i < out->len; i++)
		if (out->ptr[i] >= 'A' && out->ptr[i] <= 'Z')
			out->ptr[i] = (char)(out->ptr[i] + 32);
	text_putc(out, '\0'); /* no name has one: none can look like two */
}

static bool logon_id_key(struct text *out, const struct event *e)
{
	add_number(out, e, FACT_LOGON_ID);
	return e->facts[FACT_LOGON_ID].number != 0;
}

static bool activity_key(struct text *out, const struct event *e)
{
	text_add(out, e->activity, sizeof(e->activity));
	return true;
}

static bool connection_key(struct text *out, const struct event *e)
{
	static const enum fact parts[] = {FACT_CLIENT_IP, FACT_CLIENT_PORT, FACT_TARGET_IP,
					  FACT_TARGET_PORT, FACT_USER};
	bool whole = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (e->facts[parts[i]].kind == VALUE_NUMBER)
			add_number(out, e, parts[i]);
		else
			add_name(out, e, parts[i]);
		whole = whole && (event_has(e, parts[i]) || parts[i] == FACT_USER);
	}
	return whole;
}

static bool names_key(struct text *out, const struct event *e)
{
	add_name(out, e, FACT_USER);
	add_name(out, e, FACT_DOMAIN);
	return true;
}

static bool (*const key_makers[KEY__COUNT])(struct text *, const struct event *) = {
	[KEY_LOGON_ID] = logon_id_key,
	[KEY_ACTIVITY] = activity_key,
	[KEY_CONNECTION] = connection_key,
	[KEY_NAMES] = names_key,
};

static uint64_t key_hash(struct join *j, enum key_kind kind, const struct event *e)
{
	uint64_t hash;

	text_reset(&j->scratch);
	text_putc(&j->scratch, (char)('0' + kind));
	if (!key_makers[kind](&j->scratch, e) || j->scratch.failed)
		return 0;
	hash = hash_bytes(&j->hash, span_make(j->scratch.ptr, j->scratch.len));
	return hash ? hash : 1;
}

static struct link **bucket_of(struct join *j, uint64_t hash)
{
	return &j->bucket[hash % BUCKETS];
}

static void link_in(struct join *j, struct logon *l, enum key_kind kind, uint64_t hash)
{
	struct link *k = &l->link[kind], **bucket = bucket_of(j, hash);

	*k = (struct link){.next = *bucket, .at = bucket, .logon = l, .hash = hash};
	if (k->next)
		k->next->at = &k->next;
	*bucket = k;
}

static void link_out(struct link *k)
{
	if (!k->hash)
		return;
	*k->at = k->next;
	if (k->next)
		k->next->at = k->at;
	k->hash = 0;
}

/* --- logons --------------------------------------------------------------------------------------------------- */

static void list_out(struct join *j, struct logon *l)
{
	*(l->older ? &l->older->newer : &j->oldest) = l->newer;
	*(l->newer ? &l->newer->older : &j->newest) = l->older;
	l->older = l->newer = NULL;
}

static void list_in(struct join *j, struct logon *l)
{
	l->older = j->newest;
	*(j->newest ? &j->newest->newer : &j->oldest) = l;
	j->newest = l;
}

static void free_events(struct join_event *e)
{
	while (e) {
		struct join_event *next = e->next;

		arena_finish(&e->texts);
		mem_free(e);
		e = next;
	}
}

static void logon_free(struct join *j, struct logon *l)
{
	for (int k = 0; k < KEY__COUNT; k++)
		link_out(&l->link[k]);
	list_out(j, l);
	free_events(l->event);
	free_events(l->spent);
	j->bytes -= l->bytes;
	mem_free(l);
	j->n--;
}

/* In the order in which a logon goes: client, server, the server's controller, the account's. */
static int by_way(const void *a, const void *b)
{
	static const uint16_t way[] = {4020, 4022, 4032, 4030};
	const struct event *x = &(*(struct join_event *const *)a)->event;
	const struct event *y = &(*(struct join_event *const *)b)->event;
	size_t i = 0, k = 0;

	while (i < 3 && way[i] != (x->layout->id & 0xfffe))
		i++;
	while (k < 3 && way[k] != (y->layout->id & 0xfffe))
		k++;
	return i == k ? (x->time > y->time) - (x->time < y->time) : (i > k) - (i < k);
}

static size_t sorted_events(const struct logon *l, struct join_event *sorted[EVENTS_MAX])
{
	size_t n = 0;

	for (struct join_event *e = l->event; e; e = e->next)
		sorted[n++] = e;
	qsort(sorted, n, sizeof(struct join_event *), by_way);
	return n;
}

static void conclude(struct join *j, struct logon *l)
{
	struct join_event *sorted[EVENTS_MAX];
	size_t n = sorted_events(l, sorted);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (i != k)
				join_share(sorted[i], sorted[k]);
	for (size_t i = 0; i < n; i++) {
		join_settle(sorted[i], &j->scratch);
		memcpy(sorted[i]->event.activity, l->activity, sizeof(l->activity));
		j->ops->event(j->ctx, &sorted[i]->event);
	}
	logon_free(j, l);
}

/* A logon of one sighting; NULL without memory. */
static struct logon *logon_new(struct join *j, const struct join_sighting *s, int64_t now)
{
	struct logon *l = mem_zalloc(1, sizeof(*l));
	struct join_event *e = l ? mem_zalloc(1, sizeof(*e)) : NULL;

	if (e)
		arena_init(&e->texts, EVENT_TEXTS_MAX);
	if (!e || !event_copy(&e->texts, s->event, &e->event)) {
		free_events(e);
		mem_free(l);
		return NULL;
	}
	e->sources = 1u << s->source;
	e->told[s->source] = e->event.time;
	l->event = e;
	l->n = 1;
	e->bytes = sizeof(*e) + e->texts.used;
	l->bytes = sizeof(*l) + e->bytes;
	l->end = e->event.time;
	if (__builtin_sub_overflow(l->end, s->lasted, &l->begin))
		l->begin = l->end;
	l->touched = now;
	l->of_challenge = s->of_challenge;
	memcpy(l->activity, e->event.activity, sizeof(l->activity));
	l->id = e->event.facts[FACT_LOGON_ID].number;
	for (int k = 0; k < KEY__COUNT; k++)
		l->link[k].hash = key_hash(j, (enum key_kind)k, &e->event);
	return l;
}

/* --- which belong together ------------------------------------------------------------------------------------ */

static int64_t distance(const struct logon *a, const struct logon *b)
{
	int64_t apart = packet_elapsed(a->end, b->begin), back = packet_elapsed(b->end, a->begin);

	apart = apart > back ? apart : back;
	return apart > 0 ? apart : 0;
}

/* All who see a logon see it begin at about the same time; those who wait for others see it end later. */
static int64_t between_begins(const struct logon *a, const struct logon *b)
{
	return packet_elapsed(a->begin < b->begin ? a->begin : b->begin,
			      a->begin < b->begin ? b->begin : a->begin);
}

static bool any_pair(const struct logon *a, const struct logon *b,
		     bool (*holds)(const struct join_event *, const struct join_event *))
{
	for (const struct join_event *x = a->event; x; x = x->next)
		for (const struct join_event *y = b->event; y; y = y->next)
			if (holds(x, y))
				return true;
	return false;
}

/* Is all that both were made of a line that was read twice? Packets are told once, whatever their time. */
static bool is_same_again(const struct join_event *a, const struct join_event *b)
{
	unsigned both = a->sources & b->sources;

	for (int s = 0; s < JOIN_SOURCE__COUNT; s++)
		if ((both & 1u << s) && (s < JOIN_SAMBA_DC || a->told[s] != b->told[s]))
			return false;
	return true;
}

/* Has one source said the event before, and not by this very line? */
static bool says_twice(const struct join_event *x, const struct join_event *y)
{
	return !is_same_again(x, y) && join_same_kind(&x->event, &y->event);
}

/*
 * Where they share a logon's number or a challenge. Others choose both, and not always well: a relay hands on a server's challenge, some
 * servers have one for all, some members number no logon. So whose logon it was, and by which connection, has to be the same.
 */
static bool is_one(const struct logon *a, const struct logon *b)
{
	return !any_pair(a, b, join_apart);
}

/* Where only the like ties them together: does nothing speak against it? */
static bool fits(const struct logon *a, const struct logon *b, enum key_kind kind)
{
	if (a->id && b->id && a->id != b->id)
		return false;
	if (a->of_challenge && b->of_challenge &&
	    memcmp(a->activity, b->activity, sizeof(a->activity)) != 0)
		return false;
	if (kind == KEY_NAMES && distance(a, b) > NEAR_NSEC)
		return false;
	return !any_pair(a, b, says_twice) && !any_pair(a, b, join_contradict);
}

/* Of those with the same key the nearest that fits. */
static struct logon *find(struct join *j, const struct logon *l, enum key_kind kind)
{
	struct logon *nearest = NULL;
	uint64_t hash = l->link[kind].hash;
	int looked = 0;

	for (struct link *k = hash ? *bucket_of(j, hash) : NULL; k && looked < LOOK_MAX;
	     k = k->next) {
		if (k->hash != hash || k->logon == l || k->logon->n + l->n > EVENTS_MAX)
			continue;
		looked++;
		if (nearest && between_begins(k->logon, l) > between_begins(nearest, l))
			continue;
		if (is_sure(kind) ? is_one(k->logon, l) : fits(k->logon, l, kind))
			nearest = k->logon;
	}
	return nearest;
}

/* --- making one of two ---------------------------------------------------------------------------------------- */

/* The event that this is one more sighting of: best one that it does not contradict. NULL: none, it is one of its own. */
static struct join_event *seen_in(const struct logon *l, const struct join_event *e)
{
	struct join_event *found = NULL;

	for (struct join_event *at = l->event; at; at = at->next) {
		if (!join_same_event(at, e) || !is_same_again(at, e))
			continue;
		if (!join_contradict(at, e))
			return at;
		found = found ? found : at;
	}
	return found;
}

/* What says nothing that was not said goes at once: it may come for ever. */
static void add_event(struct join *j, struct logon *l, struct join_event *e)
{
	struct join_event *same = seen_in(l, e), **end = &l->event;

	e->next = NULL;
	if (same && (same->sources & e->sources))
		tally_one(j->tally, TALLY_JOIN_DOUBLE);
	if (same && !(e->sources & ~same->sources)) {
		l->bytes -= e->bytes;
		j->bytes -= e->bytes;
		free_events(e);
	} else if (same) {
		join_merge(same, e);
		e->next = l->spent;
		l->spent = e;
	} else {
		while (*end)
			end = &(*end)->next;
		*end = e;
		l->n++;
	}
}

static void take_identity(struct join *j, struct logon *l, struct logon *from, bool linked)
{
	if (from->of_challenge && !l->of_challenge) {
		l->of_challenge = true;
		memcpy(l->activity, from->activity, sizeof(l->activity));
		if (l->link[KEY_ACTIVITY].hash)
			link_out(&l->link[KEY_ACTIVITY]);
	}
	l->id = l->id ? l->id : from->id;
	for (int k = 0; k < KEY__COUNT; k++) {
		uint64_t hash = from->link[k].hash;

		if (linked)
			link_out(&from->link[k]);
		if (!l->link[k].hash && hash)
			link_in(j, l, (enum key_kind)k, hash);
	}
}

/* All of `from` becomes part of `l`, which is in the table; `linked`: so is `from`. It is gone afterwards. */
static void absorb(struct join *j, struct logon *l, struct logon *from, bool linked)
{
	struct join_event *e = from->event, **end = &l->spent;

	take_identity(j, l, from, linked);
	l->bytes += from->bytes - sizeof(*from);
	j->bytes -= sizeof(*from);
	l->begin = from->begin < l->begin ? from->begin : l->begin;
	l->end = from->end > l->end ? from->end : l->end;
	l->touched = from->touched > l->touched ? from->touched : l->touched;
	while (*end)
		end = &(*end)->next;
	*end = from->spent;
	while (e) {
		struct join_event *next = e->next;

		add_event(j, l, e);
		e = next;
	}
	if (linked) {
		list_out(j, from);
		j->n--;
	}
	mem_free(from);
	list_out(j, l);
	list_in(j, l);
}

/* Those that waited longest go early, still waited for or not. */
static void make_room(struct join *j)
{
	while (j->oldest && (j->n >= JOIN_LOGONS_MAX || j->bytes > BYTES_MAX)) {
		if (packet_elapsed(j->oldest->touched, j->newest->touched) < NEAR_NSEC)
			tally_one(j->tally, TALLY_JOIN_EARLY);
		conclude(j, j->oldest);
	}
}

static void enter(struct join *j, struct logon *l)
{
	for (int k = 0; k < KEY__COUNT; k++)
		if (l->link[k].hash)
			link_in(j, l, (enum key_kind)k, l->link[k].hash);
	list_in(j, l);
	j->n++;
}

void join_sighting(struct join *j, const struct join_sighting *s, int64_t now)
{
	struct logon *l;
	bool linked = false;

	make_room(j);
	l = logon_new(j, s, now);

	if (!l) {
		tally_one(j->tally, TALLY_NO_MEMORY);
		j->ops->event(j->ctx, s->event);
		return;
	}
	j->bytes += l->bytes;
	for (int k = 0; k < KEY__COUNT; k++) {
		struct logon *other = find(j, l, (enum key_kind)k);

		if (!other)
			continue;
		absorb(j, other, l, linked);
		l = other;
		linked = true;
	}
	if (!linked)
		enter(j, l);
}

void join_tick(struct join *j, int64_t now)
{
	while (j->oldest && packet_is_due(j->oldest->touched, now, j->patience))
		conclude(j, j->oldest);
}

void join_flush(struct join *j)
{
	while (j->oldest)
		conclude(j, j->oldest);
}

int64_t join_oldest(const struct join *j)
{
	int64_t oldest = INT64_MAX;

	for (const struct logon *l = j->oldest; l; l = l->newer)
		oldest = l->begin < oldest ? l->begin : oldest;
	return oldest;
}

void join_free(struct join *j)
{
	if (!j)
		return;
	join_flush(j);
	text_finish(&j->scratch);
	mem_free(j);
}
