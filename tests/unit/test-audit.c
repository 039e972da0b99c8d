/* Pairing, judging and emitting, on messages made here byte by byte. */
#include "unit.h"

#include "audit/audit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ntlm/avpair.h"
#include "ntlm/ntlmssp.h"

#include <stdio.h>
#include <stdlib.h>

struct world {
	struct audit *audit;
	struct tally tally;
	uint64_t flow;
	struct packet packet;
	struct endpoint end[2];
	char log[16384]; /* one line an event */
	char malformed[512];
	char findings[4096]; /* one line a finding: its key and record numbers */
};

/* The facts that the tests look at, as one line. */
static void on_event(void *ctx, const struct event *e)
{
	static const enum fact shown[] = {
		FACT_USER,     FACT_DOMAIN,	    FACT_NTLM_VERSION_DETAIL,
		FACT_MIC,      FACT_TARGET_SERVICE, FACT_TARGET_MACHINE,
		FACT_WARNINGS, FACT_PARTIAL,
	};
	struct world *w = ctx;
	size_t at = strlen(w->log);

	at += (size_t)snprintf(w->log + at, sizeof(w->log) - at, "%u", e->layout->id);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		at += (size_t)snprintf(w->log + at, sizeof(w->log) - at, " %s",
				       event_has(e, shown[i]) ? e->facts[shown[i]].text : "-");
	at += (size_t)snprintf(w->log + at, sizeof(w->log) - at, " reason=%llu status=",
			       (unsigned long long)e->facts[FACT_REASON_ID].number);
	if (event_has(e, FACT_STATUS))
		at += (size_t)snprintf(w->log + at, sizeof(w->log) - at, "0x%llx\n",
				       (unsigned long long)e->facts[FACT_STATUS].number);
	else
		at += (size_t)snprintf(w->log + at, sizeof(w->log) - at, "-\n");
}

static void on_malformed(void *ctx, const char *where, const char *why, size_t pos)
{
	struct world *w = ctx;

	snprintf(w->malformed, sizeof(w->malformed), "%s: %s at %zu", where, why, pos);
}

static void on_finding(void *ctx, const struct finding *f)
{
	struct world *w = ctx;
	size_t at = strlen(w->findings);

	at += (size_t)snprintf(w->findings + at, sizeof(w->findings) - at, "%s",
			       finding_kinds[f->id].key);
	for (size_t i = 0; i < f->n_records; i++)
		at += (size_t)snprintf(w->findings + at, sizeof(w->findings) - at, " %llu",
				       (unsigned long long)f->records[i]);
	snprintf(w->findings + at, sizeof(w->findings) - at, "\n");
	assert_true(f->sentence && *f->sentence);
}

static int setup(void **state)
{
	static const struct audit_ops ops = {
		.event = on_event, .finding = on_finding, .malformed = on_malformed};
	static const uint8_t key[AUDIT_KEY_SIZE] = {1, 2, 3};
	struct world *w = calloc(1, sizeof(*w));

	w->end[0] = (struct endpoint){addr_v4((const uint8_t[]){10, 0, 0, 1}), 50000};
	w->end[1] = (struct endpoint){addr_v4((const uint8_t[]){10, 0, 0, 2}), 445};
	w->packet = (struct packet){.time = NSEC_PER_SEC, .number = 1, .source = "test"};
	w->flow = 7;
	*state = w;
	return audit_new(key, NULL, &ops, w, &w->tally, &w->audit);
}

static int teardown(void **state)
{
	struct world *w = *state;

	audit_free(w->audit);
	free(w);
	return 0;
}

static struct audit_place place(struct world *w)
{
	w->packet.number++;
	return (struct audit_place){
		.flow = w->flow, .end = w->end, .carrier = "SMB2", .packet = &w->packet};
}

static void send(struct world *w, uint64_t key, enum stream_dir d, bool direct, const void *bytes,
		 size_t len)
{
	struct sighting_token s = {
		.key = key, .dir = d, .direct = direct, .bytes = span_make(bytes, len)};
	struct audit_place p = place(w);

	audit_token(w->audit, &p, &s);
}

