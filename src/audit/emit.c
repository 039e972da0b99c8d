#include "audit/emit.h"

#include "audit/level.h"
#include "audit/reason.h"
#include "ntlm/token.h"

#define EVENT_TEXTS_MAX ((size_t)64 << 10)

struct named_bit {
	uint32_t bit;
	const char *name;
};

static const struct named_bit av_flag_names[] = {
	{AV_FLAG_CONSTRAINED, "Constrained"},
	{AV_FLAG_MIC, "MIC"},
	{AV_FLAG_UNTRUSTED_SPN, "UntrustedSPN"},
	{0, NULL},
};

static const struct named_bit mech_names[] = {
	{MECH_NTLMSSP, "NTLMSSP"}, {MECH_KRB5, "KRB5"},	  {MECH_MS_KRB5, "MS-KRB5"},
	{MECH_NEGOEX, "NEGOEX"},   {MECH_OTHER, "other"}, {0, NULL},
};

void emitter_init(struct emitter *e, struct why *why, const struct audit_ops *ops, void *ctx,
		  struct tally *tally)
{
	*e = (struct emitter){.why = why, .ops = ops, .ctx = ctx, .tally = tally};
	e->hold.tell = ops->finding;
	e->hold.ctx = ctx;
	arena_init(&e->arena, EVENT_TEXTS_MAX);
	text_init(&e->scratch, EVENT_TEXTS_MAX);
}

void emitter_finish(struct emitter *e)
{
	hold_finish(&e->hold);
	arena_finish(&e->arena);
	text_finish(&e->scratch);
}

void emit_out(struct emitter *e, const struct event *ev)
{
	tally_one(e->tally, TALLY_EVENTS);
	e->ops->event(e->ctx, ev);
	hold_told(&e->hold, ev->record);
}

/* Takes what was put into the scratch text; NULL where that is nothing. */
static const char *take_scratch(struct emitter *e)
{
	const char *out = NULL;

	if (e->scratch.len && !e->scratch.failed)
		out = arena_string(&e->arena, span_make(e->scratch.ptr, e->scratch.len));
	if (e->scratch.failed || (e->scratch.len && !out))
		tally_one(e->tally, TALLY_NO_MEMORY);
	text_reset(&e->scratch);
	return out;
}

static const char *bits_text(struct emitter *e, const struct named_bit *names, uint32_t bits,
			     const char *joint)
{
	for (; names->name; names++) {
		if (!(bits & names->bit))
			continue;
		if (e->scratch.len)
			text_puts(&e->scratch, joint);
		text_puts(&e->scratch, names->name);
	}
	return take_scratch(e);
}

const char *emit_addr(struct emitter *e, const struct addr *a)
{
	addr_format(&e->scratch, a);
	return take_scratch(e);
}

static const char *missing_text(struct emitter *e, const struct exchange *x)
{
	if (x->classic)
		return NULL;
	if (!x->frame[PART_NEGOTIATE])
		text_puts(&e->scratch, "NEGOTIATE");
	if (!x->frame[PART_CHALLENGE])
		text_puts(&e->scratch, e->scratch.len ? ",CHALLENGE" : "CHALLENGE");
	return take_scratch(e);
}

/* What the client asked for: its own MsvAvTargetName, else the name it used in the carrier. */
static const char *service_text(struct emitter *e, const struct exchange *x)
{
	if (x->spn && *x->spn)
		return x->spn;
	if (!x->service_host || !*x->service_host)
		return NULL;
	text_printf(&e->scratch, "%s/%s", x->service, x->service_host);
	return take_scratch(e);
}

static const char *os_text(struct emitter *e, const struct exchange *x)
{
	if (!x->version.present)
		return NULL;
	text_printf(&e->scratch, "%u.%u.%u", x->version.major, x->version.minor, x->version.build);
	return take_scratch(e);
}

/* What the capture's DNS answers call it; never a lookup of our own. */
static const char *seen_name(struct emitter *e, const struct endpoint *end)
{
	const char *name = e->why ? why_name_of(e->why, &end->addr) : NULL;

	return name ? arena_string(&e->arena, span_str(name)) : NULL;
}

static const char *filled(const char *s)
{
	return s && *s ? s : NULL;
}

static void set_who_and_where(struct emitter *e, const struct exchange *x, struct event *ev)
{
	event_set_text(ev, FACT_USER, filled(x->user));
	event_set_text(ev, FACT_DOMAIN, filled(x->domain));
	event_set_text(ev, FACT_HOST, filled(x->host));
	event_set_text(ev, FACT_CLIENT_IP, emit_addr(e, &x->client.addr));
	event_set_number(ev, FACT_CLIENT_PORT, x->client.port);
	event_set_text(ev, FACT_TARGET_MACHINE, exchange_target_machine(x));
	event_set_text(ev, FACT_TARGET_DOMAIN, exchange_target_domain(x));
	event_set_text(ev, FACT_TARGET_SERVICE, service_text(e, x));
	event_set_text(ev, FACT_TARGET_IP, emit_addr(e, &x->server.addr));
	event_set_text(ev, FACT_CLIENT_NAME, seen_name(e, &x->client));
	event_set_text(ev, FACT_TARGET_NAME,
		       exchange_target_dns(x) ? exchange_target_dns(x) : seen_name(e, &x->server));
	event_set_number(ev, FACT_TARGET_PORT, x->server.port);
}

