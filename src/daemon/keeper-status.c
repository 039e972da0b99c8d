/* What the others tell of themselves, and who asks for it on the status socket. */
#include "daemon/keeper.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- counts: plain data of processes forked from the same program ---- */

static bool get_bytes(struct reader *r, void *out, size_t n)
{
	struct span bytes = reader_bytes(r, n);

	if (!reader_ok(r))
		return false;
	memcpy(out, bytes.ptr, n);
	return true;
}

/* A tally counts from 0 with each decoder: what those before it counted stays. */
static void take_tally(struct keeper *k, const struct tally *now)
{
	for (int i = 0; i < TALLY__COUNT; i++) {
		uint64_t before = k->decoder_before.n[i];

		k->status.tally.n[i] += now->n[i] >= before ? now->n[i] - before : now->n[i];
		k->decoder_before.n[i] = now->n[i];
	}
}

/* Likewise. */
static void take_dropped(struct keeper *k, uint64_t now)
{
	uint64_t before = k->dropped_before;

	k->status.store.dropped += now >= before ? now - before : now;
	k->dropped_before = now;
}

void keeper_take_decoder_counts(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	struct tally tally;
	struct ring_counts counts;
	char name[STATUS_NAME_SIZE];

	(void)fd;
	if (!get_bytes(r, &tally, sizeof(tally)))
		return;
	k->status.store.waiting = unpack_number(r);
	take_dropped(k, unpack_number(r));
	take_tally(k, &tally);
	while (reader_left(r) && get_bytes(r, name, sizeof(name)) &&
	       get_bytes(r, &counts, sizeof(counts))) {
		struct status_ring *row;

		name[sizeof(name) - 1] = '\0';
		row = status_ring(&k->status, name);
		if (!row)
			return;
		row->problem[0] = '\0';
		status_take_ring(row, &counts, clock_wall());
	}
}

static void take_logs(struct keeper *k, struct reader *r)
{
	struct status_log log;

	k->status.n_logs = 0;
	while (k->status.n_logs < STATUS_LOGS_MAX && reader_left(r) &&
	       get_bytes(r, &log, sizeof(log))) {
		log.path[sizeof(log.path) - 1] = log.problem[sizeof(log.problem) - 1] = '\0';
		k->status.logs[k->status.n_logs++] = log;
	}
}

void keeper_take_host_counts(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	struct status_host host;

	(void)fd;
	if (!get_bytes(r, &host, sizeof(host)) || host.method >= HOST_METHOD__COUNT)
		return;
	host.why[sizeof(host.why) - 1] = '\0';
	host.name[sizeof(host.name) - 1] = '\0';
	host.domain[sizeof(host.domain) - 1] = host.dns_domain[sizeof(host.dns_domain) - 1] = '\0';
	k->status.host = host;
	legacy_host_name(&k->host, k->status.host.name);
	if (host.domain[0] || host.dns_domain[0])
		legacy_host_domain(&k->host, host.domain, host.dns_domain, host.is_dc);
	take_logs(k, r);
}

/* All of them anew: what is not named is no longer there. */
void keeper_take_keys(void *ctx, struct reader *r, int *fd)
{
	struct daemon_status *s = &((struct keeper *)ctx)->status;
	struct status_key_file row;

	(void)fd;
	if (!get_bytes(r, &s->channels, sizeof(s->channels)))
		return;
	s->channels.problem[sizeof(s->channels.problem) - 1] = '\0';
	s->n_keys = 0;
	while (s->n_keys < STATUS_KEY_FILES_MAX && reader_left(r) &&
	       get_bytes(r, &row, sizeof(row))) {
		row.path[sizeof(row.path) - 1] = row.problem[sizeof(row.problem) - 1] = '\0';
		row.format[sizeof(row.format) - 1] = '\0';
		s->keys[s->n_keys++] = row;
	}
}

/* The opener tells a row of processes, or of a ring that is down. */
void keeper_take_process(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	struct status_process row, *mine;

	(void)fd;
	if (!get_bytes(r, &row, sizeof(row)) || row.state >= STATUS_STATE__COUNT)
		return;
	row.name[sizeof(row.name) - 1] = row.problem[sizeof(row.problem) - 1] = '\0';
	if (!row.since) {
		status_forget_process(&k->status, row.name);
		return;
	}
	mine = status_process(&k->status, row.name);
	if (mine)
		*mine = row;
}