static void answer(struct world *w, uint64_t key, uint32_t status, bool target_follows)
{
	struct sighting_answer s = {.key = key,
				    .dir = STREAM_B_TO_A,
				    .status = status,
				    .target_follows = target_follows};
	struct audit_place p = place(w);

	audit_answer(w->audit, &p, &s);
}

static void target(struct world *w, uint64_t key, const char *host)
{
	struct sighting_target s = {.key = key, .service = "cifs", .host = span_str(host)};
	struct audit_place p = place(w);

	audit_target(w->audit, &p, &s);
}

/* A message under construction. */
struct maker {
	uint8_t bytes[1024];
	size_t len;
};

static void put32(struct maker *m, size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		m->bytes[at + (size_t)i] = (uint8_t)(v >> 8 * i);
}

/* Adds a payload and its length, maximum and offset at `field`. */
static void put_field(struct maker *m, size_t field, const void *bytes, size_t len)
{
	put32(m, field, (uint32_t)(len | len << 16));
	put32(m, field + 4, (uint32_t)m->len);
	if (len)
		memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static void put_text(struct maker *m, size_t field, const char *ascii)
{
	uint8_t utf16[256] = {0};

	for (size_t i = 0; ascii[i]; i++)
		utf16[2 * i] = (uint8_t)ascii[i];
	put_field(m, field, utf16, 2 * strlen(ascii));
}

static void begin(struct maker *m, uint32_t type, size_t header)
{
	*m = (struct maker){.len = header};
	memcpy(m->bytes, "NTLMSSP", 8);
	put32(m, 8, type);
}

#define FLAGS (NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_NTLM)

static void send_negotiate(struct world *w, uint64_t key, bool direct)
{
	struct maker m;

	begin(&m, NTLM_NEGOTIATE, 32);
	put32(&m, 12, FLAGS);
	send(w, key, STREAM_A_TO_B, direct, m.bytes, m.len);
}

static size_t add_pair(uint8_t *out, uint16_t id, const void *bytes, size_t len)
{
	out[0] = (uint8_t)id;
	out[1] = 0;
	out[2] = (uint8_t)len;
	out[3] = 0;
	if (len)
		memcpy(out + 4, bytes, len);
	return 4 + len;
}

static void send_challenge(struct world *w, uint64_t key)
{
	uint8_t info[64];
	size_t n = add_pair(info, MsvAvNbComputerName, "F\0S\0001", 6);
	struct maker m;

	info[n - 1] = 0;
	n += add_pair(info + n, MsvAvEOL, NULL, 0);
	begin(&m, NTLM_CHALLENGE, 48);
	put32(&m, 20, FLAGS | NTLMSSP_NEGOTIATE_TARGET_INFO);
	memcpy(m.bytes + 24, "\1\2\3\4\5\6\7\10", 8);
	put_text(&m, 12, "CORP");
	put_field(&m, 40, info, n);
	send(w, key, STREAM_B_TO_A, false, m.bytes, m.len);
}

/* How an AUTHENTICATE differs from a plain NTLMv2 one without MIC. */
struct wish {
	uint32_t flags;
	size_t nt_len; /* 0 = NTLMv2 */
	bool no_nt, lm_full, lm_ess, mic;
	const char *user, *domain;
	const char *spn; /* NULL: no MsvAvTargetName */
	uint8_t av_flags;
};

static size_t make_ntlmv2(uint8_t *out, const struct wish *wish)
{
	uint8_t wide[128] = {0}, flags[4] = {wish->av_flags};
	size_t n = 44;

	memset(out, 0, 44);
	memset(out, 0xaa, 16);
	out[16] = out[17] = 1;
	for (size_t i = 0; wish->spn && wish->spn[i]; i++)
		wide[2 * i] = (uint8_t)wish->spn[i];
	if (wish->av_flags)
		n += add_pair(out + n, MsvAvFlags, flags, 4);
	if (wish->spn)
		n += add_pair(out + n, MsvAvTargetName, wide, 2 * strlen(wish->spn));
	return n + add_pair(out + n, MsvAvEOL, NULL, 0);
}

static void make_authenticate(struct maker *m, const struct wish *wish)
{
	uint8_t nt[512] = {0}, lm[24] = {0};
	size_t nt_len = make_ntlmv2(nt, wish);

	if (wish->lm_full)
		memset(lm, 0x55, 24);
	if (wish->lm_ess)
		memset(lm, 0x55, 8);
	if (wish->no_nt)
		nt_len = 0;
	else if (wish->nt_len)
		nt_len = wish->nt_len;
	begin(m, NTLM_AUTHENTICATE, 88);
	if (wish->mic)
		memset(m->bytes + 72, 0x77, 16);
	put_text(m, 28, wish->domain);
	put_text(m, 36, wish->user);
	put_text(m, 44, "CL1");
	put_field(m, 12, lm, wish->lm_full || wish->lm_ess ? 24 : 0);
	put_field(m, 20, nt, nt_len);
	put_field(m, 52, "0123456789abcdef", 16);
	put32(m, 60, FLAGS | NTLMSSP_NEGOTIATE_VERSION | wish->flags);
}

static void send_authenticate(struct world *w, uint64_t key, const struct wish *wish)
{
	struct maker m;

	make_authenticate(&m, wish);
	send(w, key, STREAM_A_TO_B, false, m.bytes, m.len);
}

static const struct wish plain = {.user = "alice", .domain = "CORP", .spn = "cifs/fs1"};

static void a_whole_exchange_gives_two_events(void **state)
{
	struct world *w = *state;
	struct wish wish = plain;

	wish.mic = true;
	wish.av_flags = AV_FLAG_MIC;
	send_negotiate(w, 0, false);
	send_challenge(w, 0);
	send_authenticate(w, 0, &wish);
	assert_string_equal(w->log, "");
	answer(w, 0, 0, true);
	assert_string_equal(w->log, "4021 alice CORP NTLMv2 Protected cifs/fs1 FS1 "
				    "no-channel-binding - reason=0 status=0x0\n"
				    "4023 alice CORP NTLMv2 Protected cifs/fs1 FS1 "
				    "no-channel-binding - reason=0 status=0x0\n");
	assert_int_equal(w->tally.n[TALLY_EXCHANGES], 1);
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_PARTIAL], 0);
}

