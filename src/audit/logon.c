#include "audit/logon.h"

#include "audit/activity.h"
#include "audit/level.h"
#include "audit/message.h"
#include "audit/name.h"
#include "ntlm/avpair.h"

/* [MS-NRPC] 2.2.1.3.13, by number. */
static const char *const channel_types[] = {
	"Null",		 "MsvAp",     "Workstation", "TrustedDnsDomain",
	"TrustedDomain", "UasServer", "Server",	     "CdcServer",
};

/* What is alike, whoever told of it. */
struct request {
	uint32_t channel_type;
	const char *computer; /* who asked: a member, or a controller that passes it on */
	const char *account;  /* whose channel it is */
	const char *domain;   /* that the channel is of, where a member asked; NULL: unknown */
	const struct addr *from;
};

static bool is_trust(uint32_t channel_type)
{
	return channel_type == NETLOGON_CHANNEL_TRUSTED_DNS_DOMAIN ||
	       channel_type == NETLOGON_CHANNEL_TRUSTED_DOMAIN;
}

static const char *keep(struct emitter *e, struct span s)
{
	return s.ptr && s.len ? name_text(&e->arena, e->tally, s, NAME_UTF8) : NULL;
}

/* A trust's account names the domain: "corp.example." or "CORP$". */
static const char *domain_of_trust(struct emitter *e, const char *account)
{
	size_t len = account ? strlen(account) : 0;

	if (len && (account[len - 1] == '.' || account[len - 1] == '$'))
		len--;
	return len ? keep(e, span_make(account, len)) : NULL;
}

/* Whose request it was: a member's own, or one that came over a trust. Returns the event's ID. */
static uint16_t set_request(struct emitter *e, struct event *ev, const struct request *r)
{
	size_t n_types = sizeof(channel_types) / sizeof(channel_types[0]);

	event_set_text(ev, FACT_SECURE_CHANNEL_ACCOUNT, r->account);
	if (!is_trust(r->channel_type)) {
		event_set_text(ev, FACT_SERVER_NAME, r->computer);
		event_set_text(ev, FACT_SERVER_DOMAIN, r->domain);
		event_set_text(ev, FACT_SERVER_IP, r->from ? emit_addr(e, r->from) : NULL);
		return 4032;
	}
	event_set_text(ev, FACT_FORWARDER_TYPE,
		       r->channel_type < n_types ? channel_types[r->channel_type] : NULL);
	event_set_text(ev, FACT_FORWARDER_NAME, r->computer);
	event_set_text(ev, FACT_FORWARDER_DOMAIN, domain_of_trust(e, r->account));
	event_set_text(ev, FACT_FORWARDER_IP, r->from ? emit_addr(e, r->from) : NULL);
	return 4030;
}

static void set_version(struct event *ev, enum response_kind kind)
{
	event_set_text(ev, FACT_NTLM_VERSION, response_kind_windows(kind));
	event_set_text(ev, FACT_NTLM_VERSION_DETAIL, response_kind_name(kind));
}

/* Older members of Samba's have this for every logon, which is none for any: 0. */
static uint64_t own_logon_id(uint64_t id)
{
	return id == 0x0000beef0000dead ? 0 : id;
}

static void set_logon_id(struct event *ev, uint64_t id)
{
	if (own_logon_id(id))
		event_set_number(ev, FACT_LOGON_ID, id);
}

/* --- the secure channel ------------------------------------------------------------------------------------------- */

/* What the response says; of the message that it came in, the controller is told nothing. */
static uint16_t set_response(struct emitter *e, struct event *ev, const struct netlogon_logon *l)
{
	struct exchange x = {.user = l->account, .has_status = l->has_status, .status = l->status};
	uint16_t warning;

	x.arena = e->arena;
	message_validation(&x, e->tally, l->lm_response, l->nt_response);
	e->arena = x.arena;
	if (x.response == RESPONSE_NTLMV1 && (l->parameter_control & NETLOGON_ALLOW_MSVCHAPV2))
		x.response = RESPONSE_MSCHAPV2;
	emit_safety(e, &x, ev);
	warning = emit_warnings(e, &x, ev);
	event_set_text(ev, FACT_FLAGS, NULL);
	event_set_text(ev, FACT_SESSION_KEY, NULL);
	event_set_text(ev, FACT_TARGET_MACHINE, x.response_names.nb_computer);
	event_set_text(ev, FACT_TARGET_DOMAIN, x.response_names.nb_domain);
	event_set_text(ev, FACT_TARGET_NAME, x.response_names.dns_computer);
	return warning;
}

