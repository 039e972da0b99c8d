#include "why/why.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "dns-messages.h"
#include "kerberos-messages.h"
#include "segments.h"

#define SECOND NSEC_PER_SEC
#define MS (NSEC_PER_SEC / 1000)
#define START (INT64_C(1795348308) * SECOND)

enum { CLIENT = 40, OTHER = 41, KDC = 10, SERVER = 30 };

struct world {
	struct tally tally;
	struct why *why;
	struct packet packet;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(why_new(&w->tally, &w->why), 0);
	w->packet.time = START;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	why_free(w->why);
	assert_int_equal(mem_in_use(), 0);
	free(w);
	return 0;
}

static struct addr host(uint32_t n)
{
	const uint8_t ip[4] = {(uint8_t)(10 + (n >> 24)), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
			       (uint8_t)n};

	return addr_v4(ip);
}

static struct endpoint at(uint32_t n, uint16_t port)
{
	return (struct endpoint){.addr = host(n), .port = port};
}

/* A datagram, a millisecond after what was before. */
static void send(struct world *w, struct endpoint from, struct endpoint to, const char *hex)
{
	const struct endpoint end[2] = {from, to};
	size_t len;
	uint8_t *bytes = segment_bytes(hex, &len);

	w->packet.time += MS;
	w->packet.number++;
	why_datagram(w->why, end, span_make(bytes, len), &w->packet);
	free(bytes);
}

static void attempt(struct world *w, uint16_t own_port, uint16_t port, enum attempt how)
{
	const struct endpoint end[2] = {at(CLIENT, own_port), at(KDC, port)};

	w->packet.time += MS;
	w->packet.number++;
	why_attempt(w->why, end, how, &w->packet);
}

static void unreachable(struct world *w, uint16_t own_port, uint8_t protocol, uint8_t code)
{
	const struct endpoint end[2] = {at(CLIENT, own_port), at(KDC, 88)};
	const struct addr reporter = host(1);

	w->packet.time += MS;
	w->packet.number++;
	why_unreachable(w->why, end, protocol, &reporter, code, &w->packet);
}

static bool put_item(void *ctx, const struct why_item *item)
{
	text_printf(ctx, "%llu %s %u %u %s|%s\n", (unsigned long long)item->packet,
		    why_kind_name(item->kind), item->port, item->code, item->name, item->realm);
	return true;
}

static void assert_items_at(struct world *w, uint32_t client, int64_t until, const char *expected)
{
	struct addr addr = host(client);
	struct text t;

	text_init(&t, 0);
	why_each(w->why, &addr, until, WHY_WINDOW_DEFAULT, put_item, &t);
	assert_string_equal(t.ptr ? t.ptr : "", expected);
	text_finish(&t);
}

static void assert_items(struct world *w, uint32_t client, const char *expected)
{
	assert_items_at(w, client, w->packet.time, expected);
}

/* Samba's error 7 has neither name nor realm: they are those of the request from the same port. */
static void test_spn_unknown(void **state)
{
	struct world *w = *state;

	send(w, at(CLIENT, 1000), at(KDC, 88), as_req);
	send(w, at(KDC, 88), at(CLIENT, 1000), error_preauth);
	send(w, at(CLIENT, 1001), at(KDC, 88), tgs_req);
	send(w, at(KDC, 88), at(CLIENT, 1001), error_unknown);
	assert_items(w, CLIENT,
		     "1 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "2 kerberos-error 88 25 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "3 kerberos-request 88 12 cifs/alias.corp.example|CORP.EXAMPLE\n"
		     "4 kerberos-error 88 7 cifs/alias.corp.example|CORP.EXAMPLE\n");
	assert_items(w, OTHER, "");
	assert_items(w, KDC, "");
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 0);
}

/* An error without a name takes none from another port, another KDC or another client. */
static void test_error_alone(void **state)
{
	struct world *w = *state;

	send(w, at(CLIENT, 1001), at(KDC, 88), tgs_req);
	send(w, at(KDC, 88), at(CLIENT, 1002), error_unknown);
	send(w, at(11, 88), at(CLIENT, 1001), error_unknown);
	send(w, at(KDC, 88), at(OTHER, 1001), error_unknown);
	assert_items(w, CLIENT,
		     "1 kerberos-request 88 12 cifs/alias.corp.example|CORP.EXAMPLE\n"
		     "2 kerberos-error 88 7 |<unspecified realm>\n"
		     "3 kerberos-error 88 7 |<unspecified realm>\n");
	assert_items(w, OTHER, "4 kerberos-error 88 7 |<unspecified realm>\n");
}