static void a_mic_needs_both_flag_and_field(void **state)
{
	struct world *w = *state;
	struct wish wish = plain;

	wish.mic = true; /* as smbclient's, without MsvAvFlags */
	send_authenticate(w, 0, &wish);
	answer(w, 0, 0, false);
	assert_non_null(strstr(w->log, "4021 alice CORP NTLMv2 Unprotected"));
	w->log[0] = '\0';
	wish.mic = false;
	wish.av_flags = AV_FLAG_MIC;
	send_authenticate(w, 1, &wish);
	answer(w, 1, 0, false);
	assert_non_null(strstr(w->log, "4021 alice CORP NTLMv2 Unprotected"));
}

static void an_exchange_without_its_beginning_is_partial(void **state)
{
	struct world *w = *state;

	send_authenticate(w, 0, &plain);
	answer(w, 0, 0xc000006d, false);
	assert_non_null(strstr(w->log, "NEGOTIATE,CHALLENGE reason=0 status=0xc000006d"));
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_PARTIAL], 1);
}

static void no_authenticate_no_event(void **state)
{
	struct world *w = *state;

	send_negotiate(w, 0, false);
	send_challenge(w, 0);
	answer(w, 0, 0xc00000bb, false);
	send_negotiate(w, 1, false);
	audit_tick(w->audit, 62 * NSEC_PER_SEC);
	assert_string_equal(w->log, "");
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_UNFINISHED], 2);
}

