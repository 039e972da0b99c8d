/*
 * Telnet (RFC 854) with NTLM in its authentication option (RFC 2941, [MS-TNAP]). Everything but that option is passed
 * over in search of the next IAC. Invariant: an answer is reported once, and only for an AUTHENTICATE.
 */
#include "base/reader.h"
#include "carrier/carrier.h"
#include "carrier/leg.h"
#include "ntlm/ntlmssp.h"

#include <errno.h>

#define IAC 255
#define SE 240
#define SB 250
#define WILL 251 /* and WONT, DO, DONT after it */
#define OPTION_LAST 49
#define OPTION_AUTHENTICATION 37
#define SUBOPTION_MAX ((size_t)64 * 1024)
#define SB_HEAD 3 /* IAC SB option */

/* RFC 2941 2, 3 */
#define AUTH_IS 0
#define AUTH_REPLY 2
#define AUTH_TYPE_NTLM 15

/* [MS-TNAP] 2.2.2 */
enum ntlm_command { NTLM_COMMAND_NEGOTIATE, NTLM_COMMAND_CHALLENGE, NTLM_COMMAND_AUTHENTICATE };
#define NTLM_COMMAND_ACCEPT 3
#define NTLM_COMMAND_REJECT 4

struct telnet {
	size_t scanned[STREAM_DIR__COUNT]; /* bytes of a suboption that hold no end of it */
	bool awaits;			   /* the client's last was an AUTHENTICATE */
	enum stream_dir client;		   /* who sent it */
	bool done;			   /* accepted: nobody authenticates twice */
};

struct walk {
	struct telnet *telnet;
	const struct carrier_env *env;
	enum stream_dir dir;
	struct span rest;
	size_t used;
};

static bool is_negotiation(struct span head)
{
	uint8_t next = head.len > 3 ? head.ptr[3] : IAC;

	return head.ptr[1] >= WILL && head.ptr[1] < IAC && head.ptr[2] <= OPTION_LAST &&
	       (next == IAC || next == '\r' || next == '\n' || next == 27 ||
		(next >= ' ' && next < 127));
}

static enum carrier_match probe(struct span head, size_t *ret_want)
{
	if (head.len == 0 || head.ptr[0] != IAC ||
	    (head.len > 1 && (head.ptr[1] < SB || head.ptr[1] == IAC)))
		return CARRIER_NO;
	if (head.len < SB_HEAD) {
		*ret_want = SB_HEAD;
		return CARRIER_MORE;
	}
	if (head.ptr[1] == SB)
		return head.ptr[2] == OPTION_AUTHENTICATION ? CARRIER_YES : CARRIER_NO;
	return is_negotiation(head) ? CARRIER_YES : CARRIER_NO;
}

static void malformed(struct walk *w, const char *why, size_t pos)
{
	tally_one(w->env->tally, TALLY_CARRIER_MALFORMED);
	w->env->ops->malformed(w->env->ctx, "Telnet AUTHENTICATION", why, pos);
}

static void report_token(struct walk *w, struct span bytes, bool from_client)
{
	struct sighting_token token = {.dir = w->dir, .bytes = bytes, .direct = true};

	if (from_client) {
		w->telnet->awaits = leg_of(bytes).ntlm_type == NTLM_AUTHENTICATE;
		w->telnet->client = w->dir;
	}
	w->env->ops->token(w->env->ctx, &token);
}

static void report_answer(struct walk *w, bool accepted)
{
	struct sighting_answer answer = {
		.dir = w->dir,
		.status = accepted ? NT_STATUS_OK : NT_STATUS_LOGON_FAILURE,
	};

	if (!w->telnet->awaits || w->telnet->client == w->dir)
		return;
	w->telnet->awaits = false;
	w->telnet->done = accepted;
	w->env->ops->answer(w->env->ctx, &answer);
}

