/*
 * The decoder: packets from the rings to events for the keeper. All that strangers send is read here and nowhere else, so
 * nothing is left to this process but memory, time, and messages on sockets that were open before.
 */
#include "base/mem.h"
#include "daemon/keyring.h"
#include "daemon/outbox.h"
#include "daemon/samba-reader.h"
#include "daemon/say.h"
#include "daemon/station.h"
#include "daemon/status.h"
#include "source/capture.h"
#include "source/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define HEAP_MAX ((size_t)60 << 20)
#define BATCH_PACKETS 4096 /* of one ring before the others have their turn */
#define IDLE_MS 50
#define COUNTS_NSEC NSEC_PER_SEC
#define DROPS_NSEC (10 * NSEC_PER_SEC) /* between two gaps that tell of drops */

struct source_ring {
	struct ring *ring; /* NULL: a free row */
	int fd;
	uint32_t number;
	char name[STATUS_NAME_SIZE];
	uint64_t dropped, dropped_told; /* by the kernel; of these in gaps */
	int64_t drops_began;		/* base/clock.h; 0: none since the last gap */
};

struct decoder {
	struct station *st;
	struct capture *capture;
	struct tally tally;
	struct host_addresses addresses;
	bool has_addresses;
	struct source_ring
		rings[STATUS_RINGS_MAX]; /* rows stay where they are: packets point to names */
	struct keyring keys;
	struct outbox outbox;
	struct samba_reader logs;
	uint64_t number; /* of the last parcel for the keeper */
	bool is_new,
		begins; /* tell the keeper that all follows from the oldest on, before anything else */
	uint64_t lost, lost_told; /* events that the outbox dropped; of these in gaps */
	int64_t outbox_since;	  /* base/clock.h: since when the keeper has not taken all */
	int64_t lost_began;	  /* likewise; 0: none is lost that was not told */
	int64_t next_counts, next_drops;
};

/* ---- what the capture tells ---- */

static void keep(struct decoder *d, const struct pack *out)
{
	if (out->full) /* can't be: an event's texts have a limit of their own */
		d->outbox.dropped++;
	else
		outbox_put(&d->outbox, d->number, pack_span(out, 0));
}

static void on_event(void *ctx, const struct event *e)
{
	struct decoder *d = ctx;
	struct pack out;

	parcel_begin(&out, d->st->out, PARCEL_EVENT);
	parcel_put_event(&out, ++d->number, samba_reader_is_again(&d->logs, e), e);
	keep(d, &out);
}

static void on_finding(void *ctx, const struct finding *f)
{
	struct decoder *d = ctx;
	struct pack out;

	parcel_begin(&out, d->st->out, PARCEL_FINDING);
	parcel_put_finding(&out, ++d->number, false, f);
	keep(d, &out);
}

static void on_sealed(void *ctx, const char *line)
{
	keyring_sealed(&((struct decoder *)ctx)->keys, line);
}

static void on_kerberos(void *ctx, const char *user, const char *domain, int64_t time)
{
	struct decoder *d = ctx;
	struct pack out;

	if (samba_reader_knows(&d->logs, user, domain, time))
		return;
	parcel_begin(&out, d->st->out, PARCEL_KERBEROS);
	pack_u8(&out, false);
	pack_number(&out, ++d->number);
	pack_text(&out, user);
	pack_text(&out, domain);
	pack_signed(&out, time);
	keep(d, &out);
}

/* Behind the events of all lines up to there. */
static void tell_places(struct decoder *d)
{
	const struct log_place *place;
	struct pack out;

	while (samba_reader_place(&d->logs, capture_oldest(d->capture), &place)) {
		parcel_begin(&out, d->st->out, PARCEL_PLACE);
		pack_u8(&out, false);
		pack_number(&out, ++d->number);
		log_put_place(&out, place);
		keep(d, &out);
	}
}

/* Counted in the tally; on a live network there is no file that somebody could look into. */
static void on_malformed(void *ctx, const char *source, uint64_t frame, const char *where,
			 const char *why, size_t pos)
{
	(void)ctx;
	(void)source;
	(void)frame;
	(void)where;
	(void)why;
	(void)pos;
}

