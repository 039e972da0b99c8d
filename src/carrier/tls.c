/*
 * TLS as a carrier: recognised only to lose interest. NTLM inside can't be seen from here; what can be told is
 * whom the client asked for. Invariant: both directions of a TLS connection cost nothing after that.
 */
#include "base/reader.h"
#include "carrier/carrier.h"

#include <errno.h>

#define RECORD_HEAD 5
#define RECORD_TYPE_MIN 20 /* change_cipher_spec */
#define RECORD_TYPE_MAX 24 /* heartbeat */
#define RECORD_HANDSHAKE 22
#define RECORD_DATA 23
#define RECORD_MAX (16384 + 2048) /* RFC 5246 6.2.3; RFC 8446 5.2 has less */
#define RECORD_DATA_MIN 17	  /* a byte and the shortest authentication tag */
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define HELLO_MIN 38	  /* version, random, session id length, a cipher suite, compression */
#define HELLO_MAX 0x20000 /* may be spread over several records */
#define HELLO_HEAD 11	  /* record header, handshake header, version */
#define HELLO_READ ((size_t)16 * 1024)
#define HELLO_RECORDS 8
#define HANDSHAKE_HEAD 4
#define RANDOM_SIZE 32
#define EXTENSION_SERVER_NAME 0
#define NAME_TYPE_HOST 0

struct tls {
	bool told;
	bool pending[STREAM_DIR__COUNT];     /* a ClientHello whose rest is waited for */
	uint16_t version[STREAM_DIR__COUNT]; /* of a first record of data; 0 = none yet */
};

struct record {
	uint8_t type;
	uint16_t version, len;
};

/* SSL 3.0 to TLS 1.3 all write 3.0 to 3.4 here. */
static bool version_ok(uint16_t version)
{
	return version >= 0x0300 && version <= 0x0304;
}

/* RFC 8446 5.1: type, legacy_record_version, length. */
static bool read_record(struct reader *r, struct record *ret_record)
{
	struct record record;

	record.type = reader_u8(r);
	record.version = reader_u16be(r);
	record.len = reader_u16be(r);
	if (!reader_ok(r) || record.type < RECORD_TYPE_MIN || record.type > RECORD_TYPE_MAX ||
	    !version_ok(record.version) || record.len == 0 || record.len > RECORD_MAX)
		return false;
	*ret_record = record;
	return true;
}

/* A record that begins with a ClientHello or ServerHello (RFC 8446 4.1.2, 4.1.3). */
static bool is_hello(struct span head)
{
	struct reader r = reader_of(head);
	struct record record = {0};
	bool sane = read_record(&r, &record);
	uint32_t handshake = reader_u32be(&r);
	uint16_t version = reader_u16be(&r);
	uint32_t type = handshake >> 24, len = handshake & 0xffffff;

	return sane && reader_ok(&r) && record.type == RECORD_HANDSHAKE && record.len >= 6 &&
	       (type == CLIENT_HELLO || type == SERVER_HELLO) && len >= HELLO_MIN &&
	       len <= HELLO_MAX && version_ok(version);
}

/*
 * Application data of a connection whose beginning was not seen. What follows the record, where it is there,
 * must be another; else the next bytes will tell.
 */
static bool is_data(struct span head)
{
	struct reader r = reader_of(head);
	struct record record, next;
	bool sane = read_record(&r, &record);

	if (!sane || record.type != RECORD_DATA || record.version == 0x0300 ||
	    record.version > 0x0303 || record.len < RECORD_DATA_MIN)
		return false;
	if (reader_left(&r) < (size_t)record.len + RECORD_HEAD)
		return true;
	reader_skip(&r, record.len);
	return read_record(&r, &next) && next.version == record.version;
}

static enum carrier_match tls_probe(struct span head, size_t *ret_want)
{
	bool data = head.len > 0 && head.ptr[0] == RECORD_DATA;
	size_t want = data ? RECORD_HEAD : HELLO_HEAD;

	if (head.len == 0 || (head.ptr[0] != RECORD_HANDSHAKE && !data) ||
	    (head.len > 1 && head.ptr[1] != 3))
		return CARRIER_NO;
	if (head.len < want) {
		*ret_want = want;
		return CARRIER_MORE;
	}
	return (data ? is_data(head) : is_hello(head)) ? CARRIER_YES : CARRIER_NO;
}

/*
 * As much as is there of the handshake message at the view's start, without the records around it. `*ret_want` =
 * bytes of the view that would bring more of it; 0 = there is no more.
 */
static struct span unwrap(struct span view, size_t *ret_want)
{
	static _Thread_local uint8_t hello[HELLO_READ];
	struct reader r = reader_of(view);
	size_t len = 0, whole = HANDSHAKE_HEAD;