/* Retransmissions and second copies are one; error 52 and the way over TCP are steps of one request. */
static void test_steps(void **state)
{
	struct world *w = *state;

	send(w, at(CLIENT, 1000), at(KDC, 88), as_req);
	send(w, at(CLIENT, 1000), at(KDC, 88), as_req);
	send(w, at(KDC, 88), at(CLIENT, 1000), error_too_big);
	send(w, at(KDC, 88), at(CLIENT, 1000), error_too_big);
	send(w, at(CLIENT, 1002), at(KDC, 88), as_req);
	send(w, at(KDC, 88), at(CLIENT, 1002), as_rep);
	w->packet.time += 20 * SECOND;
	assert_items(w, CLIENT,
		     "1 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "3 kerberos-error 88 52 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "5 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "6 kerberos-ticket 88 11 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n");
}

static void test_unanswered(void **state)
{
	struct world *w = *state;
	int64_t asked;

	send(w, at(CLIENT, 1000), at(KDC, 88), as_req);
	asked = w->packet.time;
	assert_items(w, CLIENT, "1 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n");
	w->packet.time += SECOND;
	assert_items(w, CLIENT, "1 dc-unanswered 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n");
	/* the answer came too late for what was decided before */
	w->packet.time += 9 * SECOND;
	send(w, at(KDC, 88), at(CLIENT, 1000), as_rep);
	assert_items_at(w, CLIENT, asked + 5 * SECOND,
			"1 dc-unanswered 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n");
	assert_items(w, CLIENT,
		     "1 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "2 kerberos-ticket 88 11 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n");
	assert_items_at(w, CLIENT, asked - 1, "");
}

/* One KDC is silent, the next one answers: the request came to something. */
static void test_next_kdc(void **state)
{
	struct world *w = *state;

	send(w, at(CLIENT, 1000), at(KDC, 88), as_req);
	w->packet.time += SECOND;
	send(w, at(CLIENT, 1001), at(11, 88), as_req);
	send(w, at(11, 88), at(CLIENT, 1001), error_preauth);
	w->packet.time += 5 * SECOND;
	assert_items(w, CLIENT,
		     "1 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "2 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "3 kerberos-error 88 25 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n");
}

static void test_attempts(void **state)
{
	struct world *w = *state;

	attempt(w, 2000, 88, ATTEMPT_MADE);
	attempt(w, 2000, 88, ATTEMPT_ACCEPTED);
	attempt(w, 2000, 88, ATTEMPT_REFUSED); /* closed by a reset */
	attempt(w, 2001, 88, ATTEMPT_MADE);
	attempt(w, 2001, 88, ATTEMPT_REFUSED);
	attempt(w, 2002, 389, ATTEMPT_MADE);
	attempt(w, 2002, 389, ATTEMPT_MADE);
	attempt(w, 2003, 445, ATTEMPT_MADE);
	attempt(w, 2004, 464, ATTEMPT_MADE);
	attempt(w, 2005, 636, ATTEMPT_REFUSED);
	assert_items(w, CLIENT, "5 dc-refused 88 0 |\n");
	w->packet.time += 2 * SECOND;
	assert_items(w, CLIENT, "5 dc-refused 88 0 |\n6 dc-unanswered 389 0 |\n");
	w->packet.time += 57 * SECOND;
	attempt(w, 2002, 389, ATTEMPT_MADE);
	assert_items(w, CLIENT, "5 dc-refused 88 0 |\n6 dc-unanswered 389 0 |\n");
	w->packet.time += 2 * SECOND;
	assert_items(w, CLIENT, "");
}

static void test_unreachable(void **state)
{
	struct world *w = *state;

	send(w, at(CLIENT, 1000), at(KDC, 88), as_req);
	unreachable(w, 1000, 17, 3);
	attempt(w, 2001, 88, ATTEMPT_MADE);
	unreachable(w, 2001, 6, 13);
	unreachable(w, 2001, 6, 4); /* fragmentation needed */
	w->packet.time += 5 * SECOND;
	assert_items(w, CLIENT,
		     "1 kerberos-request 88 10 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "2 dc-unreachable 88 3 krbtgt/CORP.EXAMPLE|CORP.EXAMPLE\n"
		     "4 dc-unreachable 88 13 |\n");
}

static void test_dns_failures(void **state)
{
	struct world *w = *state;

	send(w, at(CLIENT, 1000), at(KDC, 53), dns_srv_query);
	send(w, at(KDC, 53), at(CLIENT, 1000), dns_srv_nxdomain);
	send(w, at(KDC, 53), at(CLIENT, 1001), dns_srv_nxdomain); /* again */
	send(w, at(KDC, 53), at(CLIENT, 1002), dns_a_nxdomain);
	send(w, at(KDC, 53), at(CLIENT, 1003), dns_srv_none);
	send(w, at(KDC, 53), at(CLIENT, 1003), dns_srv_refused);
	send(w, at(KDC, 53), at(CLIENT, 1004), dns_aaaa_none);
	send(w, at(KDC, 53), at(CLIENT, 1005), dns_ptr_nxdomain);
	send(w, at(KDC, 53), at(CLIENT, 1006), dns_srv);
	/* nobody can say over multicast that a name is not there */
	send(w, at(KDC, 5353), at(CLIENT, 5353), dns_srv_nxdomain);
	send(w, at(KDC, 5355), at(CLIENT, 1007), dns_srv_nxdomain);
	assert_items(w, CLIENT,
		     "2 dns-failure 53 3 _kerberos._http.CORP.EXAMPLE|\n"
		     "4 dns-failure 53 3 kerberos.CORP.EXAMPLE|\n"
		     "5 dns-failure 53 0 _kerberos._udp.NOSUCH.TEST|\n"
		     "6 dns-failure 53 5 _kerberos._udp.NOSUCH.TEST|\n");
	assert_items(w, OTHER, "");
	assert_items(w, KDC, "");
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 0);
}

/* The same name as a failure, and then as an answer: a header with other bits. */
static void test_dns_answer_forgives(void **state)
{
	struct world *w = *state;
	char servfail[512];

	assert_true(strlen(dns_srv) < sizeof(servfail));
	(void)snprintf(servfail, sizeof(servfail), "%s", dns_srv);
	memcpy(servfail + 4, "8182", 4);
	send(w, at(KDC, 53), at(CLIENT, 1000), servfail);
	send(w, at(KDC, 53), at(OTHER, 1000), servfail);
	assert_items(w, CLIENT, "1 dns-failure 53 2 _kerberos._udp.CORP.EXAMPLE|\n");
	memcpy(servfail + 4, "8382", 4); /* truncated: it comes again over TCP */
	w->packet.time += 2 * SECOND;
	send(w, at(KDC, 53), at(CLIENT, 1000), servfail);
	assert_items(w, CLIENT, "1 dns-failure 53 2 _kerberos._udp.CORP.EXAMPLE|\n");
	send(w, at(11, 53), at(CLIENT, 1001), dns_srv);
	assert_items(w, CLIENT, "");
	assert_items(w, OTHER, "2 dns-failure 53 2 _kerberos._udp.CORP.EXAMPLE|\n");
}

/* NOERROR without an answer: with NS alone a resolver is sent on to another server, with an SOA there is none. */
static void test_referral(void **state)
{
	static const char ns[] = "000180000001000000010000"
				 "01610000210001"
				 "00000200010000000000"
				 "0100";
	static const char soa[] = "000180000001000000010000"
				  "01610000210001"
				  "00000600010000000000"
				  "0100";
	struct world *w = *state;

	send(w, at(KDC, 53), at(CLIENT, 1000), ns);
	assert_items(w, CLIENT, "");
	send(w, at(KDC, 53), at(CLIENT, 1000), soa);
	assert_items(w, CLIENT, "2 dns-failure 53 0 a|\n");
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 0);
}

