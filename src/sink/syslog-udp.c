/*
 * syslog over UDP (RFC 5426): a message is a datagram. Nobody says that it arrived; a host that is there without a receiver says that it
 * did not, by ICMP, and then all that went of late goes again.
 */
#include "sink/syslog.h"

#include "base/mem.h"
#include "sink/connect.h"
#include "sink/moment.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* For how long a flush waits for "port unreachable": a round trip in a network of one's own. */
#define REFUSAL_MS 10
/* A receiver's buffer holds some dozens of messages, and what comes too fast is lost: so many go at once, with a pause after. */
#define BURST 16
#define PAUSE_NS 4000000

struct udp {
	struct syslog_settings settings;
	struct syslog_message message;
	int fd;
	unsigned n_sent; /* since the last flush */
};

static struct udp *udp_of(const struct sink *s)
{
	return s->state;
}

static int say(const struct udp *u, int error, struct text *why)
{
	text_printf(why, "%s port %s: %s", u->settings.host, u->settings.port, strerror(error));
	return -error;
}

static int udp_check(const struct sink *s, struct text *why)
{
	struct syslog_settings c;

	return syslog_settings(&c, s->rest, SYSLOG_UDP, why);
}

static int udp_open(struct sink *s, struct text *why)
{
	struct udp *u = mem_zalloc(1, sizeof(*u));
	int rc;

	if (!u)
		return -ENOMEM;
	s->state = u;
	u->fd = -1;
	rc = syslog_settings(&u->settings, s->rest, SYSLOG_UDP, why);
	if (rc < 0)
		return rc;
	syslog_message_init(&u->message, &u->settings);
	return connect_host(u->settings.host, u->settings.port, SOCK_DGRAM,
			    moment_now() + SINK_TIMEOUT_MS, &u->fd, why);
}

static void udp_close(struct sink *s)
{
	struct udp *u = udp_of(s);

	if (!u)
		return;
	if (u->fd >= 0)
		close(u->fd);
	syslog_message_finish(&u->message);
	mem_free(u);
	s->state = NULL;
}

static int send_message(struct sink *s, struct text *why)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct udp *u = udp_of(s);
	const struct text *out = &u->message.out;
	int64_t deadline = moment_now() + SINK_TIMEOUT_MS;

	s->cut += u->message.is_cut;
	while (send(u->fd, out->ptr, out->len, MSG_NOSIGNAL) < 0) {
		int rc = errno == EAGAIN  ? connect_wait(u->fd, POLLOUT, deadline)
			 : errno == EINTR ? 0
					  : -errno;

		if (rc < 0)
			return say(u, -rc, why);
	}
	if (++u->n_sent % BURST == 0)
		nanosleep(&pause, NULL);
	return 0;
}

static int udp_event(struct sink *s, const struct event *e, struct text *why)
{
	int rc = syslog_message_event(&udp_of(s)->message, e);

	return rc < 0 ? rc : send_message(s, why);
}

static int udp_finding(struct sink *s, const struct finding *f, struct text *why)
{
	int rc = syslog_message_finding(&udp_of(s)->message, f);

	return rc < 0 ? rc : send_message(s, why);
}

static int udp_flush(struct sink *s, struct text *why)
{
	struct udp *u = udp_of(s);
	int rc;

	/* no event is waited for: only errors come */
	rc = u->n_sent ? connect_wait(u->fd, 0, moment_now() + REFUSAL_MS) : 0;
	u->n_sent = 0;
	if (rc == 0 || rc == -ETIMEDOUT)
		rc = connect_error(u->fd);
	return rc < 0 ? say(u, -rc, why) : 0;
}

const struct sink_ops sink_syslog_udp = {
	.scheme = "syslog+udp://",
	.shape = "syslog+udp://HOST[:PORT]",
	.doc = "syslog by datagrams (RFC 5426)",
	.unsure_ms = SINK_TIMEOUT_MS,
	.check = udp_check,
	.open = udp_open,
	.event = udp_event,
	.finding = udp_finding,
	.flush = udp_flush,
	.close = udp_close,
};