/* Where no kind is known, the account tells: only of trusts between domains it ends so ([MS-NRPC] 3.5.4.4.2). */
static uint32_t channel_type(const struct netlogon_logon *l)
{
	const char *account = l->channel_account;

	if (l->has_channel_type)
		return l->channel_type;
	return account && *account && account[strlen(account) - 1] == '.'
		       ? NETLOGON_CHANNEL_TRUSTED_DNS_DOMAIN
		       : NETLOGON_CHANNEL_WORKSTATION;
}

static void set_marks(struct event *ev, const struct netlogon_logon *l)
{
	event_set_text(ev, FACT_SOURCE, l->request.source);
	event_set_number(ev, FACT_FRAME_AUTHENTICATE, l->request.number);
	if (l->response.source)
		event_set_number(ev, FACT_FRAME_ANSWER, l->response.number);
}

/* A server that is known only by the response: it is not the one who asked, of another domain. */
static void set_far_server(struct event *ev)
{
	event_set_text(ev, FACT_SERVER_NAME, event_text(ev, FACT_TARGET_MACHINE));
	event_set_text(ev, FACT_SERVER_DOMAIN, event_text(ev, FACT_TARGET_DOMAIN));
}

/* Who asks names its domain as it binds the channel; where that was not seen, the server's own challenge may have told. */
static void set_near_server(struct event *ev)
{
	const char *machine = event_text(ev, FACT_TARGET_MACHINE);
	const char *asker = event_text(ev, FACT_SERVER_NAME);

	if (!event_text(ev, FACT_SERVER_DOMAIN) && name_same(machine, asker))
		event_set_text(ev, FACT_SERVER_DOMAIN, event_text(ev, FACT_TARGET_DOMAIN));
}

static void activity_of(const struct activity_key *key, uint64_t logon_id, struct event *ev,
			struct span otherwise)
{
	logon_id = own_logon_id(logon_id);
	if (logon_id)
		activity_make(key, "logon", span_make(&logon_id, sizeof(logon_id)), ev->activity);
	else
		activity_make(key, "place", otherwise, ev->activity);
}

void logon_netlogon(struct emitter *e, const struct activity_key *key,
		    const struct netlogon_logon *l)
{
	struct request request = {channel_type(l), l->computer, l->channel_account, l->bind_domain,
				  &l->client.addr};
	const uint64_t place[] = {l->request.flow, l->request.number, (uint64_t)l->request.time};
	struct event ev = {.time = l->request.time};
	const char *computer = l->dc_name;
	uint16_t id;

	arena_reset(&e->arena);
	if (e->ops->own_name)
		computer = e->ops->own_name(e->ctx, &l->server.addr);
	if (e->ops->own_name && !computer)
		return;
	id = set_request(e, &ev, &request);
	event_set_text(&ev, FACT_USER, l->account);
	event_set_text(&ev, FACT_DOMAIN, l->domain);
	event_set_text(&ev, FACT_HOST, l->workstation);
	event_set_text(&ev, FACT_SERVER_OS, l->server_os);
	if (l->is_network)
		id = (uint16_t)(id + set_response(e, &ev, l));
	else if (l->has_status)
		event_set_status(&ev, l->status);
	if (is_trust(request.channel_type))
		set_far_server(&ev);
	else
		set_near_server(&ev);
	set_logon_id(&ev, l->logon_id);
	set_marks(&ev, l);
	if (l->is_network && l->server_challenge.len)
		activity_make(key, "challenge", l->server_challenge, ev.activity);
	else
		activity_of(key, l->logon_id, &ev, span_make(place, sizeof(place)));
	computer = computer ? computer : emit_addr(e, &l->server.addr);
	event_set_text(&ev, FACT_DC_NAME, computer);
	e->as = (struct join_sighting){.source = JOIN_NETLOGON,
				       .of_challenge = l->is_network && l->server_challenge.len};
	emit_event(e, &ev, id, computer);
}

