/*
 * The login ([MS-TDS] 2.2.6.4, 2.2.6.8, 2.2.7). Invariant: an answer is reported only where an
 * AUTHENTICATE was seen, and once; after it, or after a login without SSPI, the connection is of no
 * interest any longer.
 */
#include "base/utf.h"
#include "carrier/leg.h"
#include "carrier/tds.h"
#include "ntlm/ntlmssp.h"

#include <strings.h>

#define SSPI_FIELD 78
#define SSPI_LONG_FIELD 90
#define SERVER_FIELD 52
#define FIXED_WITH_LONG 94 /* where the variable part begins if there is a cbSSPILong */

struct scene {
	struct tds *tds;
	const struct carrier_env *env;
	enum stream_dir dir;
};

/* [MS-TDS] 3.2.5.1: SSPI means SPNEGO; some clients send NTLMSSP alone. */
static void report_token(const struct scene *s, struct span bytes)
{
	struct sighting_token token = {
		.dir = s->dir, .bytes = bytes, .direct = ntlm_is_message(bytes)};

	if (bytes.len)
		s->env->ops->token(s->env->ctx, &token);
}

static void answer(const struct scene *s, uint32_t status)
{
	struct sighting_answer a = {.dir = s->dir, .status = status};

	if (s->tds->awaits)
		s->env->ops->answer(s->env->ctx, &a);
	s->tds->awaits = false;
	s->tds->done = true;
}

/* The host of `tcp:host\instance,port` or `np:\\host\pipe\...`: what people write as a server. */
static struct span host_of(struct span name)
{
	static const char *const protocols[] = {"tcp:", "np:", "lpc:", "admin:"};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		size_t len = strlen(protocols[i]);

		if (name.len >= len && strncasecmp((const char *)name.ptr, protocols[i], len) == 0)
			name = span_from(name, len);
	}
	while (name.len && name.ptr[0] == '\\')
		name = span_from(name, 1);
	while (n < name.len && name.ptr[n] != '\\' && name.ptr[n] != ',')
		n++;
	return span_head(name, n);
}

/* Remembers it in UTF-8, as every token of the client's is for it; one too long for a host is none. */
static void take_server(const struct scene *s, struct span utf16)
{
	uint8_t name[TDS_HOST_MAX];
	struct span host;
	size_t n = 0;

	while (utf16.len) {
		uint8_t rune[4];
		size_t len = utf8_encode(utf16le_next(&utf16), rune);

		if (len > sizeof(name) - n)
			return;
		memcpy(name + n, rune, len);
		n += len;
	}
	host = host_of(span_make(name, n));
	s->tds->host_len = (uint8_t)host.len;
	if (host.len)
		memcpy(s->tds->host, host.ptr, host.len);
}

static void report_target(const struct scene *s)
{
	struct sighting_target target = {.service = "MSSQLSvc",
					 .host = span_make(s->tds->host, s->tds->host_len)};

	if (target.host.len)
		s->env->ops->target(s->env->ctx, &target);
}

static void client_token(const struct scene *s, struct span bytes)
{
	struct leg leg = leg_of(bytes);

	if (bytes.len == 0)
		return;
	/* SPNEGO may add a leg with nothing but its mechListMIC (RFC 4178 5) */
	s->tds->awaits =
		leg.ntlm_type == NTLM_AUTHENTICATE || (leg.ntlm_type == 0 && s->tds->awaits);
	report_token(s, bytes);
	report_target(s);
}

/* An OffsetLength pair; `unit` is what its length counts in. */
static struct span field(struct reader *r, size_t at, size_t unit)
{
	size_t off, n;

	reader_seek(r, at);
	off = reader_u16le(r);
	n = reader_u16le(r) * unit;
	return n ? reader_at(r, off, n, "field out of range") : (struct span){0};
}

/* cbSSPI says 65535 at most; then cbSSPILong tells, unless that is zero. */
static struct span sspi_field(struct reader *r)
{
	size_t off, n, first;
	uint32_t longer;

