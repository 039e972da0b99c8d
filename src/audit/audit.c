#include "audit/audit.h"

#include "audit/activity.h"
#include "audit/emit.h"
#include "audit/logon.h"
#include "audit/message.h"
#include "audit/name.h"
#include "audit/sign.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ntlm/token.h"

#include <errno.h>

struct audit {
	struct activity_key key;
	struct emitter emitter;
	struct tally *tally;
	struct exchange_table table;
	struct signs *signs;
	int64_t next_sweep; /* no exchange can be overdue before this time */
	bool live;
};

/* How long an exchange may stay in a state without news, and how often that is looked at. */
static const int64_t patience[EXCHANGE_STATE__COUNT] = {
	[EXCHANGE_OPEN] = 60 * NSEC_PER_SEC,
	[EXCHANGE_SENT] = 300 * NSEC_PER_SEC, /* a DC in another forest may time out first */
	[EXCHANGE_ANSWERED] = 5 * NSEC_PER_SEC,
	[EXCHANGE_DONE] = 60 * NSEC_PER_SEC,
};
#define LIVE_PATIENCE (NSEC_PER_SEC / 2) /* of EXCHANGE_ANSWERED */
/* For how long after its last sighting a logon waits for another. */
#define JOIN_PATIENCE (10 * NSEC_PER_SEC)
/* Longer than LIVE_PATIENCE: a log says at once what an exchange has waited for. */
#define LIVE_JOIN_PATIENCE NSEC_PER_SEC
#define SWEEP_NSEC NSEC_PER_SEC
#define LIVE_SWEEP_NSEC (NSEC_PER_SEC / 10)

static void on_sign(void *ctx, const struct finding *f)
{
	hold_finding(&((struct audit *)ctx)->emitter.hold, f);
}

int audit_new(const uint8_t key[AUDIT_KEY_SIZE], struct why *why, const struct audit_ops *ops,
	      void *ctx, struct tally *tally, struct audit **ret_audit)
{
	struct audit *a = mem_zalloc(1, sizeof(*a));
	int rc;

	if (!a)
		return -ENOMEM;
	rc = signs_new(on_sign, a, tally, &a->signs);
	if (rc < 0) {
		mem_free(a);
		return rc;
	}
	activity_key_set(&a->key, key);
	a->tally = tally;
	a->live = ops->live;
	a->table.hash = hash_key_random();
	a->next_sweep = INT64_MIN;
	emitter_init(&a->emitter, why, ops, ctx, tally);
	*ret_audit = a;
	return 0;
}

void audit_set_cloud_suffixes(struct audit *a, const char *const suffixes[], size_t n)
{
	a->emitter.settings = (struct reason_settings){suffixes, n};
}

void audit_free(struct audit *a)
{
	if (!a)
		return;
	audit_flush(a);
	for (int s = 0; s < EXCHANGE_STATE__COUNT; s++)
		while (a->table.list[s].oldest)
			exchange_free(&a->table, a->table.list[s].oldest);
	signs_free(a->signs);
	join_free(a->emitter.join);
	emitter_finish(&a->emitter);
	mem_free_secret(a, sizeof(*a));
}

static void on_joined(void *ctx, const struct event *e)
{
	emit_out(ctx, e);
}

int audit_join(struct audit *a)
{
	static const struct join_ops ops = {.event = on_joined};

	return a->emitter.join ? 0
			       : join_new(a->live ? LIVE_JOIN_PATIENCE : JOIN_PATIENCE, &ops,
					  &a->emitter, a->tally, &a->emitter.join);
}

int64_t audit_oldest(const struct audit *a)
{
	return a->emitter.join ? join_oldest(a->emitter.join) : INT64_MAX;
}

void audit_netlogon(struct audit *a, const struct netlogon_logon *l)
{
	logon_netlogon(&a->emitter, &a->key, l);
}

void audit_samba(struct audit *a, const struct audit_log *log, const struct samba_line *line)
{
	logon_samba(&a->emitter, &a->key, log, line);
}

/* No more of this exchange will come: its events, if it has any. It stays as DONE or is gone. */
static void conclude(struct audit *a, struct exchange *x)
{
	if (x->state == EXCHANGE_DONE)
		return;
	if (x->state == EXCHANGE_OPEN) {
		if (x->ntlm)
			tally_one(a->tally, TALLY_EXCHANGE_UNFINISHED);
		exchange_free(&a->table, x);
		return;
	}
	emit_exchange(&a->emitter, x);
	signs_exchange(a->signs, x, a->emitter.records - 1);
	a->table.name_bytes -= x->arena.used;
	exchange_forget_names(x);
	exchange_move(&a->table, x, EXCHANGE_DONE, x->touched);
}