static void a_missing_answer_is_unknown_not_zero(void **state)
{
	struct world *w = *state;

	send_authenticate(w, 0, &plain);
	audit_tick(w->audit, 302 * NSEC_PER_SEC);
	assert_non_null(strstr(w->log, "status=-\n"));
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_UNANSWERED], 1);
}

static void a_clock_that_is_set_back_holds_nothing_up(void **state)
{
	struct world *w = *state;

	send_authenticate(w, 0, &plain);
	audit_tick(w->audit, -3600 * NSEC_PER_SEC);
	assert_string_equal(w->log, "");
	audit_tick(w->audit, -3299 * NSEC_PER_SEC);
	assert_non_null(strstr(w->log, "status=-\n"));
}

static void a_second_copy_makes_no_second_event(void **state)
{
	struct world *w = *state;

	send_authenticate(w, 0, &plain);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	send_authenticate(w, 0, &plain);
	audit_flush(w->audit);
	assert_int_equal(w->tally.n[TALLY_EVENTS], 2);
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_DUPLICATE], 2);
}

static void sessions_of_one_connection_stay_apart(void **state)
{
	struct world *w = *state;
	struct wish bob = plain;

	bob.user = "bob";
	send_negotiate(w, 0, false);
	send_negotiate(w, 1, false);
	send_challenge(w, 1);
	send_challenge(w, 0);
	send_authenticate(w, 1, &bob);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	answer(w, 1, 0xc000006a, false);
	assert_non_null(strstr(w->log, "4021 alice CORP NTLMv2 Unprotected cifs/fs1 FS1 "
				       "no-mic,no-channel-binding - reason=0 status=0x0\n"));
	assert_non_null(strstr(w->log, "4021 bob CORP NTLMv2 Unprotected cifs/fs1 FS1 "
				       "no-mic,no-channel-binding - reason=0 status=0xc000006a\n"));
	assert_int_equal(w->tally.n[TALLY_EVENTS], 4);
}

static void the_tree_names_the_target_where_the_client_did_not(void **state)
{
	struct world *w = *state;
	struct wish wish = plain;

	wish.spn = NULL;
	send_authenticate(w, 0, &wish);
	answer(w, 0, 0, true);
	assert_string_equal(w->log, "");
	target(w, 0, "fs9.corp.example");
	assert_non_null(strstr(w->log, " cifs/fs9.corp.example "));
	w->log[0] = '\0';
	send_authenticate(w, 1, &wish);
	answer(w, 1, 0, true);
	audit_tick(w->audit, 8 * NSEC_PER_SEC); /* none came */
	assert_int_equal(w->tally.n[TALLY_EVENTS], 4);
}