	reader_seek(r, 36);
	first = reader_u16le(r); /* ibHostName MUST be where the variable part begins */
	reader_seek(r, SSPI_FIELD);
	off = reader_u16le(r);
	n = reader_u16le(r);
	if (n == UINT16_MAX && first >= FIXED_WITH_LONG) {
		reader_seek(r, SSPI_LONG_FIELD);
		longer = reader_u32le(r);
		n = longer ? longer : n;
	}
	return n ? reader_at(r, off, n, "SSPI out of range") : (struct span){0};
}

/* [MS-TDS] 2.2.6.4 */
static void login7(const struct scene *s, struct span message)
{
	struct reader r = reader_of(message);
	size_t length = reader_u32le(&r);
	struct span sspi, server;

	if (length < message.len)
		r = reader_of(span_head(message, length));
	sspi = sspi_field(&r);
	server = field(&r, SERVER_FIELD, 2);
	if (!reader_ok(&r))
		carrier_malformed(s->env, "TDS LOGIN7", r.why, r.why_pos);
	take_server(s, server);
	client_token(s, sspi);
	if (sspi.len == 0)
		s->tds->done = true; /* a password of the server's own */
}

/* [MS-TDS] 2.2.6.8 */
static void sspi(const struct scene *s, struct span message)
{
	client_token(s, message);
}

static void on_sspi(const struct scene *s, struct span value)
{
	report_token(s, value);
}

static void on_login_ack(const struct scene *s, struct span value)
{
	(void)value;
	answer(s, NT_STATUS_OK);
}

/* 18456 and 18452 mostly, whose text keeps the reason from the client */
static void on_error(const struct scene *s, struct span value)
{
	(void)value;
	answer(s, NT_STATUS_LOGON_FAILURE);
}

/* [MS-TDS] 2.2.7: tokens of a login's response, all with a length of two bytes. */
static const struct {
	uint8_t token;
	void (*read)(const struct scene *s, struct span value);
} tokens[] = {
	{0xaa, on_error}, {0xab, NULL}, {0xad, on_login_ack}, {0xe3, NULL}, {0xed, on_sspi},
};

#define N_TOKENS (sizeof(tokens) / sizeof(tokens[0]))

/* Reads up to DONE, or whatever else does not belong to a login. */
static void response(const struct scene *s, struct span message)
{
	struct reader r = reader_of(message);

	if (tds_is_tls(message) || (message.len && message.ptr[0] == 0))
		return; /* to PRELOGIN, or TLS */
	while (reader_left(&r) && !s->tds->done) {
		uint8_t token = reader_u8(&r);
		struct span value;
		size_t n = 0;

		while (n < N_TOKENS && tokens[n].token != token)
			n++;
		if (n == N_TOKENS)
			break;
		value = reader_bytes(&r, reader_u16le(&r));
		if (reader_ok(&r) && tokens[n].read)
			tokens[n].read(s, value);
	}
	if (!reader_ok(&r))
		carrier_malformed(s->env, "TDS login response", r.why, r.why_pos);
}

/* [MS-TDS] 2.2.6.5: TLS' handshake goes through PRELOGIN packets. */
static void prelogin(const struct scene *s, struct span message)
{
	if (tds_is_tls(message))
		s->tds->tls = true;
}

static const struct {
	uint8_t type;
	void (*read)(const struct scene *s, struct span message);
} messages[] = {
	{TDS_RESPONSE, response},
	{TDS_LOGIN7, login7},
	{TDS_SSPI, sspi},
	{TDS_PRELOGIN, prelogin},
};

void tds_message(struct tds *tds, const struct carrier_env *env, enum stream_dir d, uint8_t type,
		 struct span message)
{
	struct scene s = {.tds = tds, .env = env, .dir = d};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == type)
			messages[i].read(&s, message);
}
