#include "daemon/parcel.h"

#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM (4 << 20) /* the kernel may give less */

int parcel_pair(int ret_fd[2])
{
	int room = ROOM, fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		if (setsockopt(fd[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
			(void)setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	ret_fd[0] = fd[0];
	ret_fd[1] = fd[1];
	return 0;
}

int parcel_send(int socket, struct span parcel, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = (void *)(uintptr_t)parcel.ptr, .iov_len = parcel.len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* The one descriptor that came along, -1 for none. We send no more than one: of more, none may stay open here. */
static int descriptor_of(struct msghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	int fd[2] = {-1, -1};
	size_t n = 0;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(fd[0]);
	if (n == 0 || n > sizeof(fd) / sizeof(fd[0]))
		return -1;
	memcpy(fd, CMSG_DATA(c), n * sizeof(fd[0]));
	if (n == 1)
		return fd[0];
	close(fd[0]);
	close(fd[1]);
	return -1;
}

int parcel_receive(int socket, uint8_t *buffer, struct span *ret_parcel, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))]; /* in which there is room for two, too */
	} control;
	struct iovec part = {.iov_base = buffer, .iov_len = PARCEL_MAX};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = ret_fd ? control.bytes : NULL,
				 .msg_controllen = ret_fd ? sizeof(control.bytes) : 0};
	ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	fd = ret_fd ? descriptor_of(&message) : -1;
	if (n == 0 || message.msg_flags & MSG_TRUNC) {
		if (fd >= 0)
			close(fd);
		return n == 0 ? -EPIPE : -EMSGSIZE; /* no parcel is empty */
	}
	if (ret_fd)
		*ret_fd = fd;
	*ret_parcel = span_make(buffer, (size_t)n);
	return 1;
}

void parcel_begin(struct pack *out, uint8_t *buffer, enum parcel_type type)
{
	*out = (struct pack){.ptr = buffer, .cap = PARCEL_MAX};
	pack_u8(out, (uint8_t)type);
}

enum parcel_type parcel_type(struct reader *r)
{
	uint8_t type = reader_u8(r);

	return reader_ok(r) && type < PARCEL__COUNT ? (enum parcel_type)type : PARCEL__COUNT;
}

int parcel_end(const struct reader *r)
{
	return reader_ok(r) && reader_left(r) == 0 ? 0 : -EBADMSG;
}

const char *parcel_text(struct reader *r, struct arena *arena)
{
	uint64_t n = unpack_number(r);
	const char *copy;
	struct span bytes;

	if (n == 0 || !reader_ok(r))
		return NULL;
	if (n - 1 > PARCEL_TEXT_MAX) {
		reader_fail(r, "text too long");
		return NULL;
	}
	bytes = reader_bytes(r, (size_t)(n - 1));
	if (bytes.len && memchr(bytes.ptr, 0, bytes.len))
		reader_fail(r, "a NUL in a text");
	copy = reader_ok(r) ? arena_string(arena, bytes) : NULL;
	if (reader_ok(r) && !copy)
		reader_fail(r, "not enough memory");
	return copy;
}

static uint32_t number_u32(struct reader *r)
{
	uint64_t n = unpack_number(r);

	if (n > UINT32_MAX)
		reader_fail(r, "number too large");
	return (uint32_t)n;
}

/* ---- gaps ---- */

void parcel_put_gap(struct pack *out, const struct gap *g)
{
	pack_signed(out, g->begin);
	pack_signed(out, g->end);
	pack_number(out, g->packets);
	pack_text(out, g->reason);
	pack_text(out, g->source);
}

int parcel_get_gap(struct reader *r, struct arena *arena, struct gap *ret_gap)
{
	struct gap g = {0};

	g.begin = unpack_signed(r);
	g.end = unpack_signed(r);
	g.packets = unpack_number(r);
	g.reason = parcel_text(r, arena);
	g.source = parcel_text(r, arena);
	if (!g.reason)
		reader_fail(r, "no reason");
	if (parcel_end(r) < 0)
		return -EBADMSG;
	*ret_gap = g;
	return 0;
}

/* ---- who holds what ---- */

