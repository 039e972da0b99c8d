/* wire/flow.h: what has no flow: datagrams, connection attempts, and what ICMP says. */
#include "unit.h"

#include "wire/flow.h"
#include "wirebuild.h"

#include <stdio.h>
#include <stdlib.h>

struct world {
	struct flow_table *table;
	struct tally tally;
	struct wirebuild b;
	struct text log;
};

static void put_ends(struct text *log, const struct endpoint end[2])
{
	for (int i = 0; i < 2; i++) {
		addr_format(log, &end[i].addr);
		text_printf(log, ":%u%s", end[i].port, i ? "" : " ");
	}
}

static void on_attempt(void *ctx, const struct endpoint end[2], enum attempt how,
		       const struct packet *p)
{
	static const char *const words[] = {"made", "accepted", "refused"};
	struct world *w = ctx;

	assert_non_null(p);
	text_printf(&w->log, "%s ", words[how]);
	put_ends(&w->log, end);
	text_putc(&w->log, '\n');
}

static void on_datagram(void *ctx, const struct endpoint end[2], struct span payload, bool cut,
			const struct packet *p)
{
	struct world *w = ctx;

	assert_non_null(p);
	put_ends(&w->log, end);
	text_printf(&w->log, " %.*s%s\n", (int)payload.len, (const char *)payload.ptr,
		    cut ? "..." : "");
}

static void on_unreachable(void *ctx, const struct endpoint end[2], uint8_t protocol,
			   const struct addr *reporter, uint8_t code, const struct packet *p)
{
	struct world *w = ctx;

	assert_non_null(p);
	text_printf(&w->log, "code %u protocol %u ", code, protocol);
	put_ends(&w->log, end);
	text_puts(&w->log, " says ");
	addr_format(&w->log, reporter);
	text_putc(&w->log, '\n');
}

static void on_close(void *ctx, struct flow *f)
{
	(void)ctx;
	(void)f;
}

static int setup(void **state)
{
	static const struct flow_ops ops = {.close = on_close,
					    .attempt = on_attempt,
					    .datagram = on_datagram,
					    .unreachable = on_unreachable};
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	text_init(&w->log, 0);
	*state = w;
	return flow_table_new(&flow_limits_default, &ops, w, &w->tally, &w->table);
}

static int teardown(void **state)
{
	struct world *w = *state;

	flow_table_free(w->table);
	text_finish(&w->log);
	free(w);
	return 0;
}

/* An exact copy on the heap, so that a sanitizer sees any read beyond it. */
static void deliver(struct world *w, size_t cut)
{
	struct packet p = wirebuild_packet(&w->b, 1, 1);
	uint8_t *copy = malloc(p.data.len - cut);

	assert_non_null(copy);
	memcpy(copy, p.data.ptr, p.data.len - cut);
	p.data = span_make(copy, p.data.len - cut);
	flow_table_packet(w->table, &p);
	free(copy);
}

static void put_ip(struct world *w, bool v6, uint8_t from, uint8_t to, uint8_t protocol)
{
	if (v6)
		wirebuild_v6(&w->b, from, to, protocol);
	else
		wirebuild_v4(&w->b, from, to, protocol);
}

static void send_udp(struct world *w, bool v6, const char *text, size_t cut)
{
	wirebuild_payload(&w->b, text, strlen(text));
	wirebuild_udp(&w->b, 5000, 88);
	put_ip(w, v6, 1, 2, 17);
	wirebuild_ether(&w->b, v6 ? 0x86dd : 0x0800);
	deliver(w, cut);
}

static void datagrams(void **state)
{
	struct world *w = *state;

	send_udp(w, false, "hello", 0);
	send_udp(w, true, "hello", 0);
	send_udp(w, false, "hello", 2);
	assert_string_equal(w->log.ptr, "10.0.0.1:5000 10.0.0.2:88 hello\n"
					"fd00::1:5000 fd00::2:88 hello\n"
					"10.0.0.1:5000 10.0.0.2:88 hel...\n");
}

/* What the capture cut is not broken, and what has no whole header tells nothing. */
static void datagrams_cut_in_the_header(void **state)
{
	struct world *w = *state;

	for (size_t cut = 6; cut <= 13; cut++)
		send_udp(w, cut % 2, "hello", cut);
	assert_null(w->log.ptr);
	assert_int_equal(w->tally.n[TALLY_PACKETS_CUT], 8);
	assert_int_equal(w->tally.n[TALLY_TRANSPORT_MALFORMED], 0);
	send_udp(w, false, "hello", 5);
	assert_string_equal(w->log.ptr, "10.0.0.1:5000 10.0.0.2:88 ...\n");
}