/* --- Samba's log ---------------------------------------------------------------------------------------------------- */

/* Of what was checked: what of NTLM it was. */
static const enum response_kind samba_responses[SAMBA_PASSWORD__COUNT] = {
	[SAMBA_PASSWORD_NTLMV2] = RESPONSE_NTLMV2,
	[SAMBA_PASSWORD_NTLMV1] = RESPONSE_NTLMV1,
	[SAMBA_PASSWORD_LANMAN] = RESPONSE_LM,
	[SAMBA_PASSWORD_MSCHAPV2] = RESPONSE_MSCHAPV2,
	[SAMBA_PASSWORD_EMPTY] = RESPONSE_NULL_SESSION,
};

/* A log line being made into an event. */
struct reading {
	struct emitter *e;
	const struct audit_log *log;
	const struct samba_line *line;
	struct event ev;
};

static bool has_ip(const struct samba_address *a)
{
	return a->form == SAMBA_ADDRESS_IPV4 || a->form == SAMBA_ADDRESS_IPV6;
}

static const char *filled(const char *s)
{
	return *s ? s : NULL;
}

static void set_end(struct reading *r, const struct samba_address *a, enum fact ip, enum fact port)
{
	struct addr addr;

	if (!has_ip(a))
		return;
	memcpy(addr.ip, a->ip, sizeof(addr.ip));
	event_set_text(&r->ev, ip, emit_addr(r->e, &addr));
	event_set_number(&r->ev, port, a->port);
}

/* The line's writer, by the best that is known of it. */
static const char *computer_of(struct reading *r)
{
	const struct samba_host *host = r->log->host;
	const char *names[] = {filled(host->dns_name), filled(host->name), filled(host->written_by),
			       event_text(&r->ev, FACT_TARGET_IP)};
	struct addr own;

	if (r->log->computer && !*host->written_by)
		return r->log->computer;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i])
			return names[i];
	if (!host->n_addresses)
		return "unknown";
	memcpy(own.ip, host->addresses[0], sizeof(own.ip));
	return emit_addr(r->e, &own);
}

static struct span without_slashes(struct span workstation)
{
	while (workstation.len && workstation.ptr[0] == '\\')
		workstation = span_from(workstation, 1);
	return workstation;
}

static void set_who(struct reading *r)
{
	const struct samba_line *line = r->line;
	enum response_kind kind = samba_responses[line->password];

	event_set_text(&r->ev, FACT_USER, keep(r->e, line->client_account));
	event_set_text(&r->ev, FACT_DOMAIN, keep(r->e, line->client_domain));
	event_set_text(&r->ev, FACT_HOST, keep(r->e, without_slashes(line->workstation)));
	event_set_text(&r->ev, FACT_PASSWORD_TYPE, keep(r->e, line->password_type));
	event_set_text(&r->ev, FACT_SOURCE, r->log->source);
	set_version(&r->ev, kind);
	set_logon_id(&r->ev, line->logon_id);
	if (line->has_status)
		event_set_status(&r->ev, line->status);
	if (line->logon_type)
		event_set_number(&r->ev, FACT_LOGON_TYPE, line->logon_type);
}

/* What of a log can be a warning. */
static uint16_t set_warning(struct reading *r)
{
	enum response_kind kind = samba_responses[r->line->password];
	const char *version = response_kind_windows(kind);
	const char *word = NULL;

	if (kind == RESPONSE_NULL_SESSION)
		word = WARNING_NULL_SESSION;
	else if (version && strcmp(version, "NTLMv1") == 0)
		word = WARNING_NTLMV1;
	event_set_text(&r->ev, FACT_WARNINGS, word);
	return word != NULL;
}

static uint16_t controller_event(struct reading *r)
{
	const struct samba_line *line = r->line;
	const struct samba_host *host = r->log->host;
	struct addr from;
	struct request request = {line->channel_type, keep(r->e, line->computer),
				  keep(r->e, line->trust_account), filled(host->domain), NULL};

	if (has_ip(&line->remote)) {
		memcpy(from.ip, line->remote.ip, sizeof(from.ip));
		request.from = &from;
	}
	event_set_text(&r->ev, FACT_DC_NAME, computer_of(r));
	r->e->as.source = JOIN_SAMBA_DC;
	return set_request(r->e, &r->ev, &request);
}

