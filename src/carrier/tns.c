/*
 * The carrier TNS: Oracle Net, whose native services negotiate "NTS", Windows' own authentication, with NTLMSSP
 * as it is. The protocol is not published; what is read here is what free drivers send. Invariant: native
 * services come first or never, so that the first other data ends interest in the connection.
 */
#include "base/reader.h"
#include "carrier/carrier.h"
#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#include <errno.h>

#define HEADER 8
#define PEEK 14	       /* header, data flags, magic */
#define SMALL_MAX 2048 /* what is looked for at a segment's start is shorter */
#define DATA_MAX 16384 /* and so are native services' messages than this */
#define MAGIC 0xdeadbeefu
#define VERSION_MIN 300 /* Oracle 8 */
#define VERSION_MAX 399
#define SUB_BYTES 1

enum type {
	TYPE_CONNECT = 1,
	TYPE_ACCEPT = 2,
	TYPE_REFUSE = 4,
	TYPE_DATA = 6,
	TYPE_ABORT = 9,
	TYPE_MARKER = 12,
	TYPE__COUNT = 16
};

struct tns {
	bool serviced; /* native services were seen */
	bool awaits;   /* the AUTHENTICATE of `client` has no answer yet */
	bool done;
	enum stream_dir client;
};

struct packet {
	size_t len; /* with its header */
	uint8_t type;
	struct span body; /* what is there of it */
};

/* Two bytes of length and two of checksum, or since version 315 four of length. */
static bool read_packet(struct span view, struct packet *ret)
{
	struct reader r = reader_of(view);
	uint32_t word = reader_u32be(&r);

	ret->len = word >> 16 < HEADER ? word : word >> 16;
	ret->type = reader_u8(&r);
	reader_skip(&r, 3); /* flags, the header's checksum */
	ret->body = span_head(span_from(view, HEADER), ret->len < HEADER ? 0 : ret->len - HEADER);
	return reader_ok(&r);
}

/* Behind the data flags. */
static struct span payload_of(const struct packet *p)
{
	return span_from(p->body, 2);
}

static bool is_serviced(struct span payload)
{
	struct reader r = reader_of(payload);

	return reader_u32be(&r) == MAGIC;
}

struct scene {
	struct tns *tns;
	const struct carrier_env *env;
	enum stream_dir dir;
	bool failed; /* a service says so */
	bool told;   /* a token was there */
};

static void answer(const struct scene *s, uint32_t status)
{
	struct sighting_answer a = {.dir = s->dir, .status = status};

	s->tns->awaits = false;
	s->tns->done = true;
	s->env->ops->answer(s->env->ctx, &a);
}

static void token(struct scene *s, struct span bytes)
{
	struct sighting_token t = {.dir = s->dir, .bytes = bytes, .direct = true};

	s->told = true;
	s->env->ops->token(s->env->ctx, &t);
	if (leg_of(bytes).ntlm_type != NTLM_AUTHENTICATE)
		return;
	s->tns->awaits = true;
	s->tns->client = s->dir;
}

/* A service: what it is, its parts, an error; of each part length, type, and bytes. */
static void service(struct scene *s, struct reader *r)
{
	uint16_t parts;

	reader_skip(r, 2);
	parts = reader_u16be(r);
	s->failed |= reader_u32be(r) != 0;
	while (parts-- && reader_ok(r)) {
		uint16_t len = reader_u16be(r), type = reader_u16be(r);
		struct span bytes = reader_bytes(r, len);

		if (type == SUB_BYTES && ntlm_is_message(bytes))
			token(s, bytes);
	}
}

/* A message of native services: magic, length, version, how many of them, flags. */
static void services(struct scene *s, struct span payload)
{
	struct reader r = reader_of(payload);
	uint16_t n;

	s->tns->serviced = true;
	reader_skip(&r, 10);
	n = reader_u16be(&r);
	reader_skip(&r, 1);
	while (n-- && reader_ok(&r))
		service(s, &r);
	if (!reader_ok(&r))
		carrier_malformed(s->env, "TNS native services", r.why, r.why_pos);
}

static bool is_answer(const struct scene *s)
{
	return s->tns->awaits && s->dir != s->tns->client;
}