static bool over_limit(const struct exchange_table *t)
{
	return t->n >= EXCHANGES_MAX || t->name_bytes > EXCHANGE_NAME_BYTES_MAX;
}

/* Concludes and forgets it. */
static void end_exchange(struct audit *a, struct exchange *x)
{
	bool gone = x->state == EXCHANGE_OPEN; /* conclude frees those itself */

	conclude(a, x);
	if (!gone)
		exchange_free(&a->table, x);
}

/* Makes room below both limits: what is done first, then what has waited longest. */
static void keep_limits(struct audit *a)
{
	static const enum exchange_state order[] = {EXCHANGE_DONE, EXCHANGE_OPEN, EXCHANGE_ANSWERED,
						    EXCHANGE_SENT};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		while (a->table.list[order[i]].oldest && over_limit(&a->table)) {
			if (order[i] != EXCHANGE_DONE && a->table.list[order[i]].oldest->ntlm)
				tally_one(a->tally, TALLY_EXCHANGE_EVICTED);
			end_exchange(a, a->table.list[order[i]].oldest);
		}
	}
}

/* The exchange that a first message belongs to: a new one, whatever was there before. */
static struct exchange *begin_exchange(struct audit *a, const struct audit_place *where,
				       uint64_t key)
{
	struct exchange *x = exchange_find(&a->table, where->flow, key);

	if (x)
		end_exchange(a, x);
	keep_limits(a);
	x = exchange_new(&a->table, where->flow, key);
	if (!x)
		tally_one(a->tally, TALLY_NO_MEMORY);
	return x;
}

/* The exchange that is under way, else a new one. NULL without memory. */
static struct exchange *open_exchange(struct audit *a, const struct audit_place *where,
				      uint64_t key)
{
	struct exchange *x = exchange_find(&a->table, where->flow, key);

	return x && x->state == EXCHANGE_OPEN ? x : begin_exchange(a, where, key);
}

/* What every NTLM message does to its exchange. */
static void note_message(struct audit *a, struct exchange *x, const struct audit_place *where,
			 enum exchange_part part)
{
	if (!x->ntlm) {
		tally_one(a->tally, TALLY_EXCHANGES);
		x->began = where->packet->time;
	}
	x->ntlm = true;
	x->source = where->packet->source;
	x->carrier = where->carrier;
	x->frame[part] = where->packet->number;
}

static void report_malformed(struct audit *a, const char *what, const struct reader *r)
{
	tally_one(a->tally, TALLY_TOKEN_MALFORMED);
	a->emitter.ops->malformed(a->emitter.ctx, what, r->why, r->why_pos);
}

/* A decoded NTLM message on its way into its exchange. */
struct arrival {
	const struct audit_place *where;
	const struct sighting_token *token;
	const struct ntlm_message *message;
	struct span bytes; /* the message */
};

static void take_negotiate(struct audit *a, const struct arrival *in)
{
	struct exchange *x = exchange_find(&a->table, in->where->flow, in->token->key);

	/* an offer of mechanisms may have opened it */
	if (!x || x->state != EXCHANGE_OPEN || x->ntlm) {
		uint32_t mechs = x && x->state == EXCHANGE_OPEN ? x->mechs : 0;

		x = begin_exchange(a, in->where, in->token->key);
		if (!x)
			return;
		x->mechs = mechs;
	}
	x->direct |= in->token->direct;
	x->offered = in->message->flags;
	note_message(a, x, in->where, PART_NEGOTIATE);
	exchange_move(&a->table, x, EXCHANGE_OPEN, in->where->packet->time);
}

static void take_challenge(struct audit *a, const struct arrival *in)
{
	struct exchange *x = open_exchange(a, in->where, in->token->key);
	struct reader inner;

	if (!x)
		return;
	a->table.name_bytes -= x->arena.used;
	arena_reset(&x->arena); /* an earlier CHALLENGE's names are all that it can hold */
	x->challenge_names = (struct target_names){0};
	x->service_host = NULL;
	message_challenge(x, a->tally, in->message, &inner);
	a->table.name_bytes += x->arena.used;
	if (!reader_ok(&inner))
		report_malformed(a, "NTLMSSP CHALLENGE: TargetInfo", &inner);
	activity_make(&a->key, "challenge", in->message->challenge.server_challenge, x->activity);
	x->has_activity = true;
	memcpy(x->server_challenge, in->message->challenge.server_challenge.ptr,
	       sizeof(x->server_challenge));
	x->granted = in->message->flags;
	x->challenge_mark = hash_bytes(&a->table.hash, in->message->challenge.server_challenge);
	note_message(a, x, in->where, PART_CHALLENGE);
	signs_challenge(a->signs, x, &in->where->end[stream_other(in->token->dir)],
			&in->where->end[in->token->dir], in->where->packet->time);
	exchange_move(&a->table, x, EXCHANGE_OPEN, in->where->packet->time);
}