	*ret_want = 0;
	for (int i = 0; i < HELLO_RECORDS && len < whole; i++) {
		struct record record;
		struct span piece;

		if (reader_left(&r) < RECORD_HEAD) {
			*ret_want = r.pos + RECORD_HEAD;
			break;
		}
		if (!read_record(&r, &record) || record.type != RECORD_HANDSHAKE)
			break;
		if (reader_left(&r) < record.len)
			*ret_want = r.pos + record.len;
		piece = span_head(reader_bytes(&r, *ret_want ? reader_left(&r) : record.len),
				  HELLO_READ - len);
		memcpy(hello + len, piece.ptr, piece.len);
		len += piece.len;
		if (len >= HANDSHAKE_HEAD)
			whole = HANDSHAKE_HEAD +
				(size_t)(hello[1] << 16 | hello[2] << 8 | hello[3]);
		whole = whole < HELLO_READ ? whole : HELLO_READ;
		if (*ret_want)
			break;
	}
	return span_make(hello, len);
}

/* RFC 6066 3: ServerNameList; the first host_name. */
static struct span host_name(struct span list)
{
	struct reader r = reader_of(list);

	reader_skip(&r, 2);
	while (reader_left(&r)) {
		uint8_t type = reader_u8(&r);
		struct span name = reader_bytes(&r, reader_u16be(&r));

		if (type == NAME_TYPE_HOST)
			return name;
	}
	return (struct span){0};
}

/* The server_name of a ClientHello. False where it ends before that can be known. */
static bool find_server_name(struct span hello, struct span *ret_name)
{
	struct reader r = reader_of(hello);
	size_t end;

	reader_skip(&r, HANDSHAKE_HEAD + sizeof(uint16_t) + RANDOM_SIZE);
	reader_skip(&r, reader_u8(&r));	   /* legacy_session_id */
	reader_skip(&r, reader_u16be(&r)); /* cipher_suites */
	reader_skip(&r, reader_u8(&r));	   /* legacy_compression_methods */
	end = reader_u16be(&r);
	end += r.pos;
	while (reader_ok(&r) && r.pos < end) {
		uint16_t type = reader_u16be(&r);
		struct span body = reader_bytes(&r, reader_u16be(&r));

		if (reader_ok(&r) && type == EXTENSION_SERVER_NAME) {
			*ret_name = host_name(body);
			return true;
		}
	}
	return reader_ok(&r);
}

static void tell(struct tls *tls, const struct carrier_env *env, struct span name)
{
	struct sighting_encrypted s = {.protocol = "TLS", .server_name = name};

	if (!tls->told && env->ops->encrypted)
		env->ops->encrypted(env->ctx, &s);
	tls->told = true;
}

static void read_hello(struct tls *tls, const struct carrier_env *env, enum stream_dir d,
		       struct span view, struct appetite *ret_appetite)
{
	struct span name = {0};
	size_t want = 0;
	struct span hello = unwrap(view, &want);
	bool client = hello.len && hello.ptr[0] == CLIENT_HELLO;

	if (client && !find_server_name(hello, &name) && want) {
		tls->pending[d] = true;
		*ret_appetite = (struct appetite){.want = want};
		return;
	}
	tls->pending[d] = false;
	*ret_appetite = (struct appetite){.never = true};
	/* the server's may be read before the client's, which will say more */
	if (client || !tls->pending[stream_other(d)])
		tell(tls, env, name);
}

/* Records of data, until two have been seen in a row. */
static int read_data(struct tls *tls, const struct carrier_env *env, enum stream_dir d,
		     struct span view, struct appetite *ret_appetite)
{
	struct reader r = reader_of(view);
	struct record record;

	*ret_appetite = (struct appetite){.want = RECORD_HEAD};
	if (view.len < RECORD_HEAD)
		return 0;
	if (!read_record(&r, &record) || (tls->version[d] && tls->version[d] != record.version))
		return -EBADMSG;
	if (tls->version[d]) {
		tell(tls, env, (struct span){0});
		*ret_appetite = (struct appetite){.never = true};
		return 0;
	}
	tls->version[d] = record.version;
	ret_appetite->skip = RECORD_HEAD + (uint64_t)record.len;
	return 0;
}

static int tls_data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		    struct appetite *ret_appetite)
{
	struct tls *tls = state;
	bool begins = !tls->pending[d] && !tls->version[d];
	size_t want = 0;

	if (tls->told) {
		*ret_appetite = (struct appetite){.never = true};
		return 0;
	}
	if (begins && tls_probe(view, &want) != CARRIER_YES) {
		*ret_appetite = (struct appetite){.want = want};
		return want ? 0 : -EBADMSG;
	}
	if (tls->pending[d] || (begins && view.ptr[0] == RECORD_HANDSHAKE)) {
		read_hello(tls, env, d, view, ret_appetite);
		return 0;
	}
	return read_data(tls, env, d, view, ret_appetite);
}

static void tls_gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct tls *tls = state;

	if (tls->pending[d])
		tell(tls, env, (struct span){0});
	tls->pending[d] = false;
	tls->version[d] = 0;
}

const struct carrier carrier_tls = {
	.name = "TLS",
	.state_size = sizeof(struct tls),
	.ports = {443, 636, 3269, 3389, 5986, 8443},
	.probe = tls_probe,
	.data = tls_data,
	.gap = tls_gap,
};