static void test_names(void **state)
{
	struct world *w = *state;
	struct addr kdc, nbns, cloud, other = host(SERVER);

	assert_true(addr_parse("10.77.0.10", &kdc));
	assert_null(why_name_of(w->why, &kdc));
	send(w, at(KDC, 53), at(CLIENT, 1000), dns_a);
	assert_string_equal(why_name_of(w->why, &kdc), "dc1.corp.example");
	assert_true(why_name_is(w->why, "DC1.Corp.example.", &kdc));
	assert_true(why_name_is(w->why, "dc1.corp.example", &kdc));
	assert_false(why_name_is(w->why, "dc1.corp.example..", &kdc));
	assert_false(why_name_is(w->why, "dc1.corp.exampl", &kdc));
	assert_false(why_name_is(w->why, "dc1.corp.example1", &kdc));
	assert_false(why_name_is(w->why, "", &kdc));
	assert_false(why_name_is(w->why, "dc1.corp.example", &other));
	assert_null(why_name_of(w->why, &other));
	send(w, at(KDC, 137), at(CLIENT, 137), nbns_positive);
	assert_true(addr_parse("192.168.198.204", &nbns));
	assert_string_equal(why_name_of(w->why, &nbns), "DESKTOP-AFPVEQ2");
	send(w, at(KDC, 53), at(CLIENT, 1000), dns_alias);
	assert_true(addr_parse("52.239.252.68", &cloud));
	assert_true(why_name_is(w->why, "md-xgq5px1vx0km.blob.core.windows.net", &cloud));
	assert_string_equal(why_name_of(w->why, &cloud),
			    "blob.blaprdstp15a.store.core.windows.net");
}