static void put_endpoint(struct pack *out, const struct endpoint *e)
{
	pack_bytes(out, e->addr.ip, sizeof(e->addr.ip));
	pack_number(out, e->port);
}

static struct endpoint get_endpoint(struct reader *r)
{
	struct span ip = reader_bytes(r, sizeof(struct addr));
	struct endpoint e = {0};
	uint32_t port = number_u32(r);

	if (port > UINT16_MAX)
		reader_fail(r, "port too large");
	if (reader_ok(r))
		e = (struct endpoint){addr_v6(ip.ptr), (uint16_t)port};
	return e;
}

/* In the order they are packed. */
#define PROCESS_TEXTS 5

static void process_texts(struct process *p, const char **ret_text[PROCESS_TEXTS])
{
	const char **texts[PROCESS_TEXTS] = {&p->name, &p->path, &p->user, &p->unit, &p->container};

	memcpy(ret_text, texts, sizeof(texts));
}

void parcel_put_holding(struct pack *out, const struct holding *h)
{
	struct process p = h->process;
	const char **text[PROCESS_TEXTS];

	process_texts(&p, text);
	put_endpoint(out, &h->local);
	put_endpoint(out, &h->remote);
	pack_u8(out, (uint8_t)h->how);
	pack_signed(out, h->time);
	pack_number(out, p.pid);
	pack_number(out, p.has_uid ? (uint64_t)p.uid + 1 : 0);
	pack_u8(out, p.is_kernel);
	for (size_t i = 0; i < PROCESS_TEXTS; i++)
		pack_text(out, *text[i]);
}

int parcel_get_holding(struct reader *r, struct arena *arena, struct holding *ret_holding)
{
	struct holding h = {0};
	const char **text[PROCESS_TEXTS];
	uint64_t uid;

	h.local = get_endpoint(r);
	h.remote = get_endpoint(r);
	h.how = (enum held_by)reader_u8(r);
	h.time = unpack_signed(r);
	h.process.pid = number_u32(r);
	uid = unpack_number(r);
	h.process.has_uid = uid > 0;
	h.process.uid = (uint32_t)(uid - 1);
	h.process.is_kernel = reader_u8(r) != 0;
	process_texts(&h.process, text);
	for (size_t i = 0; i < PROCESS_TEXTS; i++)
		*text[i] = parcel_text(r, arena);
	if (h.how > HELD_LISTENER || uid > (uint64_t)UINT32_MAX + 1)
		reader_fail(r, "no such value");
	if (parcel_end(r) < 0)
		return -EBADMSG;
	*ret_holding = h;
	return 0;
}

/* ---- addresses ---- */

void parcel_put_addresses(struct pack *out, const struct host_addresses *a)
{
	pack_text(out, a->name);
	pack_number(out, a->left_out);
	pack_number(out, a->n);
	for (size_t i = 0; i < a->n; i++)
		pack_bytes(out, a->list[i].ip, sizeof(a->list[i].ip));
}

static const char *get_name(struct reader *r, char out[HOST_NAME_MAX_BYTES])
{
	struct arena arena;
	const char *name;

	arena_init(&arena, PARCEL_MAX);
	name = parcel_text(r, &arena);
	if (!name || strlen(name) >= HOST_NAME_MAX_BYTES)
		reader_fail(r, "no name");
	else
		memcpy(out, name, strlen(name) + 1);
	arena_finish(&arena);
	return out;
}

int parcel_get_addresses(struct reader *r, struct host_addresses *ret_addresses)
{
	struct host_addresses a = {0};
	struct span bytes;
	uint64_t n;

	get_name(r, a.name);
	a.left_out = unpack_number(r);
	n = unpack_number(r);
	if (n > HOST_ADDRESSES_MAX)
		reader_fail(r, "too many addresses");
	bytes = reader_bytes(r, reader_ok(r) ? (size_t)n * sizeof(struct addr) : 0);
	if (parcel_end(r) < 0)
		return -EBADMSG;
	a.n = (size_t)n;
	a.list = mem_alloc(bytes.len + 1);
	if (!a.list)
		return -ENOMEM;
	if (bytes.len)
		memcpy(a.list, bytes.ptr, bytes.len);
	*ret_addresses = a;
	return 0;
}
