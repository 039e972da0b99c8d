/*
 * journald, by its native protocol (systemd: "Native Journal Protocol"): a datagram of fields. What is too large for a datagram goes as a
 * sealed memory file's descriptor. So a record needs no library, and no value can become a field.
 */
#include "sink/sink.h"

#include "base/mem.h"
#include "sink/journal-field.h"
#include "sink/message-id.h"
#include "sink/pair.h"
#include "sink/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_SOCKET "/run/systemd/journal/socket"
#define FACILITY "10" /* authpriv */
#define NAME_MAX_BYTES 64

struct journal {
	struct sockaddr_un address;
	int fd;
	struct text out;
};

static struct journal *journal_of(const struct sink *s)
{
	return s->state;
}

static int say(const struct journal *j, int error, struct text *why)
{
	text_printf(why, "journald at %s: %s", j->address.sun_path, strerror(error));
	return -error;
}

/* ---- opening ---- */

static int settings(struct journal *j, const char *rest, struct text *why)
{
	static const struct target_option none[] = {{0}};
	const char *path = *rest ? rest + 1 : DEFAULT_SOCKET;
	int rc;

	j->fd = -1;
	j->address.sun_family = AF_UNIX;
	rc = target_path(path, j->address.sun_path, sizeof(j->address.sun_path), why);
	return rc < 0 ? rc : target_options(path, none, NULL, why);
}

static int journal_check(const struct sink *s, struct text *why)
{
	struct journal j = {0};

	return settings(&j, s->rest, why);
}

static int reach(struct journal *j, struct text *why)
{
	static const struct timeval timeout = {.tv_sec = SINK_TIMEOUT_MS / 1000};

	j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (j->fd < 0)
		return say(j, errno, why);
	if (setsockopt(j->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(j->fd, (const struct sockaddr *)&j->address, sizeof(j->address)) < 0)
		return say(j, errno, why);
	return 0;
}

static int journal_open(struct sink *s, struct text *why)
{
	struct journal *j = mem_zalloc(1, sizeof(*j));
	int rc;

	if (!j)
		return -ENOMEM;
	s->state = j;
	rc = settings(j, s->rest, why);
	return rc < 0 ? rc : reach(j, why);
}

static void journal_close(struct sink *s)
{
	struct journal *j = journal_of(s);

	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	text_finish(&j->out);
	mem_free(j);
	s->state = NULL;
}

/* ---- fields ---- */

/* `user` as NTLM_USER. */
static void put_pair(void *ctx, const char *key, const char *value)
{
	char name[NAME_MAX_BYTES + 1];
	size_t n = (size_t)snprintf(name, sizeof(name), "NTLM_%s", key);

	for (size_t i = 0; i < n && i < sizeof(name); i++)
		if (name[i] >= 'a' && name[i] <= 'z')
			name[i] = (char)(name[i] - 'a' + 'A');
	journal_put_field(ctx, name, value);
}

static void put_head(struct text *out, const char *message_id, unsigned priority)
{
	char digit[2] = {(char)('0' + priority), '\0'};

	journal_put_field(out, "MESSAGE_ID", message_id);
	journal_put_field(out, "PRIORITY", digit);
	journal_put_field(out, "SYSLOG_IDENTIFIER", "ntlmaudit");
	journal_put_field(out, "SYSLOG_FACILITY", FACILITY);
}

/* ---- sending ---- */

/* journald takes descriptors of files that nobody can change any more. */
static int make_sealed(const struct text *bytes, int *ret_fd)
{
	int fd = memfd_create("ntlmaudit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < bytes->len && rc == 0; done += (size_t)n) {
		n = write(fd, bytes->ptr + done, bytes->len - done);
		if (n <= 0)
			rc = n < 0 ? -errno : -ENOSPC;
	}
	if (rc == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		rc = -errno;
	if (rc < 0)
		close(fd);
	else
		*ret_fd = fd;
	return rc;
}

static int send_descriptor(struct journal *j, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(j->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send_large(struct journal *j)
{
	int fd = -1, rc = make_sealed(&j->out, &fd);

	if (rc < 0)
		return rc;
	rc = send_descriptor(j, fd);
	close(fd);
	return rc;
}

static int send_record(struct journal *j, struct text *why)
{
	int rc = 0;

	if (j->out.failed)
		return -ENOMEM;
	if (send(j->fd, j->out.ptr, j->out.len, MSG_NOSIGNAL) < 0)
		rc = errno == EMSGSIZE || errno == ENOBUFS ? send_large(j) : -errno;
	if (rc == -EAGAIN)
		rc = -ETIMEDOUT;
	return rc < 0 ? say(j, -rc, why) : 0;
}

static int journal_event(struct sink *s, const struct event *e, struct text *why)
{
	struct journal *j = journal_of(s);
	struct pairs pairs = {.put = put_pair, .ctx = &j->out};

	text_reset(&j->out);
	put_head(&j->out, message_id_event(e->layout->id), severity_of_event(e));
	short_line_event(&pairs.value, e);
	if (pairs.value.ptr)
		journal_put_field(&j->out, "MESSAGE", pairs.value.ptr);
	pairs_event_head(&pairs, e);
	pairs_event_facts(&pairs, e);
	j->out.failed |= pairs.value.failed;
	text_finish(&pairs.value);
	return send_record(j, why);
}

static int journal_finding(struct sink *s, const struct finding *f, struct text *why)
{
	struct journal *j = journal_of(s);
	struct pairs pairs = {.put = put_pair, .ctx = &j->out};

	text_reset(&j->out);
	put_head(&j->out, message_id_finding(f->id), severity_of_finding(f));
	short_line_finding(&pairs.value, f);
	if (pairs.value.ptr)
		journal_put_field(&j->out, "MESSAGE", pairs.value.ptr);
	pairs_finding_head(&pairs, f);
	pairs_finding_rest(&pairs, f);
	j->out.failed |= pairs.value.failed;
	text_finish(&pairs.value);
	return send_record(j, why);
}

/* What the socket took is journald's: systemd holds the socket when journald is started anew. */
static int journal_flush(struct sink *s, struct text *why)
{
	(void)s;
	(void)why;
	return 0;
}

const struct sink_ops sink_journald = {
	.scheme = "journald",
	.shape = "journald",
	.doc = "systemd's journal, each fact a field",
	.check = journal_check,
	.open = journal_open,
	.event = journal_event,
	.finding = journal_finding,
	.flush = journal_flush,
	.close = journal_close,
};