static void test_reverse(void **state)
{
	/* 30.0.77.10.in-addr.arpa PTR fs1.x; 2001:db8::1's PTR v6.x */
	static const char v4[] = "000180000000000100000000"
				 "0233300130023737023130"
				 "07696e2d61646472046172706100"
				 "000c0001000000000007"
				 "03667331017800";
	struct world *w = *state;
	char v6[512] = "000180000000000100000000";
	const char *nibbles = "1000000000000000000000008bd01002";
	struct addr addr;

	send(w, at(KDC, 53), at(CLIENT, 1000), v4);
	assert_true(addr_parse("10.77.0.30", &addr));
	assert_string_equal(why_name_of(w->why, &addr), "fs1.x");
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(v6 + strlen(v6), 5, "01%02x", (unsigned)nibbles[i]);
	(void)snprintf(v6 + strlen(v6), 64, "%s",
		       "0369703604617270610000"
		       "0c0001000000000006"
		       "027636017800");
	send(w, at(KDC, 53), at(CLIENT, 1000), v6);
	assert_true(addr_parse("2001:db8::1", &addr));
	assert_string_equal(why_name_of(w->why, &addr), "v6.x");
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 0);
}

static void test_junk(void **state)
{
	struct world *w = *state;

	send(w, at(CLIENT, 1000), at(KDC, 88), "47455420");
	send(w, at(CLIENT, 1000), at(KDC, 53), "47455420");
	send(w, at(CLIENT, 1000), at(KDC, 53), "");
	send(w, at(CLIENT, 1000), at(KDC, 4000), "47455420");
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 2);
	assert_items(w, CLIENT, "");
	/* no window and no clock make trouble */
	send(w, at(KDC, 53), at(CLIENT, 1000), dns_srv_nxdomain);
	w->packet.time = INT64_MIN;
	send(w, at(KDC, 53), at(OTHER, 1000), dns_srv_nxdomain);
	assert_items_at(w, OTHER, INT64_MAX, "");
	assert_items_at(w, OTHER, INT64_MIN, "");
}

static bool count_kind(void *ctx, const struct why_item *item)
{
	unsigned *counts = ctx;

	counts[item->kind]++;
	return true;
}

/* Twelve failed lookups, the newest; they push out nothing of Kerberos, nor what other clients met. */
static void test_client_limit(void **state)
{
	struct world *w = *state;
	unsigned counts[WHY_KIND__COUNT] = {0};
	struct addr client = host(CLIENT);
	char failure[64];

	send(w, at(KDC, 53), at(OTHER, 1000), dns_srv_nxdomain);
	send(w, at(CLIENT, 1001), at(KDC, 88), tgs_req);
	send(w, at(KDC, 88), at(CLIENT, 1001), error_unknown);
	for (unsigned i = 0; i < 100; i++) {
		(void)snprintf(failure, sizeof(failure),
			       "0001818300010000000000000361%02x%02x0000010001", 0x30 + i / 10,
			       0x30 + i % 10);
		send(w, at(KDC, 53), at(CLIENT, 1000), failure);
	}
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 0);
	assert_int_equal(w->tally.n[TALLY_WHY_ITEMS_EVICTED], 88);
	why_each(w->why, &client, w->packet.time, WHY_WINDOW_DEFAULT, count_kind, counts);
	assert_int_equal(counts[WHY_DNS_FAILED], 12);
	assert_int_equal(counts[WHY_KRB_ASKED], 1);
	assert_int_equal(counts[WHY_KRB_ERROR], 1);
	assert_items(w, OTHER, "1 dns-failure 53 3 _kerberos._http.CORP.EXAMPLE|\n");
	/* of requests those go first that have their answer */
	for (uint16_t port = 3000; port < 3019; port++)
		attempt(w, port, 389, ATTEMPT_MADE);
	memset(counts, 0, sizeof(counts));
	why_each(w->why, &client, w->packet.time, WHY_WINDOW_DEFAULT, count_kind, counts);
	assert_int_equal(counts[WHY_KRB_ASKED], 0);
	assert_int_equal(counts[WHY_KRB_ERROR], 1);
	assert_int_equal(w->tally.n[TALLY_WHY_ITEMS_EVICTED], 88);
}

