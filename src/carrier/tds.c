/*
 * The carrier TDS: SQL Server's protocol ([MS-TDS]). This file puts messages together from packets and follows
 * how far the login is encrypted. Invariant: only a login's messages are ever waited for; with its end, or
 * with the first sign that all of it is encrypted, interest ends in both directions.
 */
#include "carrier/tds.h"

#include "base/mem.h"

#include <errno.h>

#define TLS_HEADER 5
#define TLS_RECORDS_MAX 16 /* of a client's alone: more than a LOGIN7 can take */

/* How far one step at the start of the view has come. */
struct step {
	size_t size; /* bytes done with; 0: `want` must be there first */
	size_t want;
};

enum fate { FATE_UNKNOWN, FATE_PASS, FATE_END, FATE_READ };

/* What a packet's type means to us. Requests other than a login's come only after it. */
static const uint8_t fates[] = {
	[TDS_SQL_BATCH] = FATE_END,   [TDS_RPC] = FATE_END,	  [TDS_RESPONSE] = FATE_READ,
	[TDS_ATTENTION] = FATE_PASS,  [TDS_BULK_LOAD] = FATE_END, [TDS_FED_AUTH] = FATE_END,
	[TDS_TRANSACTION] = FATE_END, [TDS_LOGIN7] = FATE_READ,	  [TDS_SSPI] = FATE_READ,
	[TDS_PRELOGIN] = FATE_READ,
};

static void report_encrypted(struct tds *tds, const struct carrier_env *env)
{
	struct sighting_encrypted encrypted = {.protocol = "TDS"};

	tds->done = true;
	if (env->ops->encrypted)
		env->ops->encrypted(env->ctx, &encrypted);
}

/*
 * [MS-TDS] 2.2.6.5: after the handshake either everything is in TLS records, or, with ENCRYPT_OFF on both
 * sides, the LOGIN7 alone. The server's next byte tells; of a client alone its number of records does.
 */
static int tls_record(struct tds *tds, const struct carrier_env *env, struct span view,
		      struct step *ret)
{
	struct reader r = reader_of(view);

	reader_skip(&r, 3);
	ret->size = TLS_HEADER + (size_t)reader_u16be(&r);
	if (!reader_ok(&r))
		*ret = (struct step){.want = TLS_HEADER};
	else if (++tds->tls_records > TLS_RECORDS_MAX)
		report_encrypted(tds, env);
	return 0;
}

/* Only servers send responses; PRELOGIN is what a client begins with. */
static void learn_client(struct tds *tds, enum stream_dir d, uint8_t type)
{
	if (tds->client_known)
		return;
	tds->client_known = true;
	tds->client = type == TDS_RESPONSE ? stream_other(d) : d;
}

/* Copies what the packets carry into one piece. */
static void read_message(struct tds *tds, const struct carrier_env *env, enum stream_dir d,
			 struct span packets)
{
	struct reader r = reader_of(packets);
	uint8_t *flat = mem_alloc(packets.len);
	size_t n = 0;

	if (!flat) {
		tally_one(env->tally, TALLY_NO_MEMORY);
		return;
	}
	while (reader_left(&r)) {
		struct tds_header h = tds_header_read(&r);
		struct span part = reader_bytes(&r, (size_t)h.length - TDS_HEADER);

		if (part.len)
			memcpy(flat + n, part.ptr, part.len);
		n += part.len;
	}
	tds_message(tds, env, d, packets.ptr[0], span_make(flat, n));
	mem_free_secret(flat, packets.len);
}

static int too_long(struct tds *tds, const struct carrier_env *env)
{
	tally_one(env->tally, TALLY_TOKEN_TOO_LONG);
	tds->done = true;
	return 0;
}

/* A message at the view's start: looks at each packet's header once, however often it is called. */
static int message(struct tds *tds, const struct carrier_env *env, enum stream_dir d,
		   struct span view, struct step *ret)
{
	size_t *walked = &tds->walked[d];
	struct tds_header h;

	do {
		struct reader r = reader_of(span_from(view, *walked));

		ret->want = *walked + TDS_HEADER;
		h = tds_header_read(&r);
		if (!reader_ok(&r))
			return 0;
		if (h.type != view.ptr[0] || h.length < TDS_HEADER || h.window != 0)
			return -EBADMSG;
		ret->want = *walked + h.length;
		if (ret->want > STREAM_WANT_MAX)
			return too_long(tds, env);
		if (ret->want > view.len)
			return 0;
		*walked = ret->want;
	} while (!(h.status & TDS_END_OF_MESSAGE));
	*ret = (struct step){.size = *walked};
	*walked = 0;
	learn_client(tds, d, h.type);
	if (ret->size == h.length)
		tds_message(tds, env, d, h.type, span_from(span_head(view, ret->size), TDS_HEADER));
	else
		read_message(tds, env, d, span_head(view, ret->size));
	return 0;
}

static int pass_packet(struct span view, struct step *ret)
{
	struct reader r = reader_of(view);
	struct tds_header h = tds_header_read(&r);

	if (!reader_ok(&r))
		ret->want = TDS_HEADER;
	else if (h.length < TDS_HEADER)
		return -EBADMSG;
	else
		ret->size = h.length;
	return 0;
}

static int step(struct tds *tds, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct step *ret)
{
	enum fate fate;

	*ret = (struct step){.want = tds->tls ? 2 : 1};
	if (view.len < ret->want)
		return 0;
	if (tds->tls && tds_is_tls(view)) {
		if (d == tds->client)
			return tls_record(tds, env, view, ret);
		report_encrypted(tds, env);
		return 0;
	}
	fate = view.ptr[0] < sizeof(fates) ? (enum fate)fates[view.ptr[0]] : FATE_UNKNOWN;
	switch (fate) {
	case FATE_READ:
		return message(tds, env, d, view, ret);
	case FATE_PASS:
		return pass_packet(view, ret);
	case FATE_END:
		tds->done = true;
		return 0;
	case FATE_UNKNOWN:
		break;
	}
	return -EBADMSG;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	struct tds *tds = state;
	struct step one = {0};
	size_t at = 0;

	do {
		int rc = tds->done ? 0 : step(tds, env, d, span_from(view, at), &one);

		if (rc != 0)
			return rc;
		if (tds->done) {
			*ret_appetite = (struct appetite){.never = true};
			return 0;
		}
		at += one.size;
	} while (one.size != 0 && at < view.len);
	*ret_appetite = (struct appetite){.skip = at, .want = one.want};
	return 0;
}

static void gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct tds *tds = state;

	(void)env;
	tds->walked[d] = 0;
}

const struct carrier carrier_tds = {
	.name = "TDS",
	.state_size = sizeof(struct tds),
	.ports = {1433, 1434},
	.probe = tds_probe,
	.data = data,
	.gap = gap,
};
