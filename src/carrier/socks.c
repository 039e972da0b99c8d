/*
 * SOCKS 4, 4a and 5 (RFC 1928, 1929): no NTLM of its own is read, but behind a granted request the connection
 * is what it was asked for. Invariant: it knows nothing but how far the handshake is; as soon as the tunnel is
 * open, or anything is not as it must be, the connection is left to other carriers.
 */
#include "base/reader.h"
#include "carrier/carrier.h"

#include <errno.h>

#define PROBE_MAX 64
#define METHODS_MAX 16 /* more than there are is no greeting of SOCKS */
#define TEXT_MAX 512   /* of SOCKS 4's user and host */
#define GRANTED_4 90

enum { VERSION_PASSWORD = 1, VERSION_4 = 4, VERSION_5 = 5 };
enum { CONNECT = 1, BIND = 2, UDP_ASSOCIATE = 3 };
enum { METHOD_NONE = 0, METHOD_PASSWORD = 2 };
enum { ADDRESS_V4 = 1, ADDRESS_NAME = 3, ADDRESS_V6 = 4 };

/* What the next message of a direction is: hello, password or its answer, request or its answer. */
enum at { AT_HELLO, AT_REQUEST, AT_END };

struct socks {
	uint8_t at[STREAM_DIR__COUNT]; /* enum at */
	bool client_known;
	enum stream_dir client;
};

/* One message, from its start. */
struct scene {
	struct reader r;
	bool bad;     /* not what it must be, however much of it is there */
	enum at next; /* once all of it is there */
};

/* RFC 1928 5: an address and a port. */
static void address(struct scene *s)
{
	uint8_t type = reader_u8(&s->r);

	if (type == ADDRESS_NAME)
		reader_skip(&s->r, reader_u8(&s->r));
	else if (type == ADDRESS_V4 || type == ADDRESS_V6)
		reader_skip(&s->r, type == ADDRESS_V4 ? 4 : 16);
	else
		s->bad |= reader_ok(&s->r);
	reader_skip(&s->r, 2);
}

/* Over a string and its NUL. */
static void text(struct scene *s)
{
	size_t start = s->r.pos;

	while (reader_u8(&s->r) != 0)
		s->bad |= s->r.pos - start > TEXT_MAX;
}

/* Command, port, address, user; with an address of 0.0.0.x (SOCKS 4a) the host's name too. */
static void request4(struct scene *s)
{
	uint8_t command = reader_u8(&s->r);
	uint32_t ip;

	s->bad |= reader_ok(&s->r) && command != CONNECT && command != BIND;
	reader_skip(&s->r, 2);
	ip = reader_u32be(&s->r);
	text(s);
	if (ip > 0 && ip < 0x100)
		text(s);
	s->next = AT_END;
}

/* RFC 1928 3 */
static void client_hello(struct scene *s)
{
	uint8_t version = reader_u8(&s->r);

	if (version == VERSION_4) {
		request4(s);
		return;
	}
	s->bad |= version != VERSION_5;
	reader_skip(&s->r, reader_u8(&s->r));
	s->next = AT_REQUEST;
}

/* RFC 1928 4; before it perhaps RFC 1929 2: who it is does not matter here. */
static void client_request(struct scene *s)
{
	uint8_t version = reader_u8(&s->r);
	uint8_t command;

	s->next = AT_REQUEST;
	if (version == VERSION_PASSWORD) {
		reader_skip(&s->r, reader_u8(&s->r));
		reader_skip(&s->r, reader_u8(&s->r));
		return;
	}
	command = reader_u8(&s->r);
	s->bad |= version != VERSION_5 || command > UDP_ASSOCIATE ||
		  (reader_ok(&s->r) && command < CONNECT);
	reader_skip(&s->r, 1);
	address(s);
	s->next = AT_END;
}

/* The choice of a method (RFC 1928 3), or SOCKS 4's answer to all. */
static void server_hello(struct scene *s)
{
	uint8_t version = reader_u8(&s->r), code = reader_u8(&s->r);

	s->next = AT_REQUEST;
	if (version == VERSION_5) {
		s->bad |= code != METHOD_NONE && code != METHOD_PASSWORD;
		return;
	}
	s->bad |= version != 0 || (reader_ok(&s->r) && code != GRANTED_4);
	reader_skip(&s->r, 6);
	s->next = AT_END;
}

