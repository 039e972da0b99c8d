#include "audit/sign.h"

#include "audit/level.h"
#include "audit/row.h"
#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>

#define WINDOW (300 * NSEC_PER_SEC)
#define COERCION_WINDOW (10 * NSEC_PER_SEC)
#define ACCOUNTS 16
#define SPRAY_ACCOUNTS 6
#define GUESSING_FAILURES 10

/* A server challenge, and the first two connections that it was seen on. */
struct relay_row {
	struct row row;
	size_t n;
	struct relay_side {
		uint64_t flow, record, frame;
		struct addr client, server;
	} side[2];
	const char *capture; /* not owned */
	bool told;
};

/* One source's failures of the last minutes. */
struct failure_row {
	struct row row;
	uint64_t successes, failures;
	size_t n;
	struct {
		uint64_t account; /* hash of domain and user */
		uint64_t failures, record;
	} account[ACCOUNTS];
	bool spray_told, guessing_told;
};

/* The last exchange of an account from a source. */
struct parallel_row {
	struct row row;
	int64_t began;
	bool told;
	struct addr server;
	uint64_t record;
};

/* The last time that a server was authenticated to by a client. */
struct incoming_row {
	struct row row;
	uint64_t record;
};

struct signs {
	sign_tell *tell;
	void *ctx;
	struct tally *tally;
	struct hash_key key;
	struct text sentence;
	struct relay_row relay[ROWS];
	struct failure_row failure[ROWS];
	struct parallel_row parallel[ROWS];
	struct incoming_row incoming[ROWS];
};

int signs_new(sign_tell *tell, void *ctx, struct tally *tally, struct signs **ret_signs)
{
	struct signs *s = mem_zalloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->tell = tell;
	s->ctx = ctx;
	s->tally = tally;
	s->key = hash_key_random();
	text_init(&s->sentence, 4096);
	*ret_signs = s;
	return 0;
}

static uint64_t hash_addr(const struct signs *s, const struct addr *a)
{
	return hash_bytes(&s->key, span_make(a, sizeof(*a)));
}

/* Domain and user, by ASCII case. */
static uint64_t hash_account(const struct signs *s, const struct exchange *x)
{
	char name[512];
	int n = snprintf(name, sizeof(name), "%s\\%s", x->domain ? x->domain : "",
			 x->user ? x->user : "");
	size_t len = n < (int)sizeof(name) ? (size_t)n : sizeof(name) - 1;

	for (size_t i = 0; i < len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] + 'a' - 'A');
	return hash_bytes(&s->key, span_make(name, len));
}

static void put_who(struct text *out, const struct exchange *x)
{
	text_printf(out, "%s\\%s", x->domain ? x->domain : "", x->user ? x->user : "");
}

/* Fills in what all findings have, tells it, and empties the sentence. `a` is the source, `b` the target. */
static void tell(struct signs *s, struct finding *f, const struct addr *a, const struct addr *b)
{
	struct text source, target;

	text_init(&source, 64);
	text_init(&target, 64);
	addr_format(&source, a);
	if (b)
		addr_format(&target, b);
	f->sentence = s->sentence.ptr;
	f->source_ip = source.ptr;
	f->target_ip = target.ptr;
	if (s->tell && s->sentence.len && !s->sentence.failed && source.len) {
		tally_one(s->tally, TALLY_FINDINGS);
		s->tell(s->ctx, f);
	}
	text_reset(&s->sentence);
	text_finish(&source);
	text_finish(&target);
}

static struct finding finding_of(enum finding_id id, const struct exchange *x, uint64_t record)
{
	return (struct finding){
		.id = id,
		.time = x->time,
		.user = x->user,
		.domain = x->domain,
		.records = {record},
		.n_records = 1,
		.capture = x->source,
		.frame = x->frame[PART_AUTHENTICATE],
	};
}

/* -- relay: one challenge on two connections, of which one's server is the other's client -- */

/* Which side is the relay's own authentication; -1 where no address stands between. */
static int relayed_side(const struct relay_row *r)
{
	if (r->n < 2)
		return -1;
	for (int i = 0; i < 2; i++)
		if (addr_equal(&r->side[i].client, &r->side[1 - i].server) &&
		    !addr_equal(&r->side[i].client, &r->side[i].server))
			return i;
	return -1;
}

static void tell_relay(void *ctx, void *row)
{
	struct signs *s = ctx;
	struct relay_row *r = row;
	int to_target = relayed_side(r);
	const struct relay_side *out, *in;
	struct finding f = {.id = FINDING_RELAY, .time = r->row.time, .count = 2};

	if (to_target < 0 || r->told)
		return;
	r->told = true;
	out = &r->side[to_target];
	in = &r->side[1 - to_target];
	addr_format(&s->sentence, &out->client);
	text_puts(&s->sentence, " passed the challenge of ");
	addr_format(&s->sentence, &out->server);
	text_puts(&s->sentence, " on to ");
	addr_format(&s->sentence, &in->client);
	text_puts(&s->sentence, ": the same server challenge on two connections");
	for (int i = 0; i < 2; i++)
		for (uint64_t k = 0; r->side[i].record && k < 2; k++)
			f.records[f.n_records++] = r->side[i].record + k;
	f.capture = r->capture;
	f.frame = r->side[1].frame;
	tell(s, &f, &out->client, &out->server);
}