static const char *own_name(void *ctx, const struct addr *a)
{
	const struct decoder *d = ctx;

	return host_addresses_has(&d->addresses, a) ? d->addresses.name : NULL;
}

/* ---- the rings ---- */

static struct source_ring *free_row(struct decoder *d)
{
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++)
		if (!d->rings[i].ring)
			return &d->rings[i];
	return NULL;
}

static void take_ring(void *ctx, struct reader *r, int *fd)
{
	struct decoder *d = ctx;
	struct source_ring *s = free_row(d);
	struct ring_options options = {0};
	uint64_t number = unpack_number(r), mib = unpack_number(r);
	struct span name = reader_rest(r);
	int rc;

	if (*fd < 0 || !reader_ok(r) || name.len >= sizeof(s->name) || !s)
		return;
	options.mib = (size_t)mib;
	*s = (struct source_ring){.fd = *fd, .number = (uint32_t)number};
	memcpy(s->name, name.ptr, name.len);
	/* one that is read alone can be lost */
	options.interface = strcmp(s->name, RING_OF_ALL) == 0 ? NULL : s->name;
	rc = ring_attach(*fd, &options, s->name, &s->ring);
	if (rc == 0) {
		*fd = -1;
		return;
	}
	daemon_say("%s: %s", s->name, strerror(-rc));
	s->ring = NULL;
}

/* The interface is gone or down: whoever opened the ring looks for it again. */
static void ring_lost(struct decoder *d, struct source_ring *s)
{
	struct pack out;

	parcel_begin(&out, d->st->out, PARCEL_RING_DOWN);
	pack_number(&out, s->number);
	station_send(d->st, MEMBER_OPENER, &out);
	ring_detach(s->ring);
	close(s->fd);
	s->ring = NULL;
}

/* True where there may be more at once. */
static bool read_ring(struct decoder *d, struct source_ring *s)
{
	struct packet p;
	int n = 0, rc = 1;

	while (n < BATCH_PACKETS && (rc = ring_next(s->ring, &p)) > 0) {
		capture_packet(d->capture, &p);
		keyring_look(&d->keys);
		n++;
	}
	if (rc < 0)
		ring_lost(d, s);
	return n == BATCH_PACKETS;
}

/* Whose addresses are ours must be known before the first packet, or it would be nobody's. */
static bool read_rings(struct decoder *d)
{
	bool more = false;

	if (!d->has_addresses && !d->st->is_tap)
		return false;
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++)
		if (d->rings[i].ring)
			more |= read_ring(d, &d->rings[i]);
	return more;
}

/* ---- the others ---- */

static void take_addresses(void *ctx, struct reader *r, int *fd)
{
	struct decoder *d = ctx;
	struct host_addresses a;

	(void)fd;
	if (parcel_get_addresses(r, &a) < 0)
		return;
	if (d->has_addresses)
		host_addresses_finish(&d->addresses);
	d->addresses = a;
	d->has_addresses = true;
}

static void take_keys(void *ctx, struct reader *r, int *fd)
{
	keyring_take(&((struct decoder *)ctx)->keys, r, fd);
}

/* A new keeper, or one that lost its place. */
static void take_keeper(void *ctx, struct reader *r, int *fd)
{
	struct decoder *d = ctx;

	(void)r;
	(void)fd;
	outbox_again(&d->outbox);
	d->begins = true;
	told_again(d->st);
}

static void take_ack(void *ctx, struct reader *r, int *fd)
{
	uint64_t number = unpack_number(r);

	(void)fd;
	if (reader_ok(r))
		outbox_ack(&((struct decoder *)ctx)->outbox, number);
}

/* ---- Samba's logs ---- */

static void take_host(void *ctx, struct reader *r, int *fd)
{
	(void)r;
	(void)fd;
	samba_reader_ask(&((struct decoder *)ctx)->logs);
}

static void take_log(void *ctx, struct reader *r, int *fd)
{
	(void)fd;
	samba_reader_take_log(&((struct decoder *)ctx)->logs, r);
}

static void take_line(void *ctx, struct reader *r, int *fd)
{
	struct decoder *d = ctx;

	(void)fd;
	samba_reader_take_line(&d->logs, r, d->has_addresses ? d->addresses.name : NULL);
}

