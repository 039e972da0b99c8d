#include "make-events.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { USERS = 2000, CLIENTS = 500, SERVERS = 200, SPNS = 300, PROCESSES = 40, REASONS = 12 };

/* splitmix64: any number to a random one. */
static uint64_t scramble(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* One of n things, the first more often than the last. */
static unsigned skewed(uint64_t random, unsigned n)
{
	double x = (double)(random >> 11) / (double)(UINT64_C(1) << 53);

	return (unsigned)(x * x * n);
}

__attribute__((format(printf, 2, 3))) static const char *put(struct made_event *m,
							     const char *format, ...)
{
	char *text = m->texts[m->n_texts++];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(m->texts[0]), format, args);
	va_end(args);
	return text;
}

struct logon {
	unsigned user, client, server, spn, process, reason;
	bool is_old, has_failed, is_server;
	uint64_t random, number;
};

/* What follows from a user's habits, and what from chance. */
static struct logon make_logon(uint64_t number, bool is_server)
{
	struct logon l = {.is_server = is_server, .number = number};
	uint64_t random = scramble(number), habit, pair;

	l.random = random;
	l.user = skewed(random, USERS);
	random = scramble(random);
	/* One of the user's eight servers, and mostly the first client of three. */
	habit = scramble(l.user * UINT64_C(1000) + skewed(random, 8));
	l.server = (unsigned)(habit % SERVERS);
	l.client = (unsigned)(scramble(l.user + (random % 16 ? 0u : 7u) +
				       (random % 64 == 1 ? 13u : 0u)) %
			      CLIENTS);
	pair = scramble(habit ^ l.user);
	l.spn = (l.server + SERVERS * (unsigned)(pair % 8 == 0)) % SPNS;
	/* Now and then with another program than usual. */
	l.process = skewed(scramble(pair + (random % 12 == 5)), PROCESSES);
	l.reason = (unsigned)(pair >> 20) % REASONS;
	l.is_old = (pair >> 40) % 50 == 0;
	l.has_failed = random % 31 == 0;
	return l;
}

static void put_who(struct made_event *m, const struct logon *l)
{
	struct event *e = &m->event;

	event_set_text(e, FACT_USER, put(m, "user%04u", l->user));
	event_set_text(e, FACT_DOMAIN, l->user % 50 ? "CORP" : "PARTNER");
	event_set_text(e, FACT_HOST, put(m, "CLIENT%03u", l->client));
	event_set_text(e, FACT_CLIENT_IP,
		       put(m, "10.1.%u.%u", l->client / 250, l->client % 250 + 1));
	event_set_text(e, FACT_PROCESS_NAME, put(m, "process%02u.exe", l->process));
	event_set_number(e, FACT_PROCESS_ID, 500 + scramble(l->client * 64 + l->process) % 9000);
	event_set_text(e, FACT_CLIENT_OS, l->client % 3 ? "10.0.19041" : "10.0.26100");
	event_set_number(e, FACT_CLIENT_PORT, 49152 + l->random % 16384);
}

static void put_where(struct made_event *m, const struct logon *l)
{
	struct event *e = &m->event;

	event_set_text(e, FACT_TARGET_MACHINE, put(m, "SERVER%03u", l->server));
	event_set_text(e, FACT_TARGET_DOMAIN, "CORP");
	event_set_text(e, FACT_TARGET_SERVICE,
		       put(m, "%s/server%03u.corp.example", l->spn % 3 ? "cifs" : "HTTP", l->spn));
	event_set_text(e, FACT_TARGET_IP, put(m, "10.2.0.%u", l->server + 1));
	event_set_text(e, FACT_TARGET_NAME, put(m, "server%03u.corp.example", l->server));
	event_set_number(e, FACT_TARGET_PORT, l->spn % 3 ? 445 : 80);
	event_set_text(e, FACT_CARRIER, l->spn % 3 ? "SMB2" : "HTTP");
}