static void versions(void **state)
{
	const struct {
		struct wish wish;
		const char *expect;
	} cases[] = {
		{{.nt_len = 24, .lm_full = true}, "NTLMv1 Unprotected"},
		{{.nt_len = 24,
		  .lm_ess = true,
		  .flags = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY},
		 "NTLMv1-ESS Unprotected"},
		{{.nt_len = 24,
		  .lm_full = true,
		  .flags = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY},
		 "NTLMv1 Unprotected"},
		{{.no_nt = true, .lm_full = true}, "LM Unprotected"},
		{{.no_nt = true,
		  .lm_full = true,
		  .flags = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY},
		 "LMv2 Unprotected"},
		{{.no_nt = true, .flags = NTLMSSP_ANONYMOUS}, "null session Unprotected"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wish wish = cases[i].wish;
		bool null_session = wish.flags == NTLMSSP_ANONYMOUS;

		wish.user = null_session ? "" : "alice";
		wish.domain = "CORP";
		w->log[0] = '\0';
		send_authenticate(w, i, &wish);
		answer(w, i, 0, false);
		assert_non_null(strstr(w->log, cases[i].expect));
		assert_int_equal(strstr(w->log, "4021") != NULL, true);
		assert_int_equal(strstr(w->log, "reason=11") != NULL, null_session);
		assert_int_equal(strstr(w->log, "null-session") != NULL, null_session);
	}
}

static void reasons(void **state)
{
	const struct {
		const char *user, *domain, *spn;
		bool direct, loopback;
		int reason;
	} cases[] = {
		{"alice", "CORP", "cifs/fs1", false, false, 0},
		{"alice", "CORP", "cifs/fs1", true, false, 1},
		{"alice", "CORP", "cifs/fs1", true, true, 10},
		{"alice", ".", "cifs/fs1", false, false, 2},
		{"alice", "", "cifs/fs1", false, false, 2},
		{"alice@corp.example", "", "cifs/fs1", false, false, 0},
		{"alice", "fs1", "cifs/fs1", false, false, 2}, /* the CHALLENGE says FS1 */
		{"alice", "cl1", "cifs/fs1", false, false, 2}, /* the client's own name */
		{"alice", "AzureAD", "cifs/fs1", false, false, 4},
		{"alice", "CORP", "", false, false, 5},
		{"alice", "CORP", "cifs/10.0.0.2", false, false, 7},
		{"alice", "CORP", "HTTP/10.0.0.2:8080", false, false, 7},
		{"alice", "CORP", "HTTP/[2001:db8::1]:443", false, false, 7},
		{"alice", "CORP", "cifs/fe80::1", false, false, 7},
		{"alice", "CORP", "cifs/fe80::1%4", false, false, 7},
		{"alice", "CORP", "cifs/fe80--1s4.ipv6-literal.net", false, false, 7},
		{"alice", "CORP", "cifs/10.0.0.2.example", false, false, 0},
		{"alice", "CORP", "cifs/fs-1.ipv6-literal.net", false, false, 0},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wish wish = {
			.user = cases[i].user, .domain = cases[i].domain, .spn = cases[i].spn};
		struct endpoint server = w->end[1];
		char expect[32];

		if (cases[i].loopback)
			w->end[1].addr = w->end[0].addr;
		w->log[0] = '\0';
		send_negotiate(w, i, cases[i].direct);
		send_challenge(w, i);
		send_authenticate(w, i, &wish);
		answer(w, i, 0, false);
		w->end[1] = server;
		snprintf(expect, sizeof(expect), " reason=%d ", cases[i].reason);
		if (!strstr(w->log, expect))
			fail_msg("case %zu: %s", i, w->log);
	}
}

static void malformed_messages_are_named_and_nothing_else_is_lost(void **state)
{
	struct world *w = *state;
	uint8_t broken[32] = "NTLMSSP\0\3";

	send_negotiate(w, 0, false);
	send_challenge(w, 0);
	send(w, 0, STREAM_A_TO_B, false, broken, sizeof(broken));
	assert_string_equal(w->log, "");
	assert_non_null(strstr(w->malformed, "NTLMSSP AUTHENTICATE: "));
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	assert_int_equal(w->tally.n[TALLY_EVENTS], 2);
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_PARTIAL], 0);
}

static uint8_t activities[8][16];
static size_t n_activities;

static void keep_activity(void *ctx, const struct event *e)
{
	(void)ctx;
	memcpy(activities[n_activities++ % 8], e->activity, 16);
}

/* An AUTHENTICATE in a NegTokenResp whose length is of BER's indefinite form, which we don't read. */
static void an_authenticate_in_a_broken_token_counts(void **state)
{
	struct world *w = *state;
	struct maker m;
	uint8_t token[1100] = {0xa1, 0x80, 0x30, 0x80};

	make_authenticate(&m, &plain);
	memcpy(token + 4, m.bytes, m.len);
	send(w, 0, STREAM_A_TO_B, false, token, 4 + m.len);
	answer(w, 0, 0, false);
	assert_int_equal(w->tally.n[TALLY_EVENTS], 2);
	assert_int_equal(w->tally.n[TALLY_TOKEN_MALFORMED], 1);
	assert_non_null(strstr(w->malformed, "SPNEGO: "));
}

