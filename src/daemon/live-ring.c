#include "daemon/live-ring.h"

#include "daemon/say.h"
#include "policy/match.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOK_NSEC (NSEC_PER_SEC / 2)

/* ---- which ---- */

static struct live_ring *row_of(struct live_rings *rings, const char *name)
{
	struct live_ring *unused = NULL;

	for (size_t i = 0; i < STATUS_RINGS_MAX; i++) {
		struct live_ring *row = &rings->rows[i];

		if (row->is_there && strcmp(row->name, name) == 0)
			return row;
		if (!row->is_there && !unused)
			unused = row;
	}
	if (!unused || strlen(name) >= sizeof(unused->name))
		return NULL;
	*unused = (struct live_ring){.fd = -1, .is_there = true};
	status_copy(unused->name, sizeof(unused->name), name);
	return unused;
}

static bool is_pattern(const char *name)
{
	return strpbrk(name, "*?") != NULL;
}

static void add_matching(struct live_rings *rings, const char *pattern)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_name; i++)
		if (name_matches(span_str(pattern), span_str(i->if_name)))
			(void)row_of(rings, i->if_name);
	if (all)
		if_freenameindex(all);
}

static void add(void *ctx, const char *name)
{
	struct live_rings *rings = ctx;

	if (strcmp(name, "*") == 0)
		(void)row_of(rings, RING_OF_ALL);
	else if (is_pattern(name))
		add_matching(rings, name);
	else
		(void)row_of(rings, name);
}

/* Every name that is wanted, from the command line or else from the policy. */
static void each_name(const struct live_rings *rings, void (*each)(void *ctx, const char *name),
		      void *ctx)
{
	const struct daemon_options *o = rings->st->options;

	for (size_t i = 0; i < o->n_interfaces; i++)
		each(ctx, o->interfaces[i]);
	if (o->n_interfaces)
		return;
	for (const struct policy_item *i = policy_items(rings->st->policy, SETTING_INTERFACES); i;
	     i = i->next)
		each(ctx, i->text);
}

static uint32_t wanted_mib(const struct live_rings *rings)
{
	unsigned mib = rings->st->options->ring_mib;

	return mib ? mib : policy_number(rings->st->policy, SETTING_RING_MIB);
}

static void describe_name(void *ctx, const char *name)
{
	text_printf(ctx, "%s,", name);
}

static bool wants_tap(const struct live_rings *rings)
{
	return rings->st->options->tap || policy_number(rings->st->policy, SETTING_TAP);
}

/* All of the policy that a decoder begins with. */
static void describe(const struct live_rings *rings, struct text *out)
{
	const struct policy_item *i = policy_items(rings->st->policy, SETTING_CLOUD_SUFFIXES);

	text_init(out, 0);
	each_name(rings, describe_name, out);
	text_printf(out, "%" PRIu32 ",%d,", wanted_mib(rings), wants_tap(rings));
	for (; i; i = i->next)
		describe_name(out, i->text);
}

/* ---- open and closed ---- */

static void tell_problem(const struct live_rings *rings, const struct live_ring *row)
{
	struct pack out;

	parcel_begin(&out, rings->st->out, PARCEL_RING_DOWN);
	pack_bytes(&out, row->name, sizeof(row->name));
	pack_bytes(&out, row->problem, sizeof(row->problem));
	station_send(rings->st, MEMBER_KEEPER, &out);
}

static void tell_gap(const struct live_rings *rings, const struct live_ring *row)
{
	struct gap gap = {.begin = row->closed,
			  .end = clock_wall(),
			  .reason = "the interface was down or gone",
			  .source = row->name};

	told_gap(rings->st, &gap);
}

static void hand_over(const struct live_rings *rings, const struct live_ring *row)
{
	struct pack out;

	parcel_begin(&out, rings->st->out, PARCEL_RING);
	pack_number(&out, (uint64_t)(row - rings->rows));
	pack_number(&out, rings->mib);
	pack_bytes(&out, row->name, strlen(row->name));
	if (parcel_send(station_to(rings->st, MEMBER_DECODER), pack_span(&out, 0), row->fd) < 0)
		daemon_say("%s: the decoder could not be given it", row->name);
}

