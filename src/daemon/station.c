#include "daemon/station.h"

#include "base/mem.h"
#include "daemon/part.h"
#include "daemon/say.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct {
	enum member a, b;
} channels[] = {
	{MEMBER_OPENER, MEMBER_DECODER},
	{MEMBER_OPENER, MEMBER_KEEPER},
	{MEMBER_OPENER, MEMBER_HOST},
	{MEMBER_HOST, MEMBER_DECODER},
	{MEMBER_HOST, MEMBER_KEEPER},
	{MEMBER_DECODER, MEMBER_KEEPER},
	{MEMBER_FORWARDER, MEMBER_KEEPER},
	/* of several parts */
	{MEMBER_DECODE_OPENER, MEMBER_DECODER},
	{MEMBER_DECODE_OPENER, MEMBER_KEEPER},
	{MEMBER_KEEP_OPENER, MEMBER_KEEPER},
	{MEMBER_FORWARD_OPENER, MEMBER_KEEPER},
};

#define DESCRIPTORS_MAX 4096 /* the opener has some dozens */
#define N_CHANNELS (sizeof(channels) / sizeof(channels[0]))

volatile sig_atomic_t station_stopped, station_hung_up;

const char *member_name(enum member m)
{
	static const char *const names[MEMBER__COUNT] = {
		[MEMBER_OPENER] = "opener",
		[MEMBER_DECODE_OPENER] = "decode opener",
		[MEMBER_KEEP_OPENER] = "keep opener",
		[MEMBER_FORWARD_OPENER] = "forward opener",
		[MEMBER_HOST] = "host",
		[MEMBER_DECODER] = "decoder",
		[MEMBER_KEEPER] = "keeper",
		[MEMBER_FORWARDER] = "forwarder",
	};

	return names[m];
}

bool station_joins(enum member a, enum member b)
{
	for (size_t i = 0; i < N_CHANNELS; i++)
		if ((channels[i].a == a && channels[i].b == b) ||
		    (channels[i].a == b && channels[i].b == a))
			return true;
	return false;
}

static bool is_made_here(const struct station *st, size_t channel)
{
	return st->part->joins >> channels[channel].a & 1 &&
	       st->part->joins >> channels[channel].b & 1;
}

static int open_channels(struct station *st)
{
	int rc = 0;

	for (size_t i = 0; i < STATION_OWNED_MAX; i++)
		st->owned[i] = -1;
	for (int a = 0; a < MEMBER__COUNT; a++)
		for (int b = 0; b < MEMBER__COUNT; b++)
			st->end[a][b] = -1;
	for (size_t i = 0; i < N_CHANNELS && rc == 0; i++) {
		int fd[2];

		if (!is_made_here(st, i))
			continue;
		rc = parcel_pair(fd);
		if (rc < 0)
			break;
		st->end[channels[i].a][channels[i].b] = fd[0];
		st->end[channels[i].b][channels[i].a] = fd[1];
	}
	return rc;
}

int station_open(struct station *st)
{
	int rc = open_channels(st);
	void *shared = mmap(NULL, MEMBER__COUNT * sizeof(*st->pulse), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	st->in = mem_alloc(PARCEL_MAX);
	st->out = mem_alloc(PARCEL_MAX);
	if (rc == 0 && (shared == MAP_FAILED || !st->in || !st->out))
		rc = -ENOMEM;
	st->pulse = rc == 0 ? shared : NULL;
	return rc;
}

void station_own(struct station *st, int fd)
{
	for (size_t i = 0; i < STATION_OWNED_MAX; i++)
		if (st->owned[i] < 0) {
			st->owned[i] = fd;
			return;
		}
	assert(false); /* more than there are rings */
}

void station_disown(struct station *st, int fd)
{
	for (size_t i = 0; i < STATION_OWNED_MAX; i++)
		if (st->owned[i] == fd)
			st->owned[i] = -1;
}

static bool is_mine(const struct station *st, int fd)
{
	bool mine = fd <= STDERR_FILENO || (fd == st->listener && st->me == MEMBER_KEEPER);

	for (int other = 0; other < MEMBER__COUNT; other++)
		mine |= st->end[st->me][other] == fd;
	return mine;
}

/* The host's watch is behind a library: it keeps what is not known to be somebody else's. */
static bool is_others(const struct station *st, int fd)
{
	bool others = fd == st->listener;

	for (int a = 0; a < MEMBER__COUNT; a++)
		for (int b = 0; b < MEMBER__COUNT; b++)
			others |= a != (int)st->me && st->end[a][b] == fd;
	for (size_t i = 0; i < STATION_OWNED_MAX; i++)
		others |= st->owned[i] == fd;
	return others && !is_mine(st, fd);
}

void station_become(struct station *st, enum member me)
{
	struct rlimit open_files = {.rlim_cur = 1024};

	st->me = me;
	st->told = (struct told){0};
	daemon_name(member_name(me));
	(void)getrlimit(RLIMIT_NOFILE, &open_files);
	for (int fd = 0; fd < (int)open_files.rlim_cur && fd < DESCRIPTORS_MAX; fd++)
		if (me == MEMBER_HOST ? is_others(st, fd) : !is_mine(st, fd))
			close(fd);
	if (me != MEMBER_KEEPER)
		st->listener = -1;
}

int station_tell(const struct station *st, enum member other, enum parcel_type type)
{
	const uint8_t byte = (uint8_t)type;

	return parcel_send(station_to(st, other), span_make(&byte, 1), -1);
}

void station_hello(const struct station *st)
{
	for (int other = MEMBER_OPENER; other < MEMBER_HOST; other++)
		if (station_to(st, (enum member)other) >= 0)
			station_tell(st, (enum member)other, PARCEL_HELLO);
}

void station_send(const struct station *st, enum member other, const struct pack *out)
{
	if (!out->full && parcel_send(station_to(st, other), pack_span(out, 0), -1) < 0)
		return; /* the other is gone or busy: it asks when it is back */
}

void station_count(const struct station *st, const void *row, size_t size)
{
	struct pack out;

	parcel_begin(&out, st->out, PARCEL_COUNTS);
	pack_bytes(&out, row, size);
	station_send(st, MEMBER_KEEPER, &out);
}

#define HEAR_MAX 512 /* parcels of one channel, before the others have their turn */

static void hear_one(const struct hearing *table, void *ctx, enum member from, struct span bytes,
		     int *fd)
{
	struct reader r = reader_of(bytes);
	enum parcel_type type = parcel_type(&r);

	for (; table->from != MEMBER__COUNT; table++)
		if (table->from == from && table->type == type)
			table->take(ctx, &r, fd);
}

bool station_hear(const struct station *st, const struct hearing *table, void *ctx)
{
	struct span bytes;
	bool more = false;

	for (int from = 0; from < MEMBER__COUNT; from++) {
		int socket = st->end[st->me][from], fd = -1, rc = 1;

		for (int n = 0; socket >= 0 && n < HEAR_MAX && rc > 0; n++) {
			rc = parcel_receive(socket, st->in, &bytes, &fd);
			if (rc > 0)
				hear_one(table, ctx, (enum member)from, bytes, &fd);
			if (rc > 0 && fd >= 0)
				close(fd);
		}
		more |= socket >= 0 && rc > 0;
	}
	return more;
}

static void on_signal(int number)
{
	if (number == SIGHUP)
		station_hung_up = 1;
	else
		station_stopped = 1;
}

void station_signals(void)
{
	struct sigaction act = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGINT, &ignore,
		  NULL); /* of a terminal: the opener decides in which order all end */
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* a file at its limit is a full disk */
}