static void client_and_server_share_the_activity(void **state)
{
	static const struct audit_ops ops = {
		.event = keep_activity, .finding = on_finding, .malformed = on_malformed};
	struct world *w = *state;

	for (uint8_t key_byte = 1; key_byte <= 2; key_byte++) {
		uint8_t key[AUDIT_KEY_SIZE] = {key_byte};

		audit_free(w->audit);
		assert_int_equal(audit_new(key, NULL, &ops, w, &w->tally, &w->audit), 0);
		send_challenge(w, 0);
		send_authenticate(w, 0, &plain);
		answer(w, 0, 0, false);
	}
	assert_int_equal(n_activities, 4);
	assert_memory_equal(activities[0], activities[1], 16);
	assert_memory_not_equal(activities[0], activities[2], 16); /* another key, another ID */
	assert_int_equal(activities[0][6] >> 4, 8);
}

/* A log's line comes before the exchange, and knows no challenge; the ActivityID is the exchange's all the same. */
static void a_classic_logon_has_one_activity_beside_a_log(void **state)
{
	static const struct audit_ops ops = {
		.event = keep_activity, .finding = on_finding, .malformed = on_malformed};
	static const uint8_t key[AUDIT_KEY_SIZE] = {1}, challenge[8] = {1, 2, 3};
	static const char user[] = "ALICE", domain[] = "CORP";
	static const struct samba_host dc = {.name = "DC1"};
	const struct samba_line line = {.type = SAMBA_AUTHENTICATION,
					.kind = SAMBA_LINE_SAMLOGON_NETWORK,
					.password = SAMBA_PASSWORD_NTLMV1,
					.channel_type = 2,
					.time = NSEC_PER_SEC,
					.logon_id = 99,
					.client_account = span_str(user),
					.client_domain = span_str(domain)};
	const struct sighting_classic classic = {.user = span_make(user, sizeof(user) - 1),
						 .domain = span_make(domain, sizeof(domain) - 1),
						 .server_challenge = span_make(challenge, 8),
						 .nt_response = span_make(challenge, 8)};
	const struct audit_log log = {.source = "test", .host = &dc};
	struct world *w = *state;

	n_activities = 0;
	for (int beside = 0; beside < 2; beside++) {
		struct audit_place p = place(w);

		audit_free(w->audit);
		assert_int_equal(audit_new(key, NULL, &ops, w, &w->tally, &w->audit), 0);
		assert_int_equal(audit_join(w->audit), 0);
		if (beside)
			audit_samba(w->audit, &log, &line);
		audit_classic(w->audit, &p, &classic);
		audit_flush(w->audit);
	}
	assert_int_equal(n_activities, 5);
	assert_memory_equal(activities[0], activities[2], 16);
	assert_memory_equal(activities[0], activities[4], 16);
}

static void open_exchanges_are_bounded(void **state)
{
	struct world *w = *state;

	for (w->flow = 0; w->flow < 100000; w->flow++)
		send_negotiate(w, 0, false);
	assert_true(w->tally.n[TALLY_EXCHANGE_EVICTED] > 100000 - 9000);
	w->flow--;
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	assert_int_equal(w->tally.n[TALLY_EVENTS], 2);
}

static void a_closed_flow_ends_its_exchanges(void **state)
{
	struct world *w = *state;

	send_authenticate(w, 0, &plain);
	send_negotiate(w, 1, false);
	audit_flow_closed(w->audit, 8);
	assert_string_equal(w->log, "");
	audit_flow_closed(w->audit, 7);
	assert_int_equal(w->tally.n[TALLY_EVENTS], 2);
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_UNFINISHED], 1);
}

static void running_out_of_memory_is_survived(void **state)
{
	struct world *w = *state;

	for (uint64_t nth = 1; nth < 12; nth++) {
		mem_fail_from(nth);
		send_negotiate(w, nth, false);
		send_challenge(w, nth);
		send_authenticate(w, nth, &plain);
		answer(w, nth, 0, false);
		mem_fail_from(0);
	}
	assert_true(w->tally.n[TALLY_NO_MEMORY] > 0);
}