static struct row_table relay_table(struct signs *s)
{
	return (struct row_table){s->relay, sizeof(s->relay[0]), WINDOW, s->tally, tell_relay, s};
}

void signs_challenge(struct signs *s, const struct exchange *x, const struct endpoint *client,
		     const struct endpoint *server, int64_t now)
{
	struct row_table t = relay_table(s);
	struct relay_row *r = row_take(&t, x->challenge_mark, now);

	if (r->n == 2 || (r->n == 1 && r->side[0].flow == x->flow))
		return;
	r->capture = x->source;
	r->side[r->n++] = (struct relay_side){.flow = x->flow,
					      .frame = x->frame[PART_CHALLENGE],
					      .client = client->addr,
					      .server = server->addr};
}

static void check_relay(struct signs *s, const struct exchange *x, uint64_t record)
{
	struct row_table t = relay_table(s);
	struct relay_row *r;

	if (!x->frame[PART_CHALLENGE])
		return;
	r = row_find(&t, x->challenge_mark);
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		if (r->side[i].flow == x->flow)
			r->side[i].record = record;
	if (r->n == 2 && r->side[0].record && r->side[1].record)
		tell_relay(s, r);
}

void signs_free(struct signs *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < ROWS; i++)
		tell_relay(s, &s->relay[i]);
	text_finish(&s->sentence);
	mem_free(s);
}

/* -- failures: many accounts from one source, or one account often -- */

static bool is_failure(const struct exchange *x)
{
	static const uint32_t failures[] = {0xc000006d, 0xc000006a, 0xc0000064};

	for (size_t i = 0; x->has_status && i < sizeof(failures) / sizeof(failures[0]); i++)
		if (x->status == failures[i])
			return true;
	return false;
}

static void tell_failures(struct signs *s, struct failure_row *r, const struct exchange *x,
			  struct finding *f, const char *what)
{
	f->count = r->n;
	addr_format(&s->sentence, &x->client.addr);
	text_printf(&s->sentence, " failed %s within %lld s", what,
		    (long long)((x->time - r->row.time) / NSEC_PER_SEC + 1));
	tell(s, f, &x->client.addr, NULL);
}

static void check_spray(struct signs *s, struct failure_row *r, const struct exchange *x)
{
	struct finding f = finding_of(FINDING_SPRAY, x, 0);
	char what[64];

	if (r->spray_told || r->n < SPRAY_ACCOUNTS || r->failures <= 2 * r->successes)
		return;
	r->spray_told = true;
	f.user = f.domain = NULL;
	f.n_records = 0;
	for (size_t i = 0; i < r->n && f.n_records < FINDING_RECORDS_MAX; i++)
		f.records[f.n_records++] = r->account[i].record;
	snprintf(what, sizeof(what), "%zu accounts", r->n);
	tell_failures(s, r, x, &f, what);
}

static void check_failures(struct signs *s, const struct exchange *x, uint64_t record)
{
	struct row_table t = {s->failure, sizeof(s->failure[0]), WINDOW, s->tally, NULL, NULL};
	struct failure_row *r;
	uint64_t account = hash_account(s, x);
	size_t i = 0;

	if (!x->user || !*x->user || !x->has_status)
		return;
	r = row_take(&t, hash_addr(s, &x->client.addr), x->time);
	if (!is_failure(x)) {
		r->successes += x->status == NT_STATUS_OK;
		return;
	}
	r->failures++;
	while (i < r->n && r->account[i].account != account)
		i++;
	if (i == ACCOUNTS) /* the rule has long been met */
		return;
	if (i == r->n)
		r->n++;
	r->account[i].account = account;
	r->account[i].record = record + 1;
	if (++r->account[i].failures >= GUESSING_FAILURES && !r->guessing_told) {
		struct finding f = finding_of(FINDING_GUESSING, x, record + 1);
		char what[64];

		r->guessing_told = true;
		snprintf(what, sizeof(what), "one account %llu times",
			 (unsigned long long)r->account[i].failures);
		tell_failures(s, r, x, &f, what);
	}
	check_spray(s, r, x);
}

/* -- the same account from the same address, in the middle of authenticating to two servers -- */

static void tell_parallel(struct signs *s, const struct parallel_row *r, const struct exchange *x,
			  uint64_t record)
{
	struct finding f = finding_of(FINDING_TWO_SERVERS, x, r->record);

	f.records[f.n_records++] = record;
	f.count = 2;
	put_who(&s->sentence, x);
	text_puts(&s->sentence, " authenticated from ");
	addr_format(&s->sentence, &x->client.addr);
	text_puts(&s->sentence, " to two servers at the same moment: ");
	addr_format(&s->sentence, &r->server);
	text_puts(&s->sentence, " and ");
	addr_format(&s->sentence, &x->server.addr);
	tell(s, &f, &x->client.addr, &x->server.addr);
}