static void on_data(struct scene *s, struct span payload)
{
	struct reader r = reader_of(payload);
	bool answers = is_answer(s);

	if (is_serviced(payload)) {
		services(s, payload);
		if (answers && !s->told)
			answer(s, s->failed ? NT_STATUS_LOGON_FAILURE : NT_STATUS_OK);
		return;
	}
	/* a long connect descriptor comes as data, before any service */
	if (reader_u8(&r) == '(' && !s->tns->serviced)
		return;
	if (answers)
		answer(s, NT_STATUS_OK);
	/* the client goes on before it was told anything */
	s->tns->done = !s->tns->awaits;
}

static void on_refusal(struct scene *s, struct span payload)
{
	(void)payload;
	if (is_answer(s))
		answer(s, NT_STATUS_LOGON_FAILURE);
	s->tns->done = true;
}

/* A break: an error follows, but whether it is about the logon can't be told. */
static void on_marker(struct scene *s, struct span payload)
{
	(void)payload;
	s->tns->done = is_answer(s);
}

static void (*const readers[TYPE__COUNT])(struct scene *s, struct span payload) = {
	[TYPE_REFUSE] = on_refusal,
	[TYPE_DATA] = on_data,
	[TYPE_ABORT] = on_refusal,
	[TYPE_MARKER] = on_marker,
};

/* One packet at the view's start: 0 and its size, or that `*ret_want` bytes are needed. */
static int step(struct scene *s, struct span view, size_t *ret_size, size_t *ret_want)
{
	struct packet p;
	size_t need = HEADER;

	*ret_want = HEADER;
	if (!read_packet(view, &p))
		return 0;
	if (p.len < HEADER || p.type == 0 || p.type >= TYPE__COUNT)
		return -EBADMSG;
	if (p.type == TYPE_DATA)
		need = p.len < PEEK ? p.len : PEEK;
	if (need == PEEK && view.len >= PEEK && is_serviced(payload_of(&p)))
		need = p.len < DATA_MAX ? p.len : DATA_MAX;
	*ret_want = need;
	if (view.len < need)
		return 0;
	*ret_size = p.len;
	if (readers[p.type])
		readers[p.type](s, payload_of(&p));
	return 0;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	struct tns *tns = state;
	size_t at = 0, size, want = HEADER;

	do {
		struct scene s = {.tns = tns, .env = env, .dir = d};
		int rc;

		if (tns->done) {
			*ret_appetite = (struct appetite){.never = true};
			return 0;
		}
		size = 0;
		rc = step(&s, span_from(view, at), &size, &want);
		if (rc)
			return rc;
		at += size;
	} while (size && (at < view.len || tns->done));
	*ret_appetite = (struct appetite){.skip = at, .want = size ? HEADER : want};
	return 0;
}

/* A connect packet (version, and the oldest that will do), or data that begins native services. */
static enum carrier_match probe(struct span head, size_t *ret_want)
{
	struct reader r = reader_of(span_from(head, HEADER));
	struct packet p;
	uint16_t version, compatible;
	bool whole = read_packet(span_head(head, HEADER), &p);

	*ret_want = PEEK;
	if (head.len && head.ptr[0] >= SMALL_MAX >> 8)
		return CARRIER_NO;
	if (head.len > 4 && head.ptr[4] != TYPE_CONNECT && head.ptr[4] != TYPE_DATA)
		return CARRIER_NO;
	if (!whole)
		return CARRIER_MORE;
	if (p.len < PEEK || p.len >= SMALL_MAX || head.ptr[6] || head.ptr[7] ||
	    ((head.ptr[0] | head.ptr[1]) && (head.ptr[2] | head.ptr[3])))
		return CARRIER_NO;
	if (head.len < PEEK)
		return CARRIER_MORE;
	if (p.type == TYPE_DATA)
		return is_serviced(span_from(head, HEADER + 2)) ? CARRIER_YES : CARRIER_NO;
	version = reader_u16be(&r);
	compatible = reader_u16be(&r);
	return version >= VERSION_MIN && version <= VERSION_MAX && compatible >= VERSION_MIN &&
			       compatible <= version
		       ? CARRIER_YES
		       : CARRIER_NO;
}

static void gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct tns *tns = state;

	(void)env;
	/* the answer may have been in it */
	if (tns->awaits && d != tns->client)
		tns->done = true;
}

const struct carrier carrier_tns = {
	.name = "TNS",
	.state_size = sizeof(struct tns),
	.ports = {1521, 1522, 1526},
	.paired = true,
	.probe = probe,
	.data = data,
	.gap = gap,
};