static void build_answer(uint8_t message[64], uint32_t n, size_t *ret_len)
{
	static const uint8_t head[] = {0, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8};
	static const uint8_t tail[] = {4, 'c', 'o', 'r', 'p', 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4};
	uint8_t *at_byte = message + sizeof(head);

	memcpy(message, head, sizeof(head));
	(void)snprintf((char *)at_byte, 9, "%08x", n);
	memcpy(at_byte + 8, tail, sizeof(tail));
	memcpy(at_byte + 8 + sizeof(tail), host(n).ip + 12, 4);
	*ret_len = sizeof(head) + 8 + sizeof(tail) + 4;
}

/* A million names of a million addresses, and a million more of one. */
static void test_many_names(void **state)
{
	const struct endpoint end[2] = {at(KDC, 53), at(CLIENT, 1000)};
	struct world *w = *state;
	struct addr addr;
	uint8_t message[64];
	char name[32];
	size_t len;

	for (uint32_t n = 0; n < 1000000; n++) {
		build_answer(message, n, &len);
		why_datagram(w->why, end, span_make(message, len), &w->packet);
		memset(message + len - 4, 1, 4);
		why_datagram(w->why, end, span_make(message, len), &w->packet);
	}
	assert_true(mem_in_use() < (size_t)8 << 20);
	assert_true(w->tally.n[TALLY_WHY_NAMES_EVICTED] > 1900000);
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 0);
	addr = host(999999);
	(void)snprintf(name, sizeof(name), "%08x.corp", 999999u);
	assert_true(why_name_is(w->why, name, &addr));
	assert_true(addr_parse("1.1.1.1", &addr));
	assert_string_equal(why_name_of(w->why, &addr), name);
	(void)snprintf(name, sizeof(name), "%08x.corp", 999999u - 31);
	assert_true(why_name_is(w->why, name, &addr));
	(void)snprintf(name, sizeof(name), "%08x.corp", 999999u - 32);
	assert_false(why_name_is(w->why, name, &addr));
	assert_null(why_name_of(w->why, &end[1].addr));
}

/* A million clients, each with as much as it may have at once of the longest names. */
static void test_many_clients(void **state)
{
	struct world *w = *state;
	uint8_t message[12 + 255 + 4] = {0, 1, 0x81, 0x83, 0, 1};
	struct endpoint end[2] = {at(KDC, 53), at(0, 1000)};

	memset(message + 12, 0xff, 254);
	for (size_t i = 0; i < 4; i++)
		message[12 + i * 64] = i < 3 ? 63 : 61;
	message[12 + 254] = 0;
	memcpy(message + 12 + 255, "\0\1\0\1", 4);
	for (uint32_t n = 0; n < 1000000; n++) {
		end[1].addr = host(n);
		message[13] = (uint8_t)(n >> 4);
		message[14] = (uint8_t)(n >> 12);
		why_datagram(w->why, end, span_make(message, sizeof(message)), &w->packet);
		if (n % 8)
			continue;
		end[1].addr = host(n / 16);
		why_datagram(w->why, end, span_make(message, sizeof(message)), &w->packet);
	}
	assert_int_equal(w->tally.n[TALLY_WHY_MALFORMED], 0);
	assert_true(mem_in_use() < (size_t)10 << 20);
	assert_true(w->tally.n[TALLY_WHY_CLIENTS_EVICTED] > 900000);
	assert_items(w, 1, "");
}

/* Whatever allocation fails, nothing else does. */
static void test_no_memory(void **state)
{
	struct world *w = *state;
	struct tally tally = {0};
	struct why *why;

	for (uint64_t nth = 1; nth < 4; nth++) {
		mem_fail_from(nth);
		assert_int_equal(why_new(&tally, &why), -12);
	}
	mem_fail_from(1);
	send(w, at(CLIENT, 1000), at(KDC, 88), as_req);
	send(w, at(KDC, 53), at(CLIENT, 1000), dns_a);
	mem_fail_from(2);
	send(w, at(KDC, 53), at(CLIENT, 1000), dns_srv_nxdomain);
	mem_fail_from(0);
	assert_items(w, CLIENT, "");
	assert_int_equal(w->tally.n[TALLY_NO_MEMORY], 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_spn_unknown),	 TEST(test_error_alone),  TEST(test_steps),
		TEST(test_unanswered),	 TEST(test_next_kdc),	  TEST(test_attempts),
		TEST(test_unreachable),	 TEST(test_dns_failures), TEST(test_dns_answer_forgives),
		TEST(test_referral),	 TEST(test_names),	  TEST(test_reverse),
		TEST(test_junk),	 TEST(test_client_limit), TEST(test_many_names),
		TEST(test_many_clients), TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
