/*
 * syslog over TCP with octet counting (RFC 6587, section 3.4.1) and over TLS (RFC 5425): each message has its length before
 * it. A flush waits until the peer's kernel has all of it. Whether its program has, nobody says: so what was flushed of late
 * goes again when the connection breaks.
 */
#include "sink/syslog.h"

#include "base/mem.h"
#include "sink/connect.h"
#include "sink/moment.h"
#include "sink/tls.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

struct stream {
	struct syslog_settings settings;
	struct syslog_message message;
	struct text out; /* frames that were not sent yet */
	int fd;
	struct tls *tls; /* NULL: plain */
};

static struct stream *stream_of(const struct sink *s)
{
	return s->state;
}

/* What went wrong, after the name of the peer. */
static int say(const struct stream *t, int rc, const struct text *problem, struct text *why)
{
	text_printf(why, "%s port %s: %s", t->settings.host, t->settings.port,
		    problem && problem->len ? problem->ptr : strerror(-rc));
	return rc;
}

/* ---- sending and looking ---- */

static int plain_send(struct stream *t, struct span bytes, int64_t deadline)
{
	while (bytes.len) {
		ssize_t n = send(t->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		int rc = n >= 0 || errno == EINTR ? 0 : -errno;

		if (rc == -EAGAIN)
			rc = connect_wait(t->fd, POLLOUT, deadline);
		if (rc < 0)
			return rc;
		bytes = span_from(bytes, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

/* A receiver says nothing: what comes is thrown away, but for its end. */
static int plain_look(const struct stream *t, struct text *problem)
{
	uint8_t bytes[512];
	ssize_t n;

	do {
		n = recv(t->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	text_puts(problem, "it closed the connection");
	return -ECONNRESET;
}

static int look(struct stream *t, struct text *problem)
{
	return t->tls ? tls_look(t->tls, problem) : plain_look(t, problem);
}

static int send_out(struct stream *t, int64_t deadline, struct text *problem)
{
	struct span bytes = span_make(t->out.ptr, t->out.len);
	/* one that has closed would take the bytes and lose them */
	int rc = look(t, problem);

	if (rc == 0)
		rc = t->tls ? tls_send(t->tls, bytes, deadline, problem)
			    : plain_send(t, bytes, deadline);
	text_reset(&t->out);
	return rc;
}

/* Until the peer's kernel has acknowledged all. */
static int wait_acknowledged(const struct stream *t, int64_t deadline)
{
	static const struct timespec nap = {.tv_nsec = 1000000};
	int left = 0;

	while (ioctl(t->fd, SIOCOUTQ, &left) == 0 && left > 0) {
		int rc = connect_error(t->fd);

		if (rc < 0)
			return rc;
		if (moment_now() >= deadline)
			return -ETIMEDOUT;
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* ---- the operations ---- */

static int open_stream(struct sink *s, enum syslog_kind kind, struct text *why)
{
	struct stream *t = mem_zalloc(1, sizeof(*t));
	int64_t deadline = moment_now() + SINK_TIMEOUT_MS;
	struct text problem;
	int rc;

	if (!t)
		return -ENOMEM;
	s->state = t;
	t->fd = -1;
	rc = syslog_settings(&t->settings, s->rest, kind, why);
	if (rc < 0)
		return rc;
	syslog_message_init(&t->message, &t->settings);
	rc = connect_host(t->settings.host, t->settings.port, SOCK_STREAM, deadline, &t->fd, why);
	if (rc < 0 || kind != SYSLOG_TLS)
		return rc;
	text_init(&problem, 1024);
	rc = tls_new(&t->settings, t->fd, deadline, &problem, &t->tls);
	if (rc < 0)
		(void)say(t, rc, &problem, why);
	text_finish(&problem);
	return rc;
}

static int tcp_check(const struct sink *s, struct text *why)
{
	struct syslog_settings c;

	return syslog_settings(&c, s->rest, SYSLOG_TCP, why);
}

static int tcp_open(struct sink *s, struct text *why)
{
	return open_stream(s, SYSLOG_TCP, why);
}

static int tls_check(const struct sink *s, struct text *why)
{
	struct syslog_settings c;

	return syslog_settings(&c, s->rest, SYSLOG_TLS, why);
}

static int tls_open(struct sink *s, struct text *why)
{
	return open_stream(s, SYSLOG_TLS, why);
}

static void stream_close(struct sink *s)
{
	struct stream *t = stream_of(s);

	if (!t)
		return;
	tls_free(t->tls);
	if (t->fd >= 0)
		close(t->fd);
	syslog_message_finish(&t->message);
	text_finish(&t->out);
	mem_free(t);
	s->state = NULL;
}

/* Sends what is there, and waits for it to be taken where `all`. */
static int push(struct stream *t, bool all, struct text *why)
{
	int64_t deadline = moment_now() + SINK_TIMEOUT_MS;
	struct text problem;
	int rc;

	text_init(&problem, 1024);
	rc = send_out(t, deadline, &problem);
	if (rc == 0 && all)
		rc = wait_acknowledged(t, deadline);
	if (rc == 0 && all)
		rc = look(t, &problem);
	if (rc < 0)
		(void)say(t, rc, &problem, why);
	text_finish(&problem);
	return rc;
}

static int add_frame(struct sink *s, struct text *why)
{
	struct stream *t = stream_of(s);
	const struct text *message = &t->message.out;

	s->cut += t->message.is_cut;
	text_printf(&t->out, "%zu ", message->len);
	text_add(&t->out, message->ptr, message->len);
	if (t->out.failed)
		return -ENOMEM;
	return t->out.len < CHUNK ? 0 : push(t, false, why);
}

static int stream_event(struct sink *s, const struct event *e, struct text *why)
{
	int rc = syslog_message_event(&stream_of(s)->message, e);

	return rc < 0 ? rc : add_frame(s, why);
}

static int stream_finding(struct sink *s, const struct finding *f, struct text *why)
{
	int rc = syslog_message_finding(&stream_of(s)->message, f);

	return rc < 0 ? rc : add_frame(s, why);
}

static int stream_flush(struct sink *s, struct text *why)
{
	return push(stream_of(s), true, why);
}

const struct sink_ops sink_syslog_tcp = {
	.scheme = "syslog+tcp://",
	.shape = "syslog+tcp://HOST[:PORT]",
	.doc = "syslog by TCP (RFC 6587, octet counting)",
	.unsure_ms = SINK_TIMEOUT_MS,
	.check = tcp_check,
	.open = tcp_open,
	.event = stream_event,
	.finding = stream_finding,
	.flush = stream_flush,
	.close = stream_close,
};

const struct sink_ops sink_syslog_tls = {
	.scheme = "syslog+tls://",
	.shape = "syslog+tls://HOST[:PORT]",
	.doc = "syslog by TLS (RFC 5425), the host's certificate verified",
	.unsure_ms = SINK_TIMEOUT_MS,
	.check = tls_check,
	.open = tls_open,
	.event = stream_event,
	.finding = stream_finding,
	.flush = stream_flush,
	.close = stream_close,
};