static void put_how(struct made_event *m, const struct logon *l)
{
	struct event *e = &m->event;

	event_set_number(e, FACT_FLAGS, l->is_old ? 0x62080215 : 0xe2888215);
	event_set_text(e, FACT_NTLM_VERSION, l->is_old ? "NTLMv1" : "NTLMv2");
	event_set_text(e, FACT_NTLM_VERSION_DETAIL, l->is_old ? "NTLMv1-ESS" : "NTLMv2");
	event_set_text(e, FACT_SESSION_KEY, "Present");
	event_set_text(e, FACT_CHANNEL_BINDING, l->spn % 3 ? "Supported" : "Not Supported");
	event_set_text(e, FACT_MIC, l->is_old ? "Unprotected" : "Protected");
	event_set_number(e, FACT_AV_FLAGS, l->is_old ? 0 : 2);
	event_set_text(e, FACT_AV_FLAGS_TEXT, l->is_old ? "None" : "MIC");
	event_set_text(e, FACT_MECHANISMS, "NTLMSSP,KRB5");
	event_set_status(e, l->has_failed ? 0xc000006d : 0);
	if (l->is_old)
		event_set_text(e, FACT_WARNINGS, "ntlmv1,no-mic");
}

static void put_why(struct made_event *m, const struct logon *l)
{
	static const char service[] = "KDC_ERR_S_PRINCIPAL_UNKNOWN";
	struct event *e = &m->event;
	double before = (double)(scramble(l->random) % 9000) / 1000 + 0.2;

	event_set_number(e, FACT_REASON_ID, l->reason);
	event_set_text(e, FACT_REASON, event_reason_text(l->reason));
	m->evidence[0] =
		(struct evidence){"mechanisms", 0, l->number * 7 + 3, NULL, "NTLMSSP", NULL};
	e->evidence = m->evidence;
	e->n_evidence = 1;
	if (l->reason % 2 == 0) {
		event_set_text(e, FACT_EVIDENCE,
			       "the client offered only NTLM and had not asked a KDC");
		return;
	}
	event_set_text(e, FACT_EVIDENCE,
		       put(m, "KDC 10.2.0.250 answered %s for %s %.3g ms before", service,
			   e->facts[FACT_TARGET_SERVICE].text, before));
	m->evidence[1] = (struct evidence){"kerberos-error",
					   (int64_t)(before * 1e6),
					   l->number * 7 + 1,
					   "10.2.0.250",
					   e->facts[FACT_TARGET_SERVICE].text,
					   service};
	e->n_evidence = 2;
}

static void put_source(struct made_event *m, const struct logon *l)
{
	struct event *e = &m->event;
	/* A new capture file every quarter of an hour, numbered from its first packet. */
	uint64_t file = (uint64_t)(e->time - MAKE_BEGIN) / (UINT64_C(900) * 1000000000);
	uint64_t frame = l->number * 7 % 2000000;

	event_set_text(e, FACT_SOURCE, put(m, "/var/captures/eth0-%05u.pcap", (unsigned)file));
	event_set_number(e, FACT_FRAME_NEGOTIATE, frame);
	event_set_number(e, FACT_FRAME_CHALLENGE, frame + 1);
	event_set_number(e, FACT_FRAME_AUTHENTICATE, frame + 2);
	event_set_number(e, FACT_FRAME_ANSWER, frame + 3);
}

void make_event(struct made_event *m, uint64_t n, uint64_t total)
{
	struct logon l = make_logon(n / 2, n % 2);
	unsigned id = (l.is_server ? 4022u : 4020u) + (l.is_old ? 1u : 0u);
	uint64_t a = scramble(n / 2 + 1), b = scramble(a);
	struct event *e = &m->event;
	double step = (double)MAKE_DAYS * 86400e9 / (double)total;

	m->n_texts = 0;
	*e = (struct event){.layout = event_layout_find((uint16_t)id), .record = n + 1};
	e->time = MAKE_BEGIN + (int64_t)(step * (double)(n - n % 2)) + (int64_t)(a % 1000000);
	memcpy(e->activity, &a, 8);
	memcpy(e->activity + 8, &b, 8);
	put_who(m, &l);
	put_where(m, &l);
	put_how(m, &l);
	put_source(m, &l);
	e->computer = e->facts[l.is_server ? FACT_TARGET_MACHINE : FACT_HOST].text;
	if (!l.is_server)
		put_why(m, &l);
}
