/* The keeper's life: hears the others, keeps events, answers for all on the status socket. */
#include "daemon/keeper.h"

#include "base/mem.h"
#include "daemon/say.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define IDLE_MS 1000
#define CROWDED_MS 5
#define FINISH_TURNS 100 /* of some hundred parcels: more than a channel holds */
#define ARENA_MAX ((size_t)1 << 20)

/* ---- the policy ---- */

static struct problems problems_of(struct keeper *k)
{
	return (struct problems){.tell = status_take_problem, .context = &k->status.policy};
}

static void take_policy(struct keeper *k)
{
	status_take_policy(&k->status.policy, k->policy, clock_wall());
	k->st->is_tap = k->st->options->tap || policy_number(k->policy, SETTING_TAP);
	k->status.is_tap = k->st->is_tap;
	status_forget_forwards(&k->status, k->policy);
}

static void load_policy(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	struct problems problems = problems_of(k);

	(void)fd;
	if (unpack_number(r)) { /* of rings that are gone there is nothing to tell */
		k->status.n_rings = 0;
		k->has_old_rings = true;
	}
	if (k->st->is_policy_private)
		return; /* whoever is told of another one is another keeper */
	status_forget_problems(&k->status.policy);
	if (policy_reload(k->st->options->root, &problems, &k->policy) == 0) {
		k->status.policy.is_refused = false;
		take_policy(k);
		return;
	}
	k->status.policy.is_refused = true;
	k->status.policy.refused++;
}

/* ---- its life ---- */

static const struct hearing hearing[] = {
	{MEMBER_OPENER, PARCEL_POLICY, load_policy},
	{MEMBER_OPENER, PARCEL_GAP, keeper_take_gap},
	{MEMBER_OPENER, PARCEL_COUNTS, keeper_take_process},
	{MEMBER_OPENER, PARCEL_RING_DOWN, keeper_take_ring_problem},
	{MEMBER_DECODE_OPENER, PARCEL_GAP, keeper_take_gap},
	{MEMBER_DECODE_OPENER, PARCEL_COUNTS, keeper_take_process},
	{MEMBER_KEEP_OPENER, PARCEL_POLICY, load_policy},
	{MEMBER_KEEP_OPENER, PARCEL_COUNTS, keeper_take_process},
	{MEMBER_FORWARD_OPENER, PARCEL_COUNTS, keeper_take_process},
	{MEMBER_HOST, PARCEL_HOLDING, keeper_take_holding},
	{MEMBER_HOST, PARCEL_HELLO, keeper_take_host},
	{MEMBER_HOST, PARCEL_COUNTS, keeper_take_host_counts},
	{MEMBER_DECODER, PARCEL_HELLO, keeper_take_decoder},
	{MEMBER_DECODER, PARCEL_EVENT, keeper_take_record},
	{MEMBER_DECODER, PARCEL_FINDING, keeper_take_finding},
	{MEMBER_DECODER, PARCEL_PLACE, keeper_take_place},
	{MEMBER_DECODER, PARCEL_KERBEROS, keeper_take_kerberos},
	{MEMBER_DECODER, PARCEL_GAP, keeper_take_gap},
	{MEMBER_DECODER, PARCEL_KEYS, keeper_take_keys},
	{MEMBER_DECODER, PARCEL_COUNTS, keeper_take_decoder_counts},
	{MEMBER_FORWARDER, PARCEL_COUNTS, keeper_take_forward},
	{.from = MEMBER__COUNT},
};

/*
 * Whoever reads may stop for a while: that must not look like a keeper that hangs, and what was printed must not be cut
 * short. A pipe that can be written to takes PIPE_BUF bytes without waiting.
 */
static void print(struct keeper *k)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
	size_t written = 0;

	while (written < k->out.len) {
		size_t left = k->out.len - written;
		ssize_t n = 0;

		station_beat(k->st);
		if (poll(&out, 1, IDLE_MS) > 0)
			n = write(STDOUT_FILENO, k->out.ptr + written,
				  left < PIPE_BUF ? left : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			station_stopped = 1; /* nobody reads any more */
		if (station_stopped && n <= 0)
			break;
		written += n > 0 ? (size_t)n : 0;
	}
	text_reset(&k->out);
}

