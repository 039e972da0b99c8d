/* How far Samba's logs are read, beside the events of their lines: stored with them, and told to the host. */
#include "daemon/keeper.h"

#include "daemon/say.h"

#include <errno.h>

#define WHAT "samba-log"
/* Where nothing but a place is new: most of a log's lines make no event. */
#define PLACE_NSEC (5 * NSEC_PER_SEC)

static bool has_log(const struct keeper *k)
{
	return k->st->options->log != NULL;
}

static bool tell_one(const struct keeper *k, const struct log_place *place)
{
	struct pack out;

	parcel_begin(&out, k->st->out, PARCEL_PLACE);
	log_put_place(&out, place);
	return parcel_send(station_to(k->st, MEMBER_HOST), pack_span(&out, 0), -1) == 0;
}

/* All of them, then that they are all: until then the host waits. What it has no room for it is told next time. */
void keeper_places_tell(struct keeper *k)
{
	bool told = true;

	if (!k->places.is_untold || (has_log(k) && !k->store) || k->places.is_dirty)
		return;
	for (size_t i = 0; told && i < k->places.all.n; i++)
		told = tell_one(k, &k->places.all.rows[i]);
	k->places.is_untold = !told || station_tell(k->st, MEMBER_HOST, PARCEL_READY) < 0;
}

void keeper_take_host(void *ctx, struct reader *r, int *fd)
{
	(void)r;
	(void)fd;
	((struct keeper *)ctx)->places.is_untold = true;
}

void keeper_places_load(struct keeper *k)
{
	static uint8_t bytes[STORE_PLACE_MAX];
	size_t n = 0;
	int rc = store_place_get(k->store, WHAT, bytes, sizeof(bytes), &n, &k->why);
	struct reader r = reader_of(span_make(bytes, n));

	if (rc < 0)
		text_reset(&k->why); /* the next use of the log fails, too */
	if (rc <= 0)		     /* another log, or none was stored yet */
		k->places.all = k->places.stored;
	else if (!log_get_places(&r, &k->places.all))
		k->places.all.n = 0;
	k->places.is_dirty = false;
	k->places.is_untold = true;
}

bool keeper_places_are_due(const struct keeper *k, bool now)
{
	return k->store && k->places.is_dirty &&
	       (now || clock_monotonic() - k->places.dirty_since >= PLACE_NSEC);
}

int keeper_places_put(struct keeper *k)
{
	static uint8_t bytes[STORE_PLACE_MAX];
	struct pack out = {.ptr = bytes, .cap = sizeof(bytes)};

	if (!k->places.is_dirty)
		return 0;
	log_put_places(&out, &k->places.all);
	return out.full ? 0 : store_place_put(k->store, WHAT, pack_span(&out, 0), &k->why);
}

void keeper_places_committed(struct keeper *k)
{
	if (!k->places.is_dirty)
		return;
	k->places.stored = k->places.all;
	k->places.is_untold = true;
	k->places.is_dirty = false;
}

/* ---- what the decoder tells ---- */

void keeper_take_place(void *ctx, struct reader *r, int *fd)
{
	(void)fd;
	keeper_wait(ctx, PARCEL_PLACE, r);
}

void keeper_take_kerberos(void *ctx, struct reader *r, int *fd)
{
	(void)fd;
	keeper_wait(ctx, PARCEL_KERBEROS, r);
}

int keeper_read_place(struct keeper *k, struct reader *r)
{
	static struct log_place place;
	struct log_place *row;
	uint64_t number;

	(void)reader_u8(r); /* told again or not, it is the same */
	number = unpack_number(r);
	if (!log_get_place(r, &place) || parcel_end(r) < 0)
		return 1;
	if (has_log(k) && !k->store)
		return -EAGAIN;
	row = log_places_of(&k->places.all, place.path);
	if (row)
		*row = place;
	if (row && !has_log(k))
		k->places.is_untold = true;
	if (row && has_log(k) && !k->places.is_dirty) {
		k->places.is_dirty = true;
		k->places.dirty_since = clock_monotonic();
	}
	k->latest = number;
	return 1;
}

int keeper_read_kerberos(struct keeper *k, struct reader *r)
{
	const char *user, *domain;
	uint64_t number;
	int64_t time;
	int rc;

	(void)reader_u8(r);
	number = unpack_number(r);
	user = parcel_text(r, &k->arena);
	domain = parcel_text(r, &k->arena);
	time = unpack_signed(r);
	if (!user || !domain || parcel_end(r) < 0)
		return 1;
	rc = keeper_log_kerberos(k, user, domain, time);
	if (rc < 0)
		return rc;
	k->latest = number;
	return 1;
}
