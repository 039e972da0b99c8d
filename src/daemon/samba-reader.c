#include "daemon/samba-reader.h"

#include "base/clock.h"
#include "daemon/say.h"
#include "daemon/station.h"

#include <errno.h>
#include <string.h>

/* What was written just before we began may be read by either of us. */
#define START_NSEC NSEC_PER_SEC

void samba_reader_begin(struct samba_reader *s, struct station *st, struct capture *capture)
{
	s->st = st;
	s->capture = capture;
	s->start = clock_wall() + START_NSEC;
	s->hash = hash_key_random();
}

void samba_reader_ask(struct samba_reader *s)
{
	struct pack out;

	for (size_t i = 0; i < SAMBA_LOGS_MAX; i++)
		s->logs[i].is_open = false;
	s->nonce = (uint64_t)clock_monotonic();
	s->number = s->acked = 0;
	parcel_begin(&out, s->st->out, PARCEL_HELLO);
	log_put_hello(&out, s->nonce, &s->taken);
	station_send(s->st, MEMBER_HOST, &out);
}

/* ---- what the host sends ---- */

static void add_place(struct reader_log *l, const struct samba_checkpoint *c, int64_t time)
{
	struct reader_place *last = &l->place[(l->first + l->n - 1) % READER_PLACES];

	if (l->n && (l->is_fresh || l->n == READER_PLACES)) {
		last->checkpoint = *c;
		last->newest = time > last->newest ? time : last->newest;
	} else {
		l->place[(l->first + l->n) % READER_PLACES] =
			(struct reader_place){.checkpoint = *c, .newest = time};
		l->n++;
	}
	l->is_fresh = true;
}

/* The paths of rows stay while events of theirs wait: another log takes the place of a row when the capture has told all. */
void samba_reader_take_log(struct samba_reader *s, struct reader *r)
{
	static struct log_begin b; /* large */
	struct reader_log *l;
	int rc;

	if (!log_get_begin(r, &b) || b.nonce != s->nonce)
		return;
	l = &s->logs[b.row];
	if (strcmp(l->path, b.place.path) != 0) {
		memcpy(l->path, b.place.path, sizeof(l->path));
		l->n = 0;
	}
	rc = capture_log(s->capture, l->path, &b.host);
	if (rc < 0) {
		daemon_say("%s: %s", l->path, strerror(-rc));
		return;
	}
	l->is_open = true;
	if (b.has_place)
		add_place(l, &b.place.checkpoint, INT64_MIN);
}

static int64_t read_text(struct samba_reader *s, struct reader_log *l, struct span text,
			 const char *computer)
{
	struct capture_line line = {
		.source = l->path, .number = ++l->lines, .computer = computer, .line = &s->line};
	int rc = samba_line_decode(text, &s->scratch, &s->line.line);

	s->line.why = rc == -EBADMSG ? s->scratch.why : NULL;
	s->line.why_pos = s->scratch.why_pos;
	if (rc != 0 && rc != -EBADMSG)
		return INT64_MIN; /* none of Samba's audit */
	capture_line(s->capture, &line, clock_wall());
	return rc == 0 && s->line.line.has_time ? s->line.line.time : INT64_MIN;
}

void samba_reader_take_line(struct samba_reader *s, struct reader *r, const char *computer)
{
	struct log_text t;
	struct reader_log *l;
	struct log_place *taken;

	if (!log_get_line(r, &t) || !s->logs[t.row].is_open || t.number != s->number + 1)
		return; /* of before we asked */
	l = &s->logs[t.row];
	s->number = t.number;
	add_place(l, &t.behind, read_text(s, l, t.text, computer));
	taken = log_places_of(&s->taken, l->path);
	if (taken)
		taken->checkpoint = t.behind;
}

void samba_reader_ack(struct samba_reader *s, bool has_room)
{
	struct pack out;

	if (s->number == s->acked || !has_room)
		return;
	parcel_begin(&out, s->st->out, PARCEL_ACK);
	pack_number(&out, s->nonce);
	pack_number(&out, s->number);
	if (parcel_send(station_to(s->st, MEMBER_HOST), pack_span(&out, 0), -1) == 0)
		s->acked = s->number;
}

/* ---- how far all is told ---- */

static bool pass(struct reader_log *l, int64_t oldest, struct samba_checkpoint *ret_checkpoint)
{
	bool any = false;

	l->is_fresh = false;
	while (l->n && (l->place[l->first].newest < oldest || oldest == INT64_MAX)) {
		*ret_checkpoint = l->place[l->first].checkpoint;
		l->first = (l->first + 1) % READER_PLACES;
		l->n--;
		any = true;
	}
	return any;
}

bool samba_reader_place(struct samba_reader *s, int64_t oldest, const struct log_place **ret_place)
{
	static struct log_place place;

	for (size_t i = 0; i < SAMBA_LOGS_MAX; i++) {
		struct reader_log *l = &s->logs[i];

		if (!pass(l, oldest, &place.checkpoint))
			continue;
		memcpy(place.path, l->path, sizeof(place.path));
		*ret_place = &place;
		return true;
	}
	return false;
}

bool samba_reader_is_again(const struct samba_reader *s, const struct event *e)
{
	const char *sightings = event_text(e, FACT_SIGHTINGS);

	return e->time < s->start && sightings && strstr(sightings, "samba-log");
}

bool samba_reader_knows(struct samba_reader *s, const char *user, const char *domain, int64_t time)
{
	uint64_t parts[3] = {hash_bytes(&s->hash, span_str(user)),
			     hash_bytes(&s->hash, span_str(domain)),
			     (uint64_t)(time / NSEC_PER_SEC / 3600)};
	uint64_t hash = hash_bytes(&s->hash, span_make(parts, sizeof(parts)));
	uint64_t *slot = &s->hours[hash % (sizeof(s->hours) / sizeof(s->hours[0]))];
	bool known = *slot == hash;

	*slot = hash;
	return known;
}