static void note_problem(const struct live_rings *rings, struct live_ring *row, const char *why)
{
	if (strcmp(row->problem, why) == 0)
		return;
	status_copy(row->problem, sizeof(row->problem), why);
	if (*why)
		daemon_say("%s: %s", row->name, why);
	tell_problem(rings, row);
}

#define IS_LOST "the interface is down or gone"

/* A ring on an interface that is down opens well, and has nothing but this to say. */
static int check_up(struct live_ring *row, struct text *why)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(row->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != ENETDOWN)
		return 0;
	close(row->fd);
	text_puts(why, IS_LOST);
	return -ENETDOWN;
}

/* 0; -ENETDOWN where the interface is there, but down; another negative errno. */
static int open_row(struct live_rings *rings, struct live_ring *row)
{
	struct ring_options options = {
		.interface = strcmp(row->name, RING_OF_ALL) == 0 ? NULL : row->name,
		.promiscuous = rings->st->is_tap,
		.mib = rings->mib,
	};
	struct text why;
	int rc;

	text_init(&why, 0);
	rc = ring_open(&options, &why, &row->fd);
	if (rc == 0 && options.interface)
		rc = check_up(row, &why);
	if (rc < 0) {
		row->fd = -1;
		if (!row->closed)
			row->closed = clock_wall();
	} else {
		station_own(rings->st, row->fd);
	}
	note_problem(rings, row, rc < 0 && why.ptr ? why.ptr : "");
	text_finish(&why);
	return rc;
}

static void close_row(struct live_rings *rings, struct live_ring *row)
{
	if (row->fd < 0)
		return;
	station_disown(rings->st, row->fd);
	close(row->fd);
	row->fd = -1;
}

/* ---- from outside ---- */

size_t live_rings_begin(struct live_rings *rings, struct station *st)
{
	size_t n = 0;

	*rings = (struct live_rings){.st = st};
	rings->mib = wanted_mib(rings);
	st->is_tap = wants_tap(rings);
	describe(rings, &rings->what);
	each_name(rings, add, rings);
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++) {
		int rc = rings->rows[i].is_there ? open_row(rings, &rings->rows[i]) : -ENOENT;

		n += rc == 0 || rc == -ENETDOWN;
	}
	return n;
}

bool live_rings_differ(const struct live_rings *rings)
{
	struct text now;
	bool differ;

	describe(rings, &now);
	differ = !now.failed && strcmp(now.ptr, rings->what.ptr ? rings->what.ptr : "") != 0;
	text_finish(&now);
	return differ;
}

void live_rings_tell(const struct live_rings *rings)
{
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++)
		if (rings->rows[i].is_there)
			tell_problem(rings, &rings->rows[i]);
}

void live_rings_end(struct live_rings *rings)
{
	text_finish(&rings->what);
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++)
		if (rings->rows[i].is_there)
			close_row(rings, &rings->rows[i]);
	memset(rings->rows, 0, sizeof(rings->rows));
}

void live_rings_hand_over(const struct live_rings *rings)
{
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++)
		if (rings->rows[i].is_there && rings->rows[i].fd >= 0)
			hand_over(rings, &rings->rows[i]);
}

void live_rings_lost(struct live_rings *rings, uint64_t number)
{
	struct live_ring *row = number < STATUS_RINGS_MAX ? &rings->rows[number] : NULL;

	if (!row || !row->is_there || row->fd < 0)
		return;
	close_row(rings, row);
	row->closed = clock_wall();
	note_problem(rings, row, IS_LOST);
}

static void try_again(struct live_rings *rings, struct live_ring *row)
{
	if (open_row(rings, row) < 0)
		return;
	hand_over(rings, row);
	if (row->closed)
		tell_gap(rings, row);
	row->closed = 0;
}

void live_rings_look(struct live_rings *rings)
{
	int64_t now = clock_monotonic();

	if (now < rings->next_look)
		return;
	rings->next_look = now + LOOK_NSEC;
	each_name(rings, add, rings);
	for (size_t i = 0; i < STATUS_RINGS_MAX; i++)
		if (rings->rows[i].is_there && rings->rows[i].fd < 0)
			try_again(rings, &rings->rows[i]);
}
