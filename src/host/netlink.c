#include "host/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ALIGN 4
#define ANSWER_MS 100
#define TYPE_MASK 0x3fffu /* NLA_TYPE_MASK, without its sign */

int netlink_open(int protocol, uint32_t groups)
{
	struct sockaddr_nl us = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&us, sizeof(us)) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

int netlink_ask(int fd, uint16_t type, uint16_t flags, struct span body)
{
	struct nlmsghdr head = {.nlmsg_len = (uint32_t)(sizeof(head) + body.len),
				.nlmsg_type = type,
				.nlmsg_flags = flags | NLM_F_REQUEST};
	uint8_t message[512];

	if (body.len > sizeof(message) - sizeof(head))
		return -EMSGSIZE;
	memcpy(message, &head, sizeof(head));
	memcpy(message + sizeof(head), body.ptr, body.len);
	return send(fd, message, sizeof(head) + body.len, 0) < 0 ? -errno : 0;
}

int netlink_take(int fd, uint8_t *buffer, size_t size)
{
	struct sockaddr_nl from = {0};
	socklen_t from_len = sizeof(from);
	ssize_t n;

	do {
		n = recvfrom(fd, buffer, size, MSG_TRUNC, (struct sockaddr *)&from, &from_len);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
	} while (from.nl_pid != 0); /* another process may write to it, too */
	return (size_t)n > size ? -EMSGSIZE : (int)n;
}

int netlink_answer(int fd, uint8_t *buffer, size_t size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n = netlink_take(fd, buffer, size);

	if (n != 0)
		return n;
	if (poll(&p, 1, ANSWER_MS) <= 0)
		return -ETIMEDOUT;
	return netlink_take(fd, buffer, size);
}

/* Numbers are in the machine's own order. */
static uint16_t take_u16(struct reader *r)
{
	struct span s = reader_bytes(r, 2);
	uint16_t v = 0;

	if (s.len)
		memcpy(&v, s.ptr, sizeof(v));
	return v;
}

static uint32_t take_u32(struct reader *r)
{
	struct span s = reader_bytes(r, 4);
	uint32_t v = 0;

	if (s.len)
		memcpy(&v, s.ptr, sizeof(v));
	return v;
}

static void skip_padding(struct reader *r)
{
	size_t over = r->pos % ALIGN, left = reader_left(r);

	if (over)
		reader_skip(r, left < ALIGN - over ? left : ALIGN - over);
}

bool netlink_next(struct reader *r, struct netlink_message *ret_message)
{
	uint32_t len = take_u32(r);
	uint16_t type = take_u16(r);

	reader_skip(r, sizeof(struct nlmsghdr) - 6);
	if (!reader_ok(r) || len < sizeof(struct nlmsghdr))
		return false;
	ret_message->type = type;
	ret_message->body = reader_bytes(r, len - sizeof(struct nlmsghdr));
	skip_padding(r);
	return reader_ok(r);
}

bool netlink_attribute(struct reader *r, struct netlink_attribute *ret_attribute)
{
	uint16_t len = take_u16(r), type = take_u16(r);

	if (!reader_ok(r) || len < 4)
		return false;
	ret_attribute->type = type & TYPE_MASK;
	ret_attribute->value = reader_bytes(r, len - 4u);
	skip_padding(r);
	return reader_ok(r);
}