static void check_parallel(struct signs *s, const struct exchange *x, uint64_t record)
{
	struct row_table t = {s->parallel, sizeof(s->parallel[0]), WINDOW, s->tally, NULL, NULL};
	uint64_t who = hash_account(s, x) ^ hash_addr(s, &x->client.addr);
	struct parallel_row *r;

	if (!x->user || !*x->user || !x->frame[PART_NEGOTIATE])
		return;
	r = row_take(&t, who, x->time);
	if (r->record && !r->told && r->began < x->time && x->began < r->row.time &&
	    !addr_equal(&r->server, &x->server.addr)) {
		r->told = true;
		tell_parallel(s, r, x, record);
	}
	r->row.time = x->time;
	r->began = x->began;
	r->server = x->server.addr;
	r->record = record;
}

/* -- coercion: authenticated to, and soon after the machine itself authenticates back -- */

static uint64_t hash_pair(const struct signs *s, const struct addr *client,
			  const struct addr *server)
{
	const struct addr pair[] = {*client, *server};

	return hash_bytes(&s->key, span_make(pair, sizeof(pair)));
}

static void tell_coercion(struct signs *s, const struct incoming_row *r, const struct exchange *x,
			  uint64_t record)
{
	struct finding f = finding_of(FINDING_COERCED, x, r->record + 1);

	f.records[f.n_records++] = record;
	f.count = 1;
	put_who(&s->sentence, x);
	text_puts(&s->sentence, " at ");
	addr_format(&s->sentence, &x->client.addr);
	text_puts(&s->sentence, " authenticated to ");
	addr_format(&s->sentence, &x->server.addr);
	text_printf(&s->sentence, ", which had authenticated to it %.3g s before",
		    (double)(x->began - r->row.time) / 1e9);
	tell(s, &f, &x->server.addr, &x->client.addr);
}

static void check_coercion(struct signs *s, const struct exchange *x, uint64_t record)
{
	struct row_table t = {s->incoming, sizeof(s->incoming[0]), COERCION_WINDOW, s->tally, NULL,
			      NULL};
	const struct addr *client = &x->client.addr, *server = &x->server.addr;
	size_t len = x->user ? strlen(x->user) : 0;
	struct incoming_row *r;

	if (addr_equal(client, server))
		return;
	r = row_find(&t, hash_pair(s, server, client));
	if (r && len && x->user[len - 1] == '$' && x->began >= r->row.time &&
	    x->began - r->row.time <= COERCION_WINDOW)
		tell_coercion(s, r, x, record);
	r = row_take(&t, hash_pair(s, client, server), x->time);
	r->row.time = x->time;
	r->record = record;
}

/* -- what is missing from one exchange's own messages -- */

/* Flags that both sides had named and that the AUTHENTICATE then lacks. */
static uint32_t lost_flags(const struct exchange *x)
{
	if (!x->frame[PART_NEGOTIATE] || !x->frame[PART_CHALLENGE] ||
	    x->response == RESPONSE_NULL_SESSION)
		return 0;
	return x->offered & x->granted & ~x->flags;
}

static bool is_downgraded(const struct exchange *x)
{
	return (lost_flags(x) &
		(NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128)) != 0;
}

static bool is_mic_stripped(const struct exchange *x)
{
	return (x->av_flags & AV_FLAG_MIC) && x->mic != NTLM_MIC_PRESENT;
}

static bool is_signing_stripped(const struct exchange *x)
{
	return (lost_flags(x) & NTLMSSP_NEGOTIATE_SIGN) != 0;
}

static const struct {
	enum finding_id id;
	bool (*holds)(const struct exchange *x);
	const char *sentence; /* after who, from where, to where */
} own_signs[] = {
	{FINDING_DOWNGRADE, is_downgraded,
	 "security features that both sides had offered are missing from the AUTHENTICATE"},
	{FINDING_MIC_STRIPPED, is_mic_stripped,
	 "the response announces a MIC, and the AUTHENTICATE has none"},
	{FINDING_SIGNING_STRIPPED, is_signing_stripped,
	 "both sides had offered signing, and the AUTHENTICATE does without"},
};

static void check_own(struct signs *s, const struct exchange *x, uint64_t record)
{
	for (size_t i = 0; i < sizeof(own_signs) / sizeof(own_signs[0]); i++) {
		struct finding f = finding_of(own_signs[i].id, x, record);

		if (!own_signs[i].holds(x))
			continue;
		f.records[f.n_records++] = record + 1;
		f.count = 1;
		put_who(&s->sentence, x);
		text_puts(&s->sentence, " from ");
		addr_format(&s->sentence, &x->client.addr);
		text_puts(&s->sentence, " to ");
		addr_format(&s->sentence, &x->server.addr);
		text_printf(&s->sentence, ": %s", own_signs[i].sentence);
		tell(s, &f, &x->client.addr, &x->server.addr);
	}
}

void signs_exchange(struct signs *s, const struct exchange *x, uint64_t record)
{
	check_relay(s, x, record);
	check_failures(s, x, record);
	check_parallel(s, x, record);
	check_coercion(s, x, record);
	check_own(s, x, record);
}