static void names_are_cut_and_counted(void **state)
{
	struct world *w = *state;
	static uint8_t name[60000];
	struct sighting_classic s = {.unicode = false,
				     .user = span_make(name, sizeof(name)),
				     .nt_response = span_make(name, 24)};
	struct audit_place p = place(w);

	memset(name, 'a', sizeof(name));
	audit_classic(w->audit, &p, &s);
	assert_int_equal(w->tally.n[TALLY_EXCHANGE_NAME_CUT], 1);
	audit_flush(w->audit);
	assert_int_equal(w->tally.n[TALLY_EVENTS], 2);
}

/* -- signs of an attack -- */

static struct endpoint host(uint8_t last, uint16_t port)
{
	return (struct endpoint){addr_v4((const uint8_t[]){10, 0, 0, last}), port};
}

/* Another connection, from one host to another. */
static void connect_hosts(struct world *w, uint64_t flow, uint8_t client, uint8_t server)
{
	w->flow = flow;
	w->end[0] = host(client, 50000);
	w->end[1] = host(server, 445);
}

static void a_challenge_passed_on_is_a_relay(void **state)
{
	struct world *w = *state;

	connect_hosts(w, 1, 66, 2); /* the attacker asks the target */
	send_negotiate(w, 0, false);
	send_challenge(w, 0);
	connect_hosts(w, 2, 5, 66); /* and hands its challenge to the victim */
	send_negotiate(w, 0, false);
	send_challenge(w, 0);
	send_authenticate(w, 0, &plain);
	connect_hosts(w, 1, 66, 2);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	assert_string_equal(w->findings, "");
	connect_hosts(w, 2, 5, 66);
	answer(w, 0, 0xc000006d, false);
	assert_non_null(strstr(w->findings, "relay 1 2 3 4\n"));
}

static void a_server_with_one_challenge_for_all_is_no_relay(void **state)
{
	struct world *w = *state;

	for (uint8_t i = 1; i < 5; i++) {
		connect_hosts(w, i, i, 99);
		send_negotiate(w, 0, false);
		send_challenge(w, 0);
		send_authenticate(w, 0, &plain);
		answer(w, 0, 0, false);
	}
	assert_string_equal(w->findings, "");
}

static void fail_accounts(struct world *w, int accounts, int times, uint32_t status)
{
	char name[16];
	struct wish wish = plain;
	static uint64_t flow = 1000;

	for (int i = 0; i < accounts; i++) {
		for (int k = 0; k < times; k++) {
			snprintf(name, sizeof(name), "user%d", i);
			wish.user = name;
			wish.av_flags = (uint8_t)(k & 1); /* not the same bytes twice */
			connect_hosts(w, flow++, 7, 2);
			send_authenticate(w, 0, &wish);
			answer(w, 0, status, false);
		}
	}
}

static void many_accounts_failing_are_a_spray(void **state)
{
	struct world *w = *state;

	fail_accounts(w, 5, 1, 0xc000006d);
	assert_string_equal(w->findings, "");
	fail_accounts(w, 9, 1, 0xc000006a);
	assert_ptr_equal(strstr(w->findings, "spray"), w->findings);
	assert_null(strstr(w->findings + 1, "spray")); /* told once */
}

static void many_users_behind_one_address_are_no_spray(void **state)
{
	struct world *w = *state;

	fail_accounts(w, 20, 2, 0);
	fail_accounts(w, 8, 1, 0xc000006d); /* a terminal server on a Monday */
	assert_string_equal(w->findings, "");
}

static void one_account_failing_often_is_guessing(void **state)
{
	struct world *w = *state;

	fail_accounts(w, 1, 9, 0xc000006a);
	assert_string_equal(w->findings, "");
	fail_accounts(w, 1, 9, 0xc000006a);
	assert_ptr_equal(strstr(w->findings, "guessing"), w->findings);
	assert_null(strstr(w->findings + 1, "guessing"));
}