/* Whose, when, from where to where: what is alike for NTLMSSP and for classic session setups. */
static void note_response(struct audit *a, struct exchange *x, const struct audit_place *where,
			  enum stream_dir d)
{
	x->client = where->end[d];
	x->server = where->end[stream_other(d)];
	x->time = where->packet->time;
	note_message(a, x, where, PART_AUTHENTICATE);
	exchange_move(&a->table, x, EXCHANGE_SENT, where->packet->time);
}

static bool is_second_copy(struct audit *a, const struct audit_place *where, uint64_t key,
			   uint64_t mark)
{
	const struct exchange *x = exchange_find(&a->table, where->flow, key);

	if (!x || x->state == EXCHANGE_OPEN || x->authenticate_mark != mark)
		return false;
	tally_one(a->tally, TALLY_EXCHANGE_DUPLICATE);
	return true;
}

/* By what all who see the logon know of it. */
static void name_activity(struct audit *a, struct exchange *x, const struct arrival *in)
{
	struct span lm = in->message->authenticate.lm_response;

	if (!x->has_activity)
		activity_make(&a->key, "response", in->bytes, x->activity);
	else if (x->response == RESPONSE_NTLMV1_ESS)
		activity_make_ess(&a->key, x->server_challenge, span_head(lm, 8), x->activity);
	explicit_bzero(x->server_challenge, sizeof(x->server_challenge));
}

static void take_authenticate(struct audit *a, const struct arrival *in)
{
	uint64_t mark = hash_bytes(&a->table.hash, in->bytes);
	struct exchange *x;
	struct reader inner;
	size_t names;

	if (is_second_copy(a, in->where, in->token->key, mark))
		return;
	x = open_exchange(a, in->where, in->token->key);
	if (!x)
		return;
	x->authenticate_mark = mark;
	x->direct |= in->token->direct;
	names = x->arena.used;
	message_authenticate(x, a->tally, in->message, &inner);
	a->table.name_bytes += x->arena.used - names;
	if (!reader_ok(&inner))
		report_malformed(a, "NTLMSSP AUTHENTICATE: NTLMv2 response", &inner);
	name_activity(a, x, in);
	note_response(a, x, in->where, in->token->dir);
}

static void take_message(struct audit *a, const struct audit_place *where,
			 const struct sighting_token *s, struct span bytes)
{
	static void (*const take[])(struct audit *, const struct arrival *) = {
		[NTLM_NEGOTIATE] = take_negotiate,
		[NTLM_CHALLENGE] = take_challenge,
		[NTLM_AUTHENTICATE] = take_authenticate,
	};
	static const char *const names[] = {
		"NTLMSSP",
		[NTLM_NEGOTIATE] = "NTLMSSP NEGOTIATE",
		[NTLM_CHALLENGE] = "NTLMSSP CHALLENGE",
		[NTLM_AUTHENTICATE] = "NTLMSSP AUTHENTICATE",
	};
	struct ntlm_message message = {0};
	struct arrival in = {.where = where, .token = s, .message = &message, .bytes = bytes};
	struct reader r = reader_of(bytes);

	if (ntlm_decode(&r, &message) < 0) {
		bool known = message.type <= NTLM_AUTHENTICATE;

		report_malformed(a, names[known ? message.type : 0], &r);
		return;
	}
	take[message.type](a, &in);
}

static bool is_authenticate(struct span message)
{
	return message.len > 8 && message.ptr[8] == NTLM_AUTHENTICATE;
}

/*
 * A token whose framing is broken for us may still be read by an acceptor that is less strict: an AUTHENTICATE in it
 * counts. Empty where there is none.
 */
static struct span salvage(struct span bytes)
{
	const uint8_t *at = memmem(bytes.ptr, bytes.len, "NTLMSSP", 8);
	struct span found = at ? span_from(bytes, (size_t)(at - bytes.ptr)) : (struct span){0};

	return is_authenticate(found) ? found : (struct span){0};
}

void audit_token(struct audit *a, const struct audit_place *where, const struct sighting_token *s)
{
	struct reader r = reader_of(s->bytes);
	struct token token = {0};

	if (token_decode(&r, &token) < 0) {
		report_malformed(a, "SPNEGO", &r);
		token = (struct token){.wrap = TOKEN_SPNEGO_RESP, .ntlm = salvage(s->bytes)};
	}
	if (token.wrap == TOKEN_SPNEGO_INIT && (token.mechs & MECH_NTLMSSP) &&
	    !is_authenticate(token.ntlm)) {
		struct exchange *x = begin_exchange(a, where, s->key);

		if (x) {
			x->mechs = token.mechs;
			exchange_move(&a->table, x, EXCHANGE_OPEN, where->packet->time);
		}
	}
	if (token.ntlm.len)
		take_message(a, where, s, token.ntlm);
	else if (token.wrap !=
		 TOKEN_SPNEGO_RESP) /* a response alone only ends what began otherwise */
		tally_one(a->tally, TALLY_TOKEN_OTHER);
}