static const struct hearing hearing[] = {
	{MEMBER_OPENER, PARCEL_RING, take_ring},
	{MEMBER_OPENER, PARCEL_KEYS, take_keys},
	{MEMBER_HOST, PARCEL_ADDRESSES, take_addresses},
	{MEMBER_HOST, PARCEL_HELLO, take_host},
	{MEMBER_HOST, PARCEL_LOG, take_log},
	{MEMBER_HOST, PARCEL_LINE, take_line},
	{MEMBER_KEEPER, PARCEL_HELLO, take_keeper},
	{MEMBER_KEEPER, PARCEL_ACK, take_ack},
	{.from = MEMBER__COUNT},
};

/* ---- counts ---- */

static void note_drops(struct source_ring *s, const struct ring_counts *counts)
{
	if (counts->dropped > s->dropped && !s->drops_began)
		s->drops_began = clock_wall();
	s->dropped = counts->dropped;
}

static void tell_drops(struct decoder *d, struct source_ring *s)
{
	if (!s->ring || s->dropped == s->dropped_told)
		return;
	told_gap(d->st, &(struct gap){.begin = s->drops_began,
				      .end = clock_wall(),
				      .packets = s->dropped - s->dropped_told,
				      .reason = "the kernel dropped packets: the ring was full",
				      .source = s->name});
	s->dropped_told = s->dropped;
	s->drops_began = 0;
}

/* When it is over: the log takes events again, or nothing more came. */
static void tell_lost(struct decoder *d)
{
	uint64_t n = d->outbox.dropped;
	struct gap gap = {.begin = d->lost_began, .end = clock_wall()};
	struct text reason;

	if (n > d->lost && !d->lost_began)
		d->lost_began = d->outbox_since;
	if (n > d->lost || n == d->lost_told) {
		d->lost = n;
		return;
	}
	text_init(&reason, 0);
	text_printf(&reason,
		    "the log could not take events for so long that %" PRIu64 " were dropped",
		    n - d->lost_told);
	gap.reason = reason.ptr ? reason.ptr : "the log could not take events";
	told_gap(d->st, &gap);
	text_finish(&reason);
	d->lost_told = n;
	d->lost_began = 0;
}

/* The tally, what waits, then each ring; keeper-status.c reads it. */
static void tell_counts(struct decoder *d)
{
	int64_t now = clock_monotonic();
	bool due = now >= d->next_drops;
	struct ring_counts counts;
	struct pack out;

	parcel_begin(&out, d->st->out, PARCEL_COUNTS);
	pack_bytes(&out, &d->tally, sizeof(d->tally));
	pack_number(&out, d->outbox.n);
	pack_number(&out, d->outbox.dropped);
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++) {
		if (!d->rings[i].ring)
			continue;
		ring_counts(d->rings[i].ring, &counts);
		pack_bytes(&out, d->rings[i].name, sizeof(d->rings[i].name));
		pack_bytes(&out, &counts, sizeof(counts));
		note_drops(&d->rings[i], &counts);
	}
	station_send(d->st, MEMBER_KEEPER, &out);
	keyring_tell(&d->keys);
	for (size_t i = 0; due && i < STATUS_RINGS_MAX; i++)
		tell_drops(d, &d->rings[i]);
	tell_lost(d);
	if (d->outbox.n == 0)
		d->outbox_since = clock_wall();
	d->next_counts = now + COUNTS_NSEC;
	if (due)
		d->next_drops = now + DROPS_NSEC;
}

/* ---- its life ---- */

/* 0: all was sent; -EAGAIN: the keeper has no room. */
static int flush(struct decoder *d)
{
	const uint8_t begin[] = {PARCEL_HELLO, d->is_new};
	int rc = 0;

	if (d->begins)
		rc = parcel_send(station_to(d->st, MEMBER_KEEPER), span_make(begin, sizeof(begin)),
				 -1);
	if (rc < 0)
		return rc;
	d->begins = d->is_new = false;
	return outbox_flush(&d->outbox, station_to(d->st, MEMBER_KEEPER));
}