/* An ICMP error of host 9 about a packet of 1 to 2, as much of it as said. */
static void send_icmp_cut(struct world *w, bool v6, uint8_t type, size_t keep, size_t cut)
{
	const uint8_t icmp[8] = {type, 3};
	uint8_t inner[256];
	struct span frame;

	wirebuild_payload(&w->b, "lost", 4);
	wirebuild_udp(&w->b, 5000, 88);
	put_ip(w, v6, 1, 2, 17);
	frame = span_head(wirebuild_frame(&w->b), keep);
	memcpy(inner, frame.ptr, frame.len);
	wirebuild_payload(&w->b, inner, frame.len);
	wirebuild_push(&w->b, icmp, sizeof(icmp));
	put_ip(w, v6, 9, 1, v6 ? 58 : 1);
	wirebuild_ether(&w->b, v6 ? 0x86dd : 0x0800);
	deliver(w, cut);
}

static void send_icmp(struct world *w, bool v6, uint8_t type, size_t keep)
{
	send_icmp_cut(w, v6, type, keep, 0);
}

static void unreachable(void **state)
{
	struct world *w = *state;

	send_icmp(w, false, 3, 28); /* header and 8 bytes, as of old */
	send_icmp(w, true, 1, 48);
	send_icmp(w, false, 11, 28); /* time exceeded: not that */
	assert_string_equal(w->log.ptr,
			    "code 3 protocol 17 10.0.0.1:5000 10.0.0.2:88 says 10.0.0.9\n"
			    "code 3 protocol 17 fd00::1:5000 fd00::2:88 says fd00::9\n");
}

static void unreachable_cut_short(void **state)
{
	struct world *w = *state;

	for (size_t keep = 0; keep < 24; keep++)
		send_icmp(w, false, 3, keep);
	for (size_t keep = 0; keep < 44; keep++)
		send_icmp(w, true, 1, keep);
	assert_null(w->log.ptr);
	assert_int_equal(w->tally.n[TALLY_TRANSPORT_MALFORMED], 24 + 44);
}

static void unreachable_cut_by_the_capture(void **state)
{
	struct world *w = *state;

	for (size_t cut = 5; cut <= 36; cut++)
		send_icmp_cut(w, false, 3, 28, cut);
	assert_null(w->log.ptr);
	assert_int_equal(w->tally.n[TALLY_TRANSPORT_MALFORMED], 0);
	send_icmp_cut(w, false, 3, 28, 4);
	assert_non_null(w->log.ptr);
}

#define SYN 2
#define RST 4
#define ACK 16

static void send_tcp(struct world *w, uint8_t from, uint8_t flags, uint32_t seq)
{
	struct wirebuild_tcp tcp = {.from = from == 1 ? 5000 : 88,
				    .to = from == 1 ? 88 : 5000,
				    .seq = seq,
				    .ack = from == 1 ? 21 : 11,
				    .flags = flags};

	wirebuild_payload(&w->b, "", 0);
	wirebuild_tcp(&w->b, &tcp);
	wirebuild_v4(&w->b, from, from == 1 ? 2 : 1, 6);
	wirebuild_ether(&w->b, 0x0800);
	deliver(w, 0);
}

static void an_attempt_is_refused_by_a_reset_that_answers_its_syn(void **state)
{
	struct world *w = *state;

	send_tcp(w, 1, SYN, 10);
	send_tcp(w, 2, RST | ACK, 0);
	assert_string_equal(w->log.ptr, "made 10.0.0.1:5000 10.0.0.2:88\n"
					"refused 10.0.0.1:5000 10.0.0.2:88\n");
}

static void a_reset_later_is_no_refusal(void **state)
{
	struct world *w = *state;

	send_tcp(w, 1, SYN, 10);
	send_tcp(w, 2, SYN | ACK, 20);
	send_tcp(w, 2, RST, 21);
	send_tcp(w, 1, RST, 11);
	assert_string_equal(w->log.ptr, "made 10.0.0.1:5000 10.0.0.2:88\n"
					"accepted 10.0.0.1:5000 10.0.0.2:88\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(datagrams),
		CASE(datagrams_cut_in_the_header),
		CASE(unreachable_cut_by_the_capture),
		CASE(unreachable),
		CASE(unreachable_cut_short),
		CASE(an_attempt_is_refused_by_a_reset_that_answers_its_syn),
		CASE(a_reset_later_is_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