/* RFC 1929 2 and RFC 1928 6. */
static void server_reply(struct scene *s)
{
	uint8_t version = reader_u8(&s->r), code = reader_u8(&s->r);

	s->bad |= code != 0 || (version != VERSION_PASSWORD && version != VERSION_5);
	s->next = AT_REQUEST;
	if (version == VERSION_PASSWORD)
		return;
	reader_skip(&s->r, 1);
	address(s);
	s->next = AT_END;
}

static void (*const readers[2][AT_END])(struct scene *s) = {
	[false] = {[AT_HELLO] = client_hello, [AT_REQUEST] = client_request},
	[true] = {[AT_HELLO] = server_hello, [AT_REQUEST] = server_reply},
};

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	struct socks *socks = state;
	size_t at = 0;

	(void)env;
	if (!socks->client_known)
		socks->client = d;
	socks->client_known = true;
	while (at < view.len) {
		struct scene s = {.r = reader_of(span_from(view, at))};
		bool server = d != socks->client;

		if (socks->at[d] == AT_END)
			return -EBADMSG; /* the tunnel's, before we saw that it is open */
		readers[server][socks->at[d]](&s);
		if (s.bad)
			return -EBADMSG;
		if (!reader_ok(&s.r)) {
			*ret_appetite = (struct appetite){.skip = at, .want = view.len - at + 1};
			return 0;
		}
		at += s.r.pos;
		ret_appetite->skip = at;
		socks->at[d] = (uint8_t)s.next;
		if (server && s.next == AT_END)
			return -EBADMSG; /* the tunnel begins */
	}
	ret_appetite->want = 1;
	return 0;
}

static void gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct socks *socks = state;

	(void)env;
	socks->at[d] = AT_HELLO;
}

static bool is_method(uint8_t method)
{
	return method < 10 || (method >= 0x80 && method < 0xff);
}

/* RFC 1928 3: the client waits for the answer; one that does not goes on with its request. */
static enum carrier_match probe5(struct span head, size_t *ret_want)
{
	size_t n = head.len > 1 ? head.ptr[1] : 1;
	struct span rest = span_from(head, 2 + n);

	if (n == 0 || n > METHODS_MAX)
		return CARRIER_NO;
	for (size_t i = 2; i < 2 + n && i < head.len; i++)
		if (!is_method(head.ptr[i]))
			return CARRIER_NO;
	*ret_want = 2 + n;
	if (head.len < 2 + n)
		return CARRIER_MORE;
	return (rest.len < 1 || rest.ptr[0] == VERSION_5) &&
			       (rest.len < 2 ||
				(rest.ptr[1] >= CONNECT && rest.ptr[1] <= UDP_ASSOCIATE)) &&
			       (rest.len < 3 || rest.ptr[2] == 0)
		       ? CARRIER_YES
		       : CARRIER_NO;
}

/* Behind a string of printable characters and its NUL; 0 where there is no such string. */
static size_t behind_text(struct span s, size_t at)
{
	while (at < s.len && s.ptr[at] > 0x20 && s.ptr[at] < 0x7f)
		at++;
	return at < s.len && s.ptr[at] != 0 ? 0 : at + 1;
}

/* SOCKS 4: the request is all that the client says before it has an answer. */
static enum carrier_match probe4(struct span head, size_t *ret_want)
{
	struct reader r = reader_of(head);
	uint8_t command;
	uint16_t port;
	uint32_t ip;
	size_t end;

	reader_skip(&r, 1);
	command = reader_u8(&r);
	port = reader_u16be(&r);
	ip = reader_u32be(&r);
	*ret_want = 9;
	if (head.len > 1 && command != CONNECT && command != BIND)
		return CARRIER_NO;
	if (!reader_ok(&r))
		return CARRIER_MORE;
	end = behind_text(head, r.pos);
	if (end > 0 && end <= head.len && ip > 0 && ip < 0x100)
		end = behind_text(head, end);
	*ret_want = end;
	if (port == 0 || ip == 0 || end == 0 || end < head.len || end > PROBE_MAX)
		return CARRIER_NO;
	return end > head.len ? CARRIER_MORE : CARRIER_YES;
}

static enum carrier_match probe(struct span head, size_t *ret_want)
{
	*ret_want = 3;
	if (head.len == 0)
		return CARRIER_MORE;
	if (head.ptr[0] == VERSION_5)
		return probe5(head, ret_want);
	return head.ptr[0] == VERSION_4 ? probe4(head, ret_want) : CARRIER_NO;
}

const struct carrier carrier_socks = {
	.name = "SOCKS",
	.state_size = sizeof(struct socks),
	.ports = {1080, 9050},
	.paired = true,
	.probe = probe,
	.data = data,
	.gap = gap,
};