/* [MS-TNAP] 2.2.2: type, modifier, command; NTLM_DataSize and NTLM_BufferType, little-endian; data. */
static void read_suboption(struct walk *w, struct span bytes)
{
	struct reader r = reader_of(bytes);
	uint8_t said = reader_u8(&r), type = reader_u8(&r), command;
	struct span data;

	reader_skip(&r, 1);
	command = reader_u8(&r);
	if (!reader_ok(&r) || (said != AUTH_IS && said != AUTH_REPLY) || type != AUTH_TYPE_NTLM)
		return;
	if (command > NTLM_COMMAND_AUTHENTICATE) {
		if (said == AUTH_REPLY && command <= NTLM_COMMAND_REJECT)
			report_answer(w, command == NTLM_COMMAND_ACCEPT);
		return;
	}
	data = span_make(NULL, reader_u32le(&r));
	reader_skip(&r, 4);
	data = reader_bytes(&r, data.len);
	if (!reader_ok(&r))
		malformed(w, r.why, r.why_pos);
	else if (data.len)
		report_token(w, data, said == AUTH_IS);
}

/* RFC 855: a byte of 255 in a suboption is doubled. */
static void unescape(struct walk *w, struct span bytes)
{
	static _Thread_local uint8_t scratch[SUBOPTION_MAX];
	size_t n = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.ptr[i] == IAC)
			i++;
		if (i < bytes.len)
			scratch[n++] = bytes.ptr[i];
	}
	read_suboption(w, span_make(scratch, n));
	explicit_bzero(scratch, n);
}

/* Where the suboption's IAC SE stands; 0 where it has not come. */
static size_t suboption_end(struct walk *w)
{
	size_t *scanned = &w->telnet->scanned[w->dir];
	size_t i = *scanned < SB_HEAD ? SB_HEAD : *scanned;

	while (i + 1 < w->rest.len) {
		const uint8_t *iac = memchr(w->rest.ptr + i, IAC, w->rest.len - i - 1);

		if (!iac) {
			i = w->rest.len - 1;
			break;
		}
		i = (size_t)(iac - w->rest.ptr);
		if (iac[1] == SE)
			return i;
		i += 2;
	}
	*scanned = i;
	return 0;
}

static int step_authentication(struct walk *w)
{
	size_t end = suboption_end(w);

	if (end == 0 && w->rest.len <= SUBOPTION_MAX)
		return -EAGAIN;
	w->telnet->scanned[w->dir] = 0;
	if (end == 0 || end > SUBOPTION_MAX) {
		tally_one(w->env->tally, TALLY_TOKEN_TOO_LONG);
		malformed(w, "suboption too long", w->rest.len);
		w->used = SB_HEAD;
		return 0;
	}
	w->used = end + 2;
	unescape(w, span_make(w->rest.ptr + SB_HEAD, end - SB_HEAD));
	return 0;
}

static int step(struct walk *w)
{
	const uint8_t *iac = memchr(w->rest.ptr, IAC, w->rest.len);

	if (iac != w->rest.ptr) {
		w->used = iac ? (size_t)(iac - w->rest.ptr) : w->rest.len;
		return 0;
	}
	if (w->rest.len < 2 ||
	    (w->rest.ptr[1] >= SB && w->rest.ptr[1] < IAC && w->rest.len < SB_HEAD))
		return -EAGAIN;
	if (w->rest.ptr[1] == SB && w->rest.ptr[2] == OPTION_AUTHENTICATION)
		return step_authentication(w);
	w->used = w->rest.ptr[1] >= SB && w->rest.ptr[1] < IAC ? SB_HEAD : 2;
	return 0;
}

static int data(void *state, const struct carrier_env *env, enum stream_dir d, struct span view,
		struct appetite *ret_appetite)
{
	struct telnet *telnet = state;
	struct walk w = {.telnet = telnet, .env = env, .dir = d};
	size_t pos = 0;

	while (pos < view.len && !telnet->done) {
		w.rest = span_from(view, pos);
		w.used = 0;
		if (step(&w) == -EAGAIN) {
			*ret_appetite = (struct appetite){.skip = pos, .want = w.rest.len + 1};
			return 0;
		}
		pos += w.used;
	}
	*ret_appetite = (struct appetite){.skip = pos, .want = 1, .never = telnet->done};
	return 0;
}

static void gap(void *state, const struct carrier_env *env, enum stream_dir d)
{
	struct telnet *telnet = state;

	(void)env;
	telnet->scanned[d] = 0;
}

const struct carrier carrier_telnet = {
	.name = "TELNET",
	.state_size = sizeof(struct telnet),
	.ports = {23},
	.probe = probe,
	.data = data,
	.gap = gap,
};