/* Samba's names of services as ours of carriers. */
static const char *carrier_of(struct emitter *e, struct span service)
{
	static const char *const names[][2] = {
		{"DCE/RPC", "DCERPC"}, {"SMB", "SMB1"}, {"LDAP", "LDAP"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal(service, span_str(names[i][0])))
			return names[i][1];
	return keep(e, service);
}

static uint16_t server_event(struct reading *r)
{
	set_end(r, &r->line->remote, FACT_CLIENT_IP, FACT_CLIENT_PORT);
	set_end(r, &r->line->local, FACT_TARGET_IP, FACT_TARGET_PORT);
	event_set_text(&r->ev, FACT_CARRIER, carrier_of(r->e, r->line->service));
	event_set_text(&r->ev, FACT_TARGET_MACHINE, filled(r->log->host->name));
	event_set_text(&r->ev, FACT_TARGET_DOMAIN, filled(r->log->host->domain));
	r->e->as.source = JOIN_SAMBA_SERVER;
	return 4022;
}

static uint16_t helper_event(struct reading *r)
{
	event_set_text(&r->ev, FACT_PROCESS_NAME, keep(r->e, r->line->process));
	if (r->line->process_id)
		event_set_number(&r->ev, FACT_PROCESS_ID, r->line->process_id);
	event_set_text(&r->ev, FACT_TARGET_MACHINE, filled(r->log->host->name));
	event_set_text(&r->ev, FACT_TARGET_DOMAIN, filled(r->log->host->domain));
	r->e->as.source =
		r->line->kind == SAMBA_LINE_WINBIND_PASSDB ? JOIN_SAMBA_PASSDB : JOIN_SAMBA_HELPER;
	return 4022;
}

/* NULL: no NTLM, or no logon of somebody else's at this machine. */
static uint16_t (*const makers[SAMBA_LINE_KIND__COUNT])(struct reading *) = {
	[SAMBA_LINE_SAMLOGON_NETWORK] = controller_event,
	[SAMBA_LINE_SAMLOGON_INTERACTIVE] = controller_event,
	[SAMBA_LINE_NTLM_SERVER] = server_event,
	[SAMBA_LINE_WINBIND_NTLM] = helper_event,
	[SAMBA_LINE_WINBIND_PASSDB] = helper_event,
};

/* What of a line is another's of the same instant seldom. */
static void set_activity(struct reading *r, const struct activity_key *key)
{
	const struct samba_line *line = r->line;
	const uint64_t place[] = {(uint64_t)line->time, line->remote.port, line->process_id,
				  line->status};
	const struct span names[] = {line->client_account, line->client_domain, line->workstation,
				     line->computer};
	struct text *all = &r->e->scratch;

	text_add(all, place, sizeof(place));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		text_add(all, names[i].ptr, names[i].len);
		text_putc(all, '\0');
	}
	activity_of(key, line->logon_id, &r->ev, span_make(all->ptr, all->len));
	text_reset(all);
}

void logon_samba(struct emitter *e, const struct activity_key *key, const struct audit_log *log,
		 const struct samba_line *line)
{
	struct reading r = {.e = e, .log = log, .line = line, .ev = {.time = line->time}};
	uint16_t id;

	if (line->type != SAMBA_AUTHENTICATION || !makers[line->kind] ||
	    (line->kind != SAMBA_LINE_SAMLOGON_INTERACTIVE && !samba_line_is_ntlm(line)))
		return;
	arena_reset(&e->arena);
	e->as = (struct join_sighting){0};
	if (line->has_duration && line->duration < INT64_MAX / 1000)
		e->as.lasted = (int64_t)line->duration * 1000;
	set_who(&r);
	id = makers[line->kind](&r);
	id = (uint16_t)(id + set_warning(&r));
	set_activity(&r, key);
	emit_event(e, &r.ev, id, computer_of(&r));
}