static void wait_for_more(const struct keeper *k)
{
	struct pollfd fds[MEMBER__COUNT + CLIENTS_MAX + 1];
	size_t n = keeper_clients_poll(k, fds);
	int wait = keeper_intake_wait(k);

	if (!keeper_clients_room(k) && (wait < 0 || wait > CROWDED_MS))
		wait = CROWDED_MS;
	for (int other = 0; other < MEMBER__COUNT; other++)
		if (station_to(k->st, (enum member)other) >= 0)
			fds[n++] = (struct pollfd){.fd = station_to(k->st, (enum member)other),
						   .events = POLLIN};
	(void)poll(fds, n, wait < 0 ? IDLE_MS : wait);
}

/* Until the decoder begins anew. */
static void ask(struct keeper *k)
{
	int64_t now = clock_monotonic();

	if (!k->is_lost || (k->st->options->log && !k->store) || now < k->next_ask)
		return;
	station_tell(k->st, MEMBER_DECODER, PARCEL_HELLO);
	k->next_ask = now + NSEC_PER_SEC;
}

static void turn(struct keeper *k)
{
	keeper_log_open(k);
	ask(k);
	station_hear(k->st, hearing, k);
	keeper_intake(k, false);
	print(k);
	keeper_log_commit(k, false);
	keeper_places_tell(k);
	keeper_log_look(k);
	keeper_alive_look(k, false);
	keeper_clients_serve(k);
	station_beat(k->st);
}

static int begin_policy(struct keeper *k)
{
	struct problems problems = problems_of(k);
	int rc = 0;

	if (k->st->is_policy_private) {
		k->status.policy = *k->st->policy_status;
		k->policy = k->st->policy;
	} else {
		rc = policy_load(k->st->options->root, &problems, &k->policy);
	}
	if (rc == 0)
		take_policy(k);
	k->status.policy.is_refused = k->st->is_policy_private && k->st->policy_status->is_refused;
	return rc;
}

static int start(struct keeper *k)
{
	int rc = holdings_new(HOLDINGS_MAX, &k->holdings);

	arena_init(&k->arena, ARENA_MAX);
	text_init(&k->why, 0);
	text_init(&k->out, 0);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		k->clients[i].fd = -1;
	k->status.start = k->st->since;
	if (gethostname(k->status.host.name, sizeof(k->status.host.name) - 1) < 0)
		status_copy(k->status.host.name, sizeof(k->status.host.name), "localhost");
	legacy_host_name(&k->host, k->status.host.name);
	return rc < 0 ? rc : begin_policy(k);
}

/* Whoever told something before this ended shall find it in the log. */
static void finish(struct keeper *k)
{
	for (int i = 0; i < FINISH_TURNS && station_hear(k->st, hearing, k); i++)
		keeper_intake(k, true);
	keeper_intake(k, true);
	print(k);
	keeper_log_commit(k, true);
	keeper_alive_look(k, true);
	keeper_log_close(k);
	if (k->st->options->format && k->st->options->format->end)
		k->st->options->format->end(&k->out, &k->st->options->style);
	print(k);
}

int keeper_main(struct station *st)
{
	static struct keeper k; /* large */
	int rc;

	k.st = st;
	k.is_lost = k.places.is_untold = true;
	rc = start(&k);
	if (rc < 0) {
		daemon_say("%s", strerror(-rc));
		return EXIT_FAILURE;
	}
	if (st->options->format && st->options->format->begin)
		st->options->format->begin(&k.out, &st->options->style);
	station_tell(st, MEMBER_HOST, PARCEL_HELLO);
	station_hello(st);
	while (!station_stopped) {
		turn(&k);
		wait_for_more(&k);
	}
	finish(&k);
	policy_free(k.policy);
	holdings_free(k.holdings);
	return EXIT_SUCCESS;
}