void emit_safety(struct emitter *e, const struct exchange *x, struct event *ev)
{
	const char *av_flags = bits_text(e, av_flag_names, x->av_flags, " | ");

	if (!x->classic)
		event_set_number(ev, FACT_FLAGS, x->flags);
	event_set_text(ev, FACT_NTLM_VERSION, response_kind_windows(x->response));
	event_set_text(ev, FACT_NTLM_VERSION_DETAIL, response_kind_name(x->response));
	event_set_text(ev, FACT_SESSION_KEY, x->has_session_key ? "Present" : "Missing");
	event_set_text(ev, FACT_CHANNEL_BINDING,
		       x->has_channel_binding ? "Supported" : "Not Supported");
	event_set_text(ev, FACT_SERVICE_BINDING, filled(x->spn));
	event_set_text(ev, FACT_MIC, exchange_mic_protected(x) ? "Protected" : "Unprotected");
	event_set_number(ev, FACT_AV_FLAGS, x->av_flags);
	event_set_text(ev, FACT_AV_FLAGS_TEXT, av_flags ? av_flags : "None");
	if (x->has_status)
		event_set_status(ev, x->status);
}

static void set_reason(struct emitter *e, const struct exchange *x, struct event *ev,
		       struct reason_proof *proof)
{
	uint32_t id = reason_decide(x, e->why, &e->settings, proof);

	ev->evidence = proof->item;
	ev->n_evidence = proof->n;
	event_set_text(ev, FACT_EVIDENCE, take_scratch(e));
	event_set_number(ev, FACT_REASON_ID, id);
	event_set_text(ev, FACT_REASON, event_reason_text(id));
}

/* [MS-NLMP] 2.2.2.5, NTLMSSP_TARGET_TYPE_*: NULL where the CHALLENGE was not seen or says neither. */
static const char *target_type(const struct exchange *x)
{
	if (x->granted & NTLMSSP_TARGET_TYPE_DOMAIN)
		return "domain";
	return x->granted & NTLMSSP_TARGET_TYPE_SERVER ? "server" : NULL;
}

static void set_own(struct emitter *e, const struct exchange *x, struct event *ev)
{
	static const enum fact frames[PART__COUNT] = {
		[PART_NEGOTIATE] = FACT_FRAME_NEGOTIATE,
		[PART_CHALLENGE] = FACT_FRAME_CHALLENGE,
		[PART_AUTHENTICATE] = FACT_FRAME_AUTHENTICATE,
		[PART_ANSWER] = FACT_FRAME_ANSWER,
	};

	event_set_text(ev, FACT_CARRIER, x->carrier);
	event_set_text(ev, FACT_MECHANISMS, bits_text(e, mech_names, x->mechs, ","));
	event_set_text(ev, FACT_PARTIAL, missing_text(e, x));
	event_set_text(ev, FACT_CLIENT_OS, os_text(e, x));
	event_set_text(ev, FACT_SOURCE, x->source);
	event_set_text(ev, FACT_TARGET_TYPE, target_type(x));
	for (int i = 0; i < PART__COUNT; i++)
		if (x->frame[i])
			event_set_number(ev, frames[i], x->frame[i]);
}

void emit_event(struct emitter *e, struct event *ev, uint16_t id, const char *computer)
{
	ev->layout = event_layout_find(id);
	ev->computer = computer;
	ev->record = ++e->records;
	e->as.event = ev;
	if (!e->join) {
		emit_out(e, ev);
		return;
	}
	hold_event(&e->hold, ev->record);
	join_sighting(e->join, &e->as, e->now);
}

/* One side's event: of any host, or of this one alone where only that is audited. */
static void emit_side(struct emitter *e, struct event *ev, uint16_t id, const struct endpoint *side,
		      const char *computer)
{
	if (e->ops->own_name)
		computer = e->ops->own_name(e->ctx, &side->addr);
	if (computer)
		emit_event(e, ev, id, computer);
	else
		e->records++; /* so that the client's and the server's follow each other always */
}

static const char *first_known(const char *a, const char *b, const char *c)
{
	return filled(a) ? a : filled(b) ? b : c;
}

static bool is_one_host(const struct emitter *e, const struct exchange *x)
{
	return e->ops->own_name && e->ops->own_name(e->ctx, &x->client.addr) &&
	       e->ops->own_name(e->ctx, &x->server.addr);
}

uint16_t emit_warnings(struct emitter *e, const struct exchange *x, struct event *ev)
{
	bool warning = level_warnings(&e->scratch, x);

	event_set_text(ev, FACT_WARNINGS, take_scratch(e));
	return warning;
}

void emit_exchange(struct emitter *e, const struct exchange *x)
{
	struct reason_proof proof = {
		.arena = &e->arena, .sentence = &e->scratch, .one_host = is_one_host(e, x)};
	struct event ev = {.time = x->time};
	uint16_t warning;

	arena_reset(&e->arena);
	memcpy(ev.activity, x->activity, sizeof(ev.activity));
	set_who_and_where(e, x, &ev);
	emit_safety(e, x, &ev);
	set_reason(e, x, &ev, &proof);
	set_own(e, x, &ev);
	if (ev.facts[FACT_PARTIAL].kind != VALUE_ABSENT)
		tally_one(e->tally, TALLY_EXCHANGE_PARTIAL);
	if (!x->has_status)
		tally_one(e->tally, TALLY_EXCHANGE_UNANSWERED);

	warning = emit_warnings(e, x, &ev);
	e->as = (struct join_sighting){.source = JOIN_CAPTURE, .of_challenge = x->has_activity};
	emit_side(e, &ev, (uint16_t)(4020 + warning), &x->client,
		  first_known(x->host, NULL, ev.facts[FACT_CLIENT_IP].text));
	emit_side(e, &ev, (uint16_t)(4022 + warning), &x->server,
		  first_known(exchange_target_dns(x), exchange_target_machine(x),
			      ev.facts[FACT_TARGET_IP].text));
}