static void wait_for_more(struct decoder *d)
{
	struct pollfd fds[STATUS_RINGS_MAX + 3];
	nfds_t n = 0;
	bool reads = d->has_addresses || d->st->is_tap;

	fds[n++] = (struct pollfd){.fd = station_to(d->st, MEMBER_OPENER), .events = POLLIN};
	fds[n++] = (struct pollfd){.fd = station_to(d->st, MEMBER_HOST), .events = POLLIN};
	fds[n++] = (struct pollfd){.fd = station_to(d->st, MEMBER_KEEPER),
				   .events = d->outbox.unsent ? POLLIN | POLLOUT : POLLIN};
	for (size_t i = 0; reads && i < STATUS_RINGS_MAX; i++)
		if (d->rings[i].ring)
			fds[n++] = (struct pollfd){.fd = d->rings[i].fd, .events = POLLIN};
	(void)poll(fds, n, IDLE_MS); /* whatever it says: all are looked at */
}

static void turn(struct decoder *d)
{
	bool more = read_rings(d);

	station_hear(d->st, hearing, d);
	if (!more) /* else the clock is ahead of packets that wait */
		capture_idle(d->capture, clock_wall());
	tell_places(d);
	samba_reader_ack(&d->logs, d->outbox.bytes < OUTBOX_BYTES / 2);
	(void)flush(d); /* without room it goes on when there is some */
	if (clock_monotonic() >= d->next_counts)
		tell_counts(d);
	station_beat(d->st);
	if (!more)
		wait_for_more(d);
}

/* What is under way makes its events, too; the keeper is there longer than we. */
static void finish(struct decoder *d)
{
	/* What came just now lies in a block of the ring that the kernel still fills. */
	int64_t end = clock_monotonic() + 2 * RING_WAIT_MS * (NSEC_PER_SEC / 1000);

	while (clock_monotonic() < end) {
		if (!read_rings(d))
			(void)poll(NULL, 0, RING_WAIT_MS / 10);
		station_beat(d->st);
	}
	capture_end(d->capture);
	tell_places(d);
	for (int i = 0; i < 40 && flush(d) == -EAGAIN; i++) {
		wait_for_more(d);
		station_hear(d->st, hearing, d);
	}
	d->next_drops = 0; /* what was not told yet */
	d->lost = d->outbox.dropped;
	tell_counts(d);
}

/* The policy's list, as it was when this process was forked. */
static void set_suffixes(struct capture_ops *ops, const struct policy *policy)
{
	static const char *suffixes[LAYER_ITEMS_MAX];
	const struct policy_item *i = policy_items(policy, SETTING_CLOUD_SUFFIXES);

	for (; i && ops->n_cloud_suffixes < LAYER_ITEMS_MAX; i = i->next)
		suffixes[ops->n_cloud_suffixes++] = i->text;
	ops->cloud_suffixes = suffixes;
}

int decoder_main(struct station *st)
{
	static struct decoder d; /* large */
	struct capture_ops ops = {
		.event = on_event,
		.finding = on_finding,
		.malformed = on_malformed,
		.sealed = on_sealed,
		.kerberos = on_kerberos,
		.own_name = st->is_tap ? NULL : own_name,
		.live = true,
	};
	int rc;

	mem_limit(HEAP_MAX);
	set_suffixes(&ops, st->policy);
	d.st = st;
	d.number = (uint64_t)clock_monotonic(); /* no two decoders count alike */
	outbox_init(&d.outbox, OUTBOX_BYTES);
	rc = capture_new(st->options->key, &ops, &d, &d.tally, &d.capture);
	if (rc < 0) {
		daemon_say("%s", strerror(-rc));
		return EXIT_FAILURE;
	}
	keyring_init(&d.keys, st, d.capture, &d.tally);
	station_hello(st); /* give me the rings */
	samba_reader_begin(&d.logs, st, d.capture);
	samba_reader_ask(&d.logs);
	d.begins = d.is_new = true;
	while (!station_stopped)
		turn(&d);
	finish(&d);
	capture_free(d.capture);
	keyring_finish(&d.keys);
	outbox_finish(&d.outbox);
	return EXIT_SUCCESS;
}
