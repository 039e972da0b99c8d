/* The host: tells the keeper which process holds a connection, and the decoder which addresses are ours. */
#include "daemon/host.h"

#include "daemon/samba-log.h"
#include "daemon/say.h"
#include "daemon/status.h"
#include "host/holdings.h"

#include <poll.h>
#include <stdlib.h>

#define COUNTS_NSEC NSEC_PER_SEC

struct host {
	struct station *st;
	struct holdings *told; /* for a keeper that begins anew */
	struct host_address_watch *watch;
	struct host_addresses addresses;
	bool retell; /* the keeper had no room for one, or asks for all */
	int64_t next_counts;
};

static struct host host;

/* ---- holdings ---- */

static bool send_holding(const struct holding *h)
{
	struct pack out;

	parcel_begin(&out, host.st->out, PARCEL_HOLDING);
	parcel_put_holding(&out, h);
	return out.full ||
	       parcel_send(station_to(host.st, MEMBER_KEEPER), pack_span(&out, 0), -1) == 0;
}

static void on_holding(void *ctx, const struct holding *h)
{
	(void)ctx;
	if (holdings_put(host.told, h) < 0 || !send_holding(h))
		host.retell = true;
}

static void tell_again(void *ctx, const struct holding *h)
{
	bool *whole = ctx;

	*whole = *whole && send_holding(h);
}

static void retell(void)
{
	bool whole = true;

	holdings_each(host.told, tell_again, &whole);
	host.retell = !whole;
}

/* ---- addresses ---- */

static void tell_addresses(void)
{
	struct pack out;

	parcel_begin(&out, host.st->out, PARCEL_ADDRESSES);
	parcel_put_addresses(&out, &host.addresses);
	station_send(host.st, MEMBER_DECODER, &out);
}

static void read_addresses(void)
{
	struct host_addresses now;
	int rc = host_addresses_read(host.watch, &now);

	if (rc < 0) {
		daemon_say("addresses: %s", strerror(-rc));
		return;
	}
	host_addresses_finish(&host.addresses);
	host.addresses = now;
	tell_addresses();
}

/* ---- who asks ---- */

static void asked_by_keeper(void *ctx, struct reader *r, int *fd)
{
	(void)ctx;
	(void)r;
	(void)fd;
	host.retell = true;
	host.next_counts = 0;
}

static void asked_by_decoder(void *ctx, struct reader *r, int *fd)
{
	tell_addresses();
	samba_watch_take_hello(ctx, r, fd);
}

static const struct hearing hearing[] = {
	{MEMBER_KEEPER, PARCEL_HELLO, asked_by_keeper},
	{MEMBER_KEEPER, PARCEL_PLACE, samba_watch_take_place},
	{MEMBER_KEEPER, PARCEL_READY, samba_watch_take_ready},
	{MEMBER_DECODER, PARCEL_HELLO, asked_by_decoder},
	{MEMBER_DECODER, PARCEL_ACK, samba_watch_take_ack},
	{.from = MEMBER__COUNT},
};

static void set_domain(struct status_host *status)
{
	const struct samba_host *own = samba_watch_host();

	if (own->role == SAMBA_ROLE_UNKNOWN)
		return;
	status_copy(status->domain, sizeof(status->domain), own->domain);
	status_copy(status->dns_domain, sizeof(status->dns_domain), own->dns_domain);
	status->is_dc = own->role == SAMBA_ROLE_DC;
}

static void tell_counts(void)
{
	static struct status_log logs[SAMBA_LOGS_MAX];
	struct status_host status = {.is_known = host.st->watch != NULL,
				     .addresses = host.addresses.n};
	struct pack out;
	size_t n;

	status_copy(status.name, sizeof(status.name), host.addresses.name);
	status_copy(status.why, sizeof(status.why), host.st->watch_problem);
	if (host.st->watch) {
		status.method = host_watch_method(host.st->watch);
		host_watch_counts(host.st->watch, &status.counts);
	}
	set_domain(&status);
	n = samba_watch_status(logs);
	parcel_begin(&out, host.st->out, PARCEL_COUNTS);
	pack_bytes(&out, &status, sizeof(status));
	pack_bytes(&out, logs, n * sizeof(logs[0]));
	station_send(host.st, MEMBER_KEEPER, &out);
	host.next_counts = clock_monotonic() + COUNTS_NSEC;
}

/* ---- its life ---- */

void host_open(struct station *st)
{
	static const struct host_watch_ops ops = {.holding = on_holding};
	static struct text why;
	uint32_t method = policy_number(st->policy, SETTING_PROCESS_ATTRIBUTION);
	struct host_watch_options options = {.no_bpf = st->options->no_bpf ||
						       method == POLICY_ATTRIBUTION_PROC};
	int rc;

	if (method == POLICY_ATTRIBUTION_OFF) {
		st->watch_problem = "the policy does not want it";
		return;
	}
	text_init(&why, 0);
	rc = host_watch_new(&options, &ops, NULL, &why, &st->watch);
	if (rc < 0) {
		st->watch = NULL;
		daemon_say("whose connections they are can't be told: %s",
			   why.ptr ? why.ptr : strerror(-rc));
	}
	st->watch_problem = why.ptr;
}

static void turn(void)
{
	struct pollfd fds[4 + SAMBA_LOGS_MAX] = {
		{.fd = host.st->watch ? host_watch_fd(host.st->watch) : -1, .events = POLLIN},
		{.fd = host_address_watch_fd(host.watch), .events = POLLIN},
		{.fd = station_to(host.st, MEMBER_KEEPER), .events = POLLIN},
		{.fd = station_to(host.st, MEMBER_DECODER),
		 .events = samba_watch_wants_room() ? POLLIN | POLLOUT : POLLIN},
	};
	size_t n = 4 + samba_watch_poll(fds + 4);

	(void)poll(fds, n, host.st->watch ? HOST_WATCH_MS : 1000);
	if (host.st->watch && host_watch_run(host.st->watch) < 0)
		exit(EXIT_FAILURE); /* the one that follows begins anew */
	if (host_address_watch_changed(host.watch))
		read_addresses();
	station_hear(host.st, hearing, NULL);
	if (host.retell)
		retell();
	samba_watch_look();
	if (clock_monotonic() >= host.next_counts)
		tell_counts();
	station_beat(host.st);
}

int host_main(struct station *st)
{
	int rc = host_address_watch_new(&host.watch);

	host.st = st;
	if (rc == 0)
		rc = holdings_new(HOLDINGS_MAX, &host.told);
	if (rc < 0) {
		daemon_say("%s", strerror(-rc));
		return EXIT_FAILURE;
	}
	read_addresses();
	station_hello(st);
	samba_watch_begin(st);
	samba_watch_hello();
	while (!station_stopped)
		turn();
	return EXIT_SUCCESS;
}