static void old_failures_do_not_count(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 30; i++) {
		fail_accounts(w, 1, 1, 0xc000006a);
		w->packet.time += 60 * NSEC_PER_SEC;
	}
	assert_string_equal(w->findings, "");
}

static void authenticated_back_by_the_machine_is_coercion(void **state)
{
	struct world *w = *state;
	struct wish machine = plain;

	machine.user = "DC1$";
	connect_hosts(w, 1, 66, 2);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	w->packet.time += NSEC_PER_SEC;
	connect_hosts(w, 2, 2, 66);
	send_authenticate(w, 0, &machine);
	answer(w, 0, 0, false);
	assert_string_equal(w->findings, "coerced 2 3\n");
}

static void authenticating_back_late_or_as_a_user_is_not(void **state)
{
	struct world *w = *state;
	struct wish machine = plain;

	machine.user = "DC1$";
	connect_hosts(w, 1, 66, 2);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	connect_hosts(w, 2, 2, 66);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	w->packet.time += 20 * NSEC_PER_SEC;
	connect_hosts(w, 3, 2, 66);
	send_authenticate(w, 0, &machine);
	answer(w, 0, 0, false);
	assert_string_equal(w->findings, "");
}

static void a_mic_announced_and_missing_was_stripped(void **state)
{
	struct world *w = *state;
	struct wish wish = plain;

	wish.av_flags = AV_FLAG_MIC;
	send_authenticate(w, 0, &wish);
	answer(w, 0, 0, false);
	assert_string_equal(w->findings, "mic-stripped 1 2\n");
}

static void two_servers_at_the_same_moment_are_told_low(void **state)
{
	struct world *w = *state;

	connect_hosts(w, 1, 7, 2);
	send_negotiate(w, 0, false);
	w->packet.time += NSEC_PER_SEC / 1000;
	connect_hosts(w, 2, 7, 3);
	send_negotiate(w, 0, false);
	w->packet.time += NSEC_PER_SEC / 1000;
	connect_hosts(w, 1, 7, 2);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	w->packet.time += NSEC_PER_SEC / 1000;
	connect_hosts(w, 2, 7, 3);
	send_authenticate(w, 0, &plain);
	answer(w, 0, 0, false);
	assert_string_equal(w->findings, "two-servers 1 3\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_whole_exchange_gives_two_events),
		CASE(a_mic_needs_both_flag_and_field),
		CASE(an_exchange_without_its_beginning_is_partial),
		CASE(no_authenticate_no_event),
		CASE(a_missing_answer_is_unknown_not_zero),
		CASE(a_clock_that_is_set_back_holds_nothing_up),
		CASE(a_second_copy_makes_no_second_event),
		CASE(sessions_of_one_connection_stay_apart),
		CASE(the_tree_names_the_target_where_the_client_did_not),
		CASE(versions),
		CASE(reasons),
		CASE(malformed_messages_are_named_and_nothing_else_is_lost),
		CASE(an_authenticate_in_a_broken_token_counts),
		CASE(client_and_server_share_the_activity),
		CASE(a_classic_logon_has_one_activity_beside_a_log),
		CASE(open_exchanges_are_bounded),
		CASE(a_closed_flow_ends_its_exchanges),
		CASE(running_out_of_memory_is_survived),
		CASE(names_are_cut_and_counted),
		CASE(a_challenge_passed_on_is_a_relay),
		CASE(a_server_with_one_challenge_for_all_is_no_relay),
		CASE(many_accounts_failing_are_a_spray),
		CASE(many_users_behind_one_address_are_no_spray),
		CASE(one_account_failing_often_is_guessing),
		CASE(old_failures_do_not_count),
		CASE(authenticated_back_by_the_machine_is_coercion),
		CASE(authenticating_back_late_or_as_a_user_is_not),
		CASE(a_mic_announced_and_missing_was_stripped),
		CASE(two_servers_at_the_same_moment_are_told_low),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