void keeper_take_ring_problem(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	char name[STATUS_NAME_SIZE], problem[STATUS_LINE_SIZE];
	struct status_ring *row;

	(void)fd;
	if (!get_bytes(r, name, sizeof(name)) || !get_bytes(r, problem, sizeof(problem)))
		return;
	name[sizeof(name) - 1] = problem[sizeof(problem) - 1] = '\0';
	row = status_ring(&k->status, name);
	if (row)
		status_copy(row->problem, sizeof(row->problem), problem);
}

void keeper_take_forward(void *ctx, struct reader *r, int *fd)
{
	struct keeper *k = ctx;
	struct status_forward row, *mine;

	(void)fd;
	if (!get_bytes(r, &row, sizeof(row)))
		return;
	row.target[sizeof(row.target) - 1] = row.problem[sizeof(row.problem) - 1] = '\0';
	if (!status_is_target(k->policy, row.target))
		return; /* the last word of one whose target was taken off */
	mine = status_forward(&k->status, row.target);
	if (mine)
		*mine = row;
}

/* ---- who asks ---- */

static void hang_up(struct client *c)
{
	close(c->fd);
	text_finish(&c->answer);
	c->fd = -1;
}

/* A request that is longer than any is answered, too. */
static void read_request(struct keeper *k, struct client *c)
{
	ssize_t n = read(c->fd, c->request + c->got, sizeof(c->request) - c->got);
	int rc;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		hang_up(c);
		return;
	}
	if (n < 0)
		return;
	c->got += (size_t)n;
	k->status.now = clock_wall();
	rc = status_answer(span_make(c->request, c->got), &k->status, &c->answer);
	if (rc < 0 && rc != -EAGAIN)
		hang_up(c);
}

static void write_answer(struct client *c)
{
	ssize_t n = write(c->fd, c->answer.ptr + c->written, c->answer.len - c->written);

	if (n > 0)
		c->written += (size_t)n;
	if (c->written == c->answer.len || (n < 0 && errno != EAGAIN && errno != EINTR))
		hang_up(c);
}

static void serve(struct keeper *k, struct client *c)
{
	if (c->fd >= 0 && !c->answer.len)
		read_request(k, c);
	if (c->fd >= 0 && c->answer.len)
		write_answer(c);
	if (c->fd >= 0 && clock_monotonic() - c->since > CLIENT_NSEC)
		hang_up(c);
}

/* A free row; else that of whoever is there longest. */
static size_t next_client(const struct keeper *k)
{
	size_t oldest = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (k->clients[i].fd < 0)
			return i;
		if (k->clients[i].since < k->clients[oldest].since)
			oldest = i;
	}
	return oldest;
}

/* Whoever only sits there keeps nobody out, and who comes after him does not put out who is about to ask. */
bool keeper_clients_room(const struct keeper *k)
{
	const struct client *c = &k->clients[next_client(k)];

	return c->fd < 0 || clock_monotonic() - c->since >= CLIENT_LEAST_NSEC;
}

/* Who has asked already is answered at once, however many come after. */
static void accept_clients(struct keeper *k)
{
	for (int n = 0; n < CLIENTS_MAX && keeper_clients_room(k); n++) {
		struct client *c = &k->clients[next_client(k)];
		int fd = accept4(k->st->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		if (c->fd >= 0)
			hang_up(c);
		c->fd = fd;
		c->since = clock_monotonic();
		c->written = c->got = 0;
		text_init(&c->answer, STATUS_ANSWER_MAX);
		serve(k, c);
	}
}

size_t keeper_clients_poll(const struct keeper *k, struct pollfd *fds)
{
	size_t n = 0;

	if (k->st->listener >= 0 && keeper_clients_room(k))
		fds[n++] = (struct pollfd){.fd = k->st->listener, .events = POLLIN};
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (k->clients[i].fd >= 0)
			fds[n++] = (struct pollfd){.fd = k->clients[i].fd,
						   .events = k->clients[i].answer.len ? POLLOUT
										      : POLLIN};
	return n;
}

void keeper_clients_serve(struct keeper *k)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		serve(k, &k->clients[i]);
	if (k->st->listener >= 0)
		accept_clients(k);
}