/* Nothing was sent that is its own: where and when it was seen has to do. */
static void activity_of_place(const struct audit *a, const struct audit_place *where, uint64_t key,
			      struct exchange *x)
{
	const uint64_t place[] = {where->flow, key, (uint64_t)where->packet->time};

	activity_make(&a->key, "place", span_make(place, sizeof(place)), x->activity);
}

void audit_classic(struct audit *a, const struct audit_place *where,
		   const struct sighting_classic *s)
{
	struct exchange *x = begin_exchange(a, where, s->key);

	if (!x)
		return;
	message_classic(x, a->tally, s);
	a->table.name_bytes += x->arena.used;
	x->has_activity = s->server_challenge.len != 0;
	if (x->has_activity)
		activity_make(&a->key, "challenge", s->server_challenge, x->activity);
	else if (s->nt_response.len || s->lm_response.len)
		activity_make(&a->key, "response",
			      s->nt_response.len ? s->nt_response : s->lm_response, x->activity);
	else
		activity_of_place(a, where, s->key, x);
	note_response(a, x, where, s->dir);
}

void audit_answer(struct audit *a, const struct audit_place *where, const struct sighting_answer *s)
{
	struct exchange *x = exchange_find(&a->table, where->flow, s->key);

	if (!x || x->state == EXCHANGE_DONE || x->has_status)
		return;
	x->has_status = true;
	x->status = s->status;
	x->frame[PART_ANSWER] = where->packet->number;
	if (x->state == EXCHANGE_SENT && s->target_follows && !(x->spn && *x->spn))
		exchange_move(&a->table, x, EXCHANGE_ANSWERED, where->packet->time);
	else
		conclude(a, x);
}

void audit_target(struct audit *a, const struct audit_place *where, const struct sighting_target *s)
{
	struct exchange *x = exchange_find(&a->table, where->flow, s->key);
	size_t names;

	if (!x || x->state == EXCHANGE_DONE || x->service_host)
		return;
	names = x->arena.used;
	x->service = s->service;
	x->service_host = name_text(&x->arena, a->tally, s->host, NAME_UTF8);
	a->table.name_bytes += x->arena.used - names;
	if (x->state == EXCHANGE_ANSWERED)
		conclude(a, x);
}

void audit_flow_closed(struct audit *a, uint64_t flow)
{
	struct exchange *x;

	while ((x = exchange_of_flow(&a->table, flow)))
		end_exchange(a, x);
}

/* A clock was set back: what waits does so from now on, and not until that time comes again. */
static void come_back(struct exchange *oldest, int64_t now)
{
	for (; oldest && oldest->touched > now; oldest = oldest->newer)
		oldest->touched = now;
}

static void sweep(struct audit *a, int64_t now)
{
	for (int s = 0; s < EXCHANGE_STATE__COUNT; s++) {
		int64_t wait = a->live && s == EXCHANGE_ANSWERED ? LIVE_PATIENCE : patience[s];

		come_back(a->table.list[s].oldest, now);
		while (a->table.list[s].oldest && now - a->table.list[s].oldest->touched > wait)
			end_exchange(a, a->table.list[s].oldest);
	}
}

void audit_tick(struct audit *a, int64_t now)
{
	int64_t every = a->live ? LIVE_SWEEP_NSEC : SWEEP_NSEC;

	a->emitter.now = now;
	if (a->emitter.join)
		join_tick(a->emitter.join, now);

	/* a time that went back, after a packet from the future, must not stop the sweeping */
	if (now < a->next_sweep && a->next_sweep - now <= every)
		return;
	a->next_sweep = now + every;
	sweep(a, now);
}

void audit_quiet(struct audit *a)
{
	if (a->emitter.join)
		join_flush(a->emitter.join);
}

void audit_flush(struct audit *a)
{
	struct exchange_table *t = &a->table;

	while (t->list[EXCHANGE_SENT].oldest || t->list[EXCHANGE_ANSWERED].oldest) {
		struct exchange *sent = t->list[EXCHANGE_SENT].oldest;
		struct exchange *answered = t->list[EXCHANGE_ANSWERED].oldest;
		bool sent_first = sent && (!answered || sent->time <= answered->time);

		end_exchange(a, sent_first ? sent : answered);
	}
	while (t->list[EXCHANGE_OPEN].oldest)
		end_exchange(a, t->list[EXCHANGE_OPEN].oldest);
	if (a->emitter.join)
		join_flush(a->emitter.join);
}
