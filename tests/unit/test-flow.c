/* wire/flow.h: what the reader of a connection gets to see */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/flow.h"
#include "wirebuild.h"

#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16
#define A STREAM_A_TO_B
#define B STREAM_B_TO_A

/*
 * A reader that writes down what it is given, as text: each view whole, `|` for a gap, and `.` where a view
 * ends if told to. How it answers is scripted.
 */
struct world {
	struct flow_table *table;
	struct tally tally;
	struct flow_limits limits;
	struct wirebuild b;
	int64_t now;
	struct text seen[2];
	struct text ended; /* one letter a closed flow: m midstream, s not */
	struct appetite answer[64];
	unsigned answers, answered;
	bool mark_views;
	uint64_t calls, opened, closed;
	const void *view; /* where the last one lay */
	size_t hold;	  /* bytes that the reader takes for a flow, through base/mem.h */
	size_t missing;	  /* the next packets lack as many bytes at their end */
	uint8_t from, to; /* of the addresses, 10.0.0.x */
	uint16_t port;
};

static void on_data(void *ctx, struct flow *f, enum stream_dir d, struct span view,
		    const struct packet *p, struct appetite *ret_appetite)
{
	struct world *w = ctx;

	assert_non_null(p);
	assert_true(view.len > 0);
	if (!f->user) {
		/* a leak where close is not called */
		f->user = w->hold ? mem_alloc(w->hold) : malloc(1);
		assert_non_null(f->user);
		w->opened++;
	}
	w->calls++;
	w->view = view.ptr;
	if (w->answered < w->answers)
		*ret_appetite = w->answer[w->answered++];
	else
		ret_appetite->skip = view.len;
	text_add(&w->seen[d], view.ptr, view.len);
	if (w->mark_views)
		text_putc(&w->seen[d], '.');
}

static void on_gap(void *ctx, struct flow *f, enum stream_dir d, const struct packet *p)
{
	struct world *w = ctx;

	(void)f;
	assert_non_null(p);
	text_putc(&w->seen[d], '|');
}

static void on_close(void *ctx, struct flow *f)
{
	struct world *w = ctx;

	if (f->user)
		w->closed++;
	if (w->hold)
		mem_free(f->user);
	else
		free(f->user);
	text_putc(&w->ended, f->midstream ? 'm' : 's');
}

static const struct flow_ops ops = {.data = on_data, .gap = on_gap, .close = on_close};

static struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->limits = flow_limits_default;
	w->limits.flows = 1024;
	w->from = 1;
	w->to = 2;
	w->port = 1000;
	w->now = NSEC_PER_SEC;
	return w;
}

static void world_start(struct world *w)
{
	assert_int_equal(flow_table_new(&w->limits, &ops, w, &w->tally, &w->table), 0);
}

static void world_end(struct world *w)
{
	flow_table_free(w->table);
	assert_int_equal(w->opened, w->closed);
	text_finish(&w->seen[A]);
	text_finish(&w->seen[B]);
	text_finish(&w->ended);
	free(w);
}

static struct world *world(void)
{
	struct world *w = world_new();

	world_start(w);
	return w;
}

static void build_tcp(struct world *w, enum stream_dir d, uint8_t flags, uint32_t seq, uint32_t ack,
		      struct span payload)
{
	struct wirebuild_tcp tcp = {
		.from = d == A ? w->port : 445,
		.to = d == A ? 445 : w->port,
		.seq = seq,
		.ack = ack,
		.flags = flags,
	};

	wirebuild_payload(&w->b, payload.ptr, payload.len);
	wirebuild_tcp(&w->b, &tcp);
}

static void deliver(struct world *w, int link_type)
{
	struct packet p = wirebuild_packet(&w->b, link_type, w->now);
	/* an exact copy on the heap, so that a sanitizer sees any read beyond it */
	uint8_t *copy = malloc(p.data.len - w->missing + 1);

	assert_non_null(copy);
	p.data.len -= w->missing;
	memcpy(copy, p.data.ptr, p.data.len);
	p.data.ptr = copy;
	flow_table_packet(w->table, &p);
	free(copy);
}

static void send_bytes(struct world *w, enum stream_dir d, uint8_t flags, uint32_t seq,
		       uint32_t ack, struct span payload)
{
	build_tcp(w, d, flags, seq, ack, payload);
	wirebuild_v4(&w->b, d == A ? w->from : w->to, d == A ? w->to : w->from, 6);
	wirebuild_ether(&w->b, 0x0800);
	deliver(w, 1);
}

static void send_tcp(struct world *w, enum stream_dir d, uint8_t flags, uint32_t seq, uint32_t ack,
		     const char *text)
{
	send_bytes(w, d, flags, seq, ack, span_str(text));
}

/* Data of a direction whose first byte is number 1001 (A) or 2001 (B), as after connect(). */
static void data(struct world *w, enum stream_dir d, uint32_t off, const char *text)
{
	send_tcp(w, d, ACK, (d == A ? 1001 : 2001) + off, 0, text);
}

/* The other side has all before `off` of direction d. */
static void acked(struct world *w, enum stream_dir d, uint32_t off)
{
	send_tcp(w, stream_other(d), ACK, d == A ? 2001 : 1001, (d == A ? 1001 : 2001) + off, "");
}

static void handshake(struct world *w)
{
	send_tcp(w, A, SYN, 1000, 0, "");
	send_tcp(w, B, SYN | ACK, 2000, 1001, "");
	send_tcp(w, A, ACK, 1001, 2001, "");
}

static void assert_seen(struct world *w, enum stream_dir d, const char *text)
{
	assert_string_equal(w->seen[d].ptr ? w->seen[d].ptr : "", text);
}

static void assert_tally(const struct world *w, enum tally_item item, uint64_t n)
{
	assert_int_equal(w->tally.n[item], n);
}

static void answer(struct world *w, uint64_t skip, size_t want)
{
	w->answer[w->answers++] = (struct appetite){.skip = skip, .want = want};
}

static void answer_never(struct world *w)
{
	w->answer[w->answers++] = (struct appetite){.never = true};
}

static void test_in_order(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "hello ");
	data(w, B, 0, "what?");
	data(w, A, 6, "world");
	assert_seen(w, A, "hello world");
	assert_seen(w, B, "what?");
	assert_tally(w, TALLY_FLOWS, 1);
	assert_tally(w, TALLY_FLOWS_MIDSTREAM, 0);
	assert_tally(w, TALLY_TCP_DUPLICATE, 0);
	flow_table_flush(w->table);
	assert_string_equal(w->ended.ptr, "s");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	world_end(w);
}

static void test_reorder(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 2, "cd");
	data(w, A, 6, "gh");
	data(w, A, 4, "ef");
	assert_seen(w, A, "");
	data(w, A, 0, "ab");
	assert_seen(w, A, "abcdefgh");
	data(w, A, 8, "ij");
	assert_seen(w, A, "abcdefghij");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	assert_tally(w, TALLY_TCP_OVERLAP, 0);
	world_end(w);
}

static void test_retransmission(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "abcd");
	data(w, A, 0, "abcd");
	data(w, A, 2, "cdef"); /* partly new */
	data(w, A, 0, "ab");
	assert_seen(w, A, "abcdef");
	assert_tally(w, TALLY_TCP_DUPLICATE, 2);
	world_end(w);
}

static void test_first_bytes_win(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 2, "cd");
	data(w, A, 6, "gh");
	data(w, A, 1, "XXXXXXXX"); /* fills 1, 4, 5, 8 */
	assert_tally(w, TALLY_TCP_OVERLAP, 1);
	data(w, A, 0, "aY");
	assert_seen(w, A, "aXcdXXghX");
	assert_tally(w, TALLY_TCP_OVERLAP, 2);
	world_end(w);
}

static void test_overlap_with_waiting_head(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 0, 8);
	data(w, A, 0, "abcd");
	data(w, A, 0, "abcd");
	assert_tally(w, TALLY_TCP_DUPLICATE, 1);
	data(w, A, 2, "XXef");
	assert_tally(w, TALLY_TCP_OVERLAP, 1);
	assert_seen(w, A, "abcd");
	data(w, A, 6, "gh");
	assert_seen(w, A, "abcdabcdefgh");
	world_end(w);
}

static void test_view_is_the_packet(void **state)
{
	struct world *w = world();
	struct packet p;

	(void)state;
	handshake(w);
	build_tcp(w, A, ACK, 1001, 2001, span_str("hello"));
	wirebuild_v4(&w->b, 1, 2, 6);
	wirebuild_ether(&w->b, 0x0800);
	p = wirebuild_packet(&w->b, 1, w->now);
	flow_table_packet(w->table, &p);
	assert_ptr_equal(w->view, p.data.ptr + 54);
	world_end(w);
}

static void test_want_across_segments(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	w->mark_views = true;
	answer(w, 0, 4);
	answer(w, 4, 6);
	data(w, A, 0, "a");
	data(w, A, 1, "b");
	data(w, A, 2, "c");
	assert_seen(w, A, "a."); /* never shown again before there are four */
	data(w, A, 3, "defg");
	assert_seen(w, A, "a.abcdefg.");
	data(w, A, 7, "hi");
	data(w, A, 9, "jk");
	assert_seen(w, A, "a.abcdefg.efghijk.");
	world_end(w);
}

static void test_no_progress_waits_for_one_more(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	w->mark_views = true;
	answer(w, 0, 0);
	answer(w, 0, 2);
	data(w, A, 0, "ab");
	data(w, A, 2, "c");
	data(w, A, 3, "d");
	assert_seen(w, A, "ab.abc.abcd.");
	world_end(w);
}

static void test_several_in_one_segment(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	w->mark_views = true;
	answer(w, 2, 1);
	answer(w, 3, 1);
	data(w, A, 0, "aabbbc");
	assert_seen(w, A, "aabbbc.bbbc.c.");
	world_end(w);
}

static void test_skip_across_loss(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 100, 4);
	data(w, A, 0, "head");
	data(w, A, 60, "far inside");
	data(w, A, 20, "inside");
	data(w, A, 98, "..ab"); /* only two of the four */
	acked(w, A, 102);
	assert_seen(w, A, "head");
	data(w, A, 102, "cdef");
	assert_seen(w, A, "headabcdef");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	assert_tally(w, TALLY_TCP_BUFFER_FULL, 0);
	world_end(w);
}

static void test_skip_ends_behind_a_hole(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 10, 1);
	data(w, A, 0, "head");
	data(w, A, 12, "cd"); /* beyond the skip: has to wait */
	assert_seen(w, A, "head");
	data(w, A, 4, "......ab");
	assert_seen(w, A, "headabcd");
	world_end(w);
}

static void test_endless_skip(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 3, 1);
	answer(w, UINT64_MAX, 1);
	data(w, A, 0, "ab");
	data(w, A, 2, "cd");
	data(w, A, 4, "ef");
	assert_seen(w, A, "abd");
	world_end(w);
}

static void test_loss_and_acknowledgement(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 2, 8);
	data(w, A, 0, "abc");
	data(w, A, 10, "klm"); /* 3..9 never come */
	assert_seen(w, A, "abc");
	acked(w, A, 13);
	assert_seen(w, A, "abc"); /* perhaps the capture only has them later */
	for (int i = 0; i < 3; i++)
		acked(w, A, 13);
	assert_seen(w, A, "abc|klm"); /* c was waiting for more and is gone */
	assert_tally(w, TALLY_TCP_GAPS, 1);
	assert_tally(w, TALLY_TCP_GAP_BYTES, 7);
	data(w, A, 13, "nop");
	assert_seen(w, A, "abc|klmnop");
	world_end(w);
}

static void test_loss_after_a_second(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 3, "def");
	acked(w, A, 6);
	w->now += NSEC_PER_SEC / 2;
	data(w, B, 0, "x");
	assert_seen(w, A, "");
	w->now += NSEC_PER_SEC;
	data(w, B, 1, "y");
	assert_seen(w, A, "|def");
	world_end(w);
}

static void test_unacknowledged_hole_is_waited_for(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 3, "def");
	for (uint32_t i = 0; i < 20; i++)
		acked(w, A, 0);
	w->now += 5 * NSEC_PER_SEC;
	acked(w, A, 0);
	assert_seen(w, A, "");
	data(w, A, 0, "abc"); /* the retransmission */
	assert_seen(w, A, "abcdef");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	world_end(w);
}

static void test_one_sided_capture(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, 1000, 0, "");
	data(w, A, 0, "abc");
	data(w, A, 6, "ghi");
	w->now += 2 * NSEC_PER_SEC;
	data(w, A, 9, "jkl");
	assert_seen(w, A, "abc|ghijkl");
	world_end(w);
}

static void test_flush_delivers_what_waits(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "ab");
	data(w, A, 4, "ef");
	data(w, A, 8, "ij");
	flow_table_flush(w->table);
	assert_seen(w, A, "ab|ef|ij");
	assert_string_equal(w->ended.ptr, "s");
	flow_table_flush(w->table); /* nothing twice */
	assert_string_equal(w->ended.ptr, "s");
	world_end(w);
}

static void test_never(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer_never(w);
	data(w, A, 0, "abc");
	data(w, A, 3, "def");
	data(w, A, 9, "jkl");
	data(w, B, 0, "xyz");
	assert_seen(w, A, "abc");
	assert_seen(w, B, "xyz");
	answer_never(w);
	data(w, B, 3, "uvw");
	data(w, B, 6, "rst");
	data(w, B, 90, "rst");
	assert_seen(w, B, "xyzuvw");
	flow_table_flush(w->table);
	assert_seen(w, A, "abc");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	assert_string_equal(w->ended.ptr, "s");
	world_end(w);
}

static void test_never_with_bytes_waiting(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 0, 4);
	data(w, A, 0, "ab");
	data(w, A, 6, "gh");
	answer_never(w);
	data(w, A, 2, "cd");
	data(w, A, 4, "ef");
	assert_seen(w, A, "ababcd");
	world_end(w);
}

static void test_cut_frames(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	w->missing = 6;
	data(w, A, 0, "abcdefghij");
	assert_seen(w, A, "abcd|");
	data(w, A, 10, "klmnopqrst");
	assert_seen(w, A, "abcd|klmn|");
	assert_tally(w, TALLY_TCP_GAPS, 2);
	assert_tally(w, TALLY_TCP_GAP_BYTES, 12);
	answer(w, 10, 4); /* the rest is not wanted */
	data(w, A, 20, "uvwxyz1234");
	w->missing = 0;
	data(w, A, 30, "5678");
	assert_seen(w, A, "abcd|klmn|uvwx5678");
	assert_tally(w, TALLY_TCP_GAPS, 2);
	assert_tally(w, TALLY_PACKETS_CUT, 3);
	world_end(w);
}

static void test_cut_and_out_of_order(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	w->missing = 3;
	data(w, A, 4, "efghij");
	w->missing = 0;
	data(w, A, 10, "kl");
	data(w, A, 0, "abcd");
	assert_seen(w, A, "abcdefg|kl");
	assert_tally(w, TALLY_TCP_GAP_BYTES, 3);
	w->missing = 2;
	data(w, A, 14, "opqr"); /* op, qr missing */
	w->missing = 0;
	data(w, A, 16, "QR"); /* but another copy has them */
	data(w, A, 12, "mn");
	assert_seen(w, A, "abcdefg|klmnopQR");
	world_end(w);
}

static void test_wraparound(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, UINT32_MAX - 3, 0, "");
	send_tcp(w, B, SYN | ACK, UINT32_MAX, UINT32_MAX - 2, "");
	send_tcp(w, A, ACK, UINT32_MAX - 2, 0, "abcdef");
	send_tcp(w, B, ACK, 0, 3, "xyz");
	send_tcp(w, A, ACK, 5, 3, "ij");
	send_tcp(w, A, ACK, 3, 3, "gh");
	assert_seen(w, A, "abcdefghij");
	assert_seen(w, B, "xyz");
	world_end(w);
}

/* More than 4 GiB: each segment says that it was 60000 bytes long, and the reader skips 5 GiB. */
static void test_long_stream(void **state)
{
	static char bulk[60000];
	struct world *w = world();
	uint64_t off = 4, end = (uint64_t)5 << 30;

	(void)state;
	handshake(w);
	answer(w, end, 4);
	data(w, A, 0, "head");
	memset(bulk, 'x', sizeof(bulk));
	w->missing = sizeof(bulk) - 8;
	for (; off + sizeof(bulk) <= end; off += sizeof(bulk))
		send_bytes(w, A, ACK, (uint32_t)(1001 + off), 0, span_make(bulk, sizeof(bulk)));
	w->missing = 0;
	send_bytes(w, A, ACK, (uint32_t)(1001 + off), 0, span_make(bulk, (size_t)(end - off)));
	data(w, A, (uint32_t)end, "tail");
	assert_seen(w, A, "headtail");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	world_end(w);
}

static void test_port_reuse(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "first");
	handshake(w); /* the same SYN again: a copy */
	assert_tally(w, TALLY_FLOWS, 1);
	send_tcp(w, A, SYN, 700000, 0, "");
	assert_null(w->ended.ptr); /* anybody could have sent it */
	send_tcp(w, B, SYN | ACK, 800000, 700001, "");
	assert_string_equal(w->ended.ptr, "s");
	send_tcp(w, A, ACK, 700001, 800001, "second");
	send_tcp(w, B, ACK, 800001, 700007, "answer");
	assert_seen(w, A, "firstsecond");
	assert_seen(w, B, "answer");
	assert_tally(w, TALLY_FLOWS, 2);
	world_end(w);
}

/* Both sides have spoken. */
static void conversation(struct world *w)
{
	handshake(w);
	data(w, A, 0, "ask");
	send_tcp(w, B, ACK, 2001, 1004, "reply");
}

static void conversation_goes_on(struct world *w)
{
	send_tcp(w, A, ACK, 1004, 2006, "+more");
	send_tcp(w, B, ACK, 2006, 1009, "+again");
	assert_seen(w, A, "ask+more");
	assert_seen(w, B, "reply+again");
	assert_null(w->ended.ptr);
	assert_tally(w, TALLY_FLOWS, 1);
	assert_tally(w, TALLY_TCP_GAPS, 0);
}

/* RFC 5961, 4.2: who is amid a connection answers with an ACK of what it has, and goes on. */
static void test_forged_syn(void **state)
{
	static const uint32_t isn[] = {0, 999, 1001, 1003, 1008, 2000, 1000000, 0x60000000};

	(void)state;
	for (size_t i = 0; i < sizeof(isn) / sizeof(*isn); i++) {
		struct world *w = world();

		conversation(w);
		send_tcp(w, A, SYN, isn[i], 0, "");
		send_tcp(w, B, ACK, 2006, 1004, "");
		send_tcp(w, A, SYN, isn[i] + 7, 0, "not this"); /* nor its data */
		send_tcp(w, A, SYN | FIN, isn[i], 0, "");
		conversation_goes_on(w);
		world_end(w);
	}
}

/* Whatever its numbers are: those of what comes next are the hard ones. */
static void test_forged_answer(void **state)
{
	static const uint32_t seq[] = {0, 2001, 2005, 2010, 7000, 0x60000000};
	static const uint32_t ack[] = {0, 1001, 1004, 1009, 5000, 0x60000000};

	(void)state;
	for (size_t i = 0; i < sizeof(seq) / sizeof(*seq); i++)
		for (size_t k = 0; k < sizeof(ack) / sizeof(*ack); k++) {
			struct world *w = world();

			conversation(w);
			send_tcp(w, B, SYN | ACK, seq[i], ack[k], "");
			conversation_goes_on(w);
			world_end(w);
		}
}

/* Before the peer has answered the real SYN, and before anything was said. */
static void test_forged_syn_early(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, 1000, 0, "");
	send_tcp(w, A, SYN, 50000, 0, "");
	send_tcp(w, B, SYN, 60000, 0, "");
	send_tcp(w, B, SYN | ACK, 2000, 1001, "");
	send_tcp(w, B, SYN | ACK, 70000, 1001, "");
	send_tcp(w, A, SYN, 51000, 0, "");
	data(w, A, 0, "ask");
	send_tcp(w, B, ACK, 2001, 1004, "reply");
	conversation_goes_on(w);
	world_end(w);
}

/* The forged one came first: the client's acknowledgement tells which it has. */
static void test_forged_answer_first(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, 1000, 0, "");
	send_tcp(w, B, SYN | ACK, 70000, 1001, "");
	send_tcp(w, B, SYN | ACK, 2000, 1001, "");
	send_tcp(w, A, ACK, 1001, 2001, "");
	data(w, A, 0, "ask");
	send_tcp(w, B, ACK, 2001, 1004, "reply");
	assert_seen(w, A, "ask");
	assert_seen(w, B, "reply");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	world_end(w);
}

static void test_new_attempt_with_new_number(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, 500, 0, ""); /* never answered */
	send_tcp(w, A, SYN, 1000, 0, "");
	send_tcp(w, B, SYN | ACK, 2000, 1001, "");
	data(w, A, 0, "ask");
	data(w, B, 0, "reply");
	assert_seen(w, A, "ask");
	assert_seen(w, B, "reply");
	world_end(w);
}

/* The ports are used again, the other way round, and with other packets lost to the capture. */
static void test_port_reuse_in_part(void **state)
{
	enum { WHOLE, NO_SYN, NO_ANSWER_CLOSING, NO_ANSWER_IDLE, CASES };

	(void)state;
	for (int lacks = WHOLE; lacks < CASES; lacks++) {
		struct world *w = world();
		uint32_t isn = lacks == NO_ANSWER_IDLE ? 1003 : 0x60000000; /* or close by */

		conversation(w);
		w->now += (lacks == NO_ANSWER_IDLE ? 70 : 5) * NSEC_PER_SEC;
		if (lacks == NO_ANSWER_CLOSING)
			send_tcp(w, B, RST, 2006, 0, "");
		if (lacks != NO_SYN)
			send_tcp(w, B, SYN, isn, 0, "");
		if (lacks <= NO_SYN)
			send_tcp(w, A, SYN | ACK, 0x30000000, isn + 1, "");
		send_tcp(w, B, ACK, isn + 1, 0x30000001, "hello");
		send_tcp(w, A, ACK, 0x30000001, isn + 6, "welcome");
		/* A is the new client */
		assert_seen(w, A, "askhello");
		assert_seen(w, B, "replywelcome");
		assert_string_equal(w->ended.ptr, "s");
		assert_tally(w, TALLY_FLOWS, 2);
		assert_tally(w, TALLY_FLOWS_MIDSTREAM, 0);
		assert_tally(w, TALLY_TCP_GAPS, 0);
		world_end(w);
	}
}

static void test_port_reuse_one_sided(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, 1000, 0, "");
	data(w, A, 0, "one");
	send_tcp(w, A, SYN, 0x70000000, 0, "");
	data(w, A, 3, "+on");
	assert_seen(w, A, "one+on");
	send_tcp(w, A, SYN, 0x50000000, 0, "");
	send_tcp(w, A, ACK, 0x50000001, 77, "two");
	send_tcp(w, A, ACK, 0x50000004, 77, "+on");
	assert_seen(w, A, "one+ontwo+on");
	assert_tally(w, TALLY_FLOWS, 2);
	assert_tally(w, TALLY_FLOWS_MIDSTREAM, 0);
	world_end(w);
}

/* Its SYN|ACK is lost to the capture, but its bytes are acknowledged. */
static void test_port_reuse_acknowledged(void **state)
{
	struct world *w = world();

	(void)state;
	conversation(w);
	send_tcp(w, A, SYN, 0x60000000, 0, "");
	send_tcp(w, A, ACK, 0x60000001, 0x20000001, "lost, for it proves nothing");
	send_tcp(w, B, ACK, 0x20000001, 0x60000006, "answer");
	send_tcp(w, A, ACK, 0x60000001 + 27, 0x20000007, "on");
	assert_seen(w, B, "replyanswer");
	flow_table_flush(w->table);
	assert_seen(w, A, "ask|on");
	assert_tally(w, TALLY_FLOWS, 2);
	world_end(w);
}

static void test_midstream(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, ACK, 5000, 9000, ""); /* tells nothing */
	send_tcp(w, A, RST, 5000, 9000, "");
	assert_tally(w, TALLY_FLOWS, 0);
	send_tcp(w, B, ACK, 9000, 5000, "from the server");
	send_tcp(w, A, ACK, 5000, 9015, "abc");
	send_tcp(w, A, ACK, 5003, 9015, "def");
	/* the first that was seen is A */
	assert_seen(w, A, "from the server");
	assert_seen(w, B, "abcdef");
	assert_tally(w, TALLY_FLOWS_MIDSTREAM, 1);
	flow_table_flush(w->table);
	assert_string_equal(w->ended.ptr, "m");
	world_end(w);
}

static void test_answer_seen_first(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, B, SYN | ACK, 2000, 1001, "");
	send_tcp(w, A, SYN, 1000, 0, ""); /* captured in the wrong order */
	assert_tally(w, TALLY_FLOWS, 1);
	data(w, A, 3, "def");
	data(w, A, 0, "abc");
	data(w, B, 0, "xyz");
	assert_seen(w, A, "abcdef");
	assert_seen(w, B, "xyz");
	assert_tally(w, TALLY_FLOWS_MIDSTREAM, 0);
	world_end(w);
}

static void test_fast_open(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, 1000, 0, "early ");
	send_tcp(w, B, SYN | ACK, 2000, 1007, "");
	data(w, A, 6, "late");
	assert_seen(w, A, "early late");
	assert_tally(w, TALLY_FLOWS, 1);
	world_end(w);
}

static void test_fin(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 2, "cd");
	send_tcp(w, A, FIN | ACK, 1005, 2001, "");
	send_tcp(w, B, FIN | ACK, 2001, 1006, "");
	data(w, A, 0, "ab"); /* late, but in time */
	assert_seen(w, A, "abcd");
	w->now += 3 * NSEC_PER_SEC;
	w->port = 1001;
	handshake(w); /* time passes with any packet */
	assert_string_equal(w->ended.ptr, "s");
	/* late copies make no new flow */
	w->port = 1000;
	data(w, A, 0, "ab");
	send_tcp(w, A, FIN | ACK, 1005, 2001, "");
	assert_tally(w, TALLY_FLOWS, 2);
	/* a new connection does */
	send_tcp(w, A, SYN, 5000, 0, "");
	send_tcp(w, A, ACK, 5001, 0, "new");
	assert_tally(w, TALLY_FLOWS, 3);
	assert_seen(w, A, "abcdnew");
	world_end(w);
}

static void test_reset(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "ab");
	send_tcp(w, B, RST | ACK, 2001, 1003, "");
	data(w, A, 2, "cd"); /* was on its way */
	assert_seen(w, A, "abcd");
	assert_null(w->ended.ptr);
	w->now += 3 * NSEC_PER_SEC;
	w->port = 1001;
	handshake(w);
	assert_string_equal(w->ended.ptr, "s");
	world_end(w);
}

static void test_forged_reset(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "ab");
	send_tcp(w, A, RST, 1003 + 50000000, 0, "");
	w->now += 10 * NSEC_PER_SEC;
	data(w, A, 2, "cd");
	assert_seen(w, A, "abcd");
	assert_null(w->ended.ptr);
	/* one that is believed: what comes on nonetheless is a connection again */
	send_tcp(w, A, RST, 1005, 0, "");
	w->now += 10 * NSEC_PER_SEC;
	data(w, A, 4, "ef");
	assert_seen(w, A, "abcdef");
	assert_string_equal(w->ended.ptr, "s");
	assert_tally(w, TALLY_FLOWS_MIDSTREAM, 1);
	world_end(w);
}

static void test_refused_connection(void **state)
{
	struct world *w = world();

	(void)state;
	send_tcp(w, A, SYN, 1000, 0, "");
	send_tcp(w, B, RST | ACK, 0, 1001, "");
	assert_string_equal(w->ended.ptr, "s");
	send_tcp(w, A, SYN, 1000, 0, ""); /* the same again, and then it is accepted */
	send_tcp(w, B, SYN | ACK, 2000, 1001, "");
	data(w, A, 0, "abc");
	assert_seen(w, A, "abc");
	world_end(w);
}

static void test_stray_segments(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "ab");
	data(w, A, 0x60000000, "far");
	data(w, A, 0x90000000, "off");
	data(w, A, 2, "cd");
	assert_seen(w, A, "abcd");
	assert_tally(w, TALLY_TCP_STRAY, 2);
	/* but if they go on, it is the capture that lost that much */
	data(w, A, 0x60000000, "12");
	data(w, A, 0x60000000, "12");
	data(w, A, 0x60000002, "34");
	data(w, A, 0x60000004, "56");
	data(w, A, 0x60000006, "78");
	assert_seen(w, A, "abcd|5678");
	world_end(w);
}

static void test_far_segment_does_not_derail(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "ab");
	data(w, A, 500000000, "forged");
	data(w, A, 1500000000, "forged");
	data(w, A, 2, "cd");
	data(w, A, 4, "ef");
	assert_seen(w, A, "abcdef");
	assert_tally(w, TALLY_TCP_GAPS, 0);
	world_end(w);
}

/* Copies of every packet, as of two mirror ports: one tagged, one in a tunnel. */
static void test_second_mirror_port(void **state)
{
	static const char *const text[4] = {"one ", "two ", "three ", "four "};
	struct world *w = world();
	uint32_t off = 0;

	(void)state;
	handshake(w);
	handshake(w);
	for (int i = 0; i < 4; i++) {
		data(w, A, off, text[i]);
		build_tcp(w, A, ACK, 1001 + off, 0, span_str(text[i]));
		wirebuild_v4(&w->b, 1, 2, 6);
		wirebuild_push(&w->b, "\0\7\x08\0", 4);
		wirebuild_ether(&w->b, 0x8100);
		deliver(w, 1);
		off += (uint32_t)strlen(text[i]);
	}
	assert_seen(w, A, "one two three four ");
	assert_tally(w, TALLY_FLOWS, 1);
	assert_tally(w, TALLY_TCP_DUPLICATE, 4);
	assert_tally(w, TALLY_TCP_OVERLAP, 0);
	world_end(w);
}

#define ETH "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"

static void send_wrapped(struct world *w, uint32_t off, const char *text, const void *head,
			 size_t len, uint8_t protocol)
{
	build_tcp(w, A, ACK, 1001 + off, 0, span_str(text));
	wirebuild_v4(&w->b, 1, 2, 6);
	wirebuild_push(&w->b, head, len);
	wirebuild_v4(&w->b, 8, 9, protocol);
	wirebuild_ether(&w->b, 0x0800);
	deliver(w, 1);
}

static void test_tunnels_are_one_flow(void **state)
{
	static const char vxlan[] = "\x30\0\x12\xb5\0\0\0\0\x08\0\0\0\0\0\7\0" ETH;
	static const char erspan[] = "\x10\0\x88\xbeSEQ!12345678" ETH;
	struct world *w = world();

	(void)state;
	handshake(w);
	send_wrapped(w, 0, "gre ", "\0\0\x08\0", 4, 47);
	send_wrapped(w, 4, "ipip ", "", 0, 4);
	send_wrapped(w, 9, "vxlan ", vxlan, sizeof(vxlan) - 1, 17);
	send_wrapped(w, 15, "erspan ", erspan, sizeof(erspan) - 1, 47);
	build_tcp(w, A, ACK, 1001 + 22, 0, span_str("sixtofour "));
	wirebuild_v4(&w->b, 1, 2, 6);
	wirebuild_v6(&w->b, 8, 9, 4);
	deliver(w, 101);
	assert_seen(w, A, "gre ipip vxlan erspan sixtofour ");
	assert_tally(w, TALLY_FLOWS, 1);
	world_end(w);
}

static void test_tunnel_depth(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	build_tcp(w, A, ACK, 1001, 0, span_str("deep"));
	for (int i = 0; i < 8; i++)
		wirebuild_v4(&w->b, 1, 2, i ? 4 : 6);
	deliver(w, 101);
	assert_seen(w, A, "deep");
	wirebuild_v4(&w->b, 1, 2, 4);
	deliver(w, 101);
	assert_tally(w, TALLY_TUNNEL_DEPTH, 1);
	world_end(w);
}

static void test_ipv6(void **state)
{
	struct world *w = world();

	(void)state;
	for (int i = 0; i < 2; i++) {
		build_tcp(w, i ? B : A, i ? SYN | ACK : SYN, i ? 2000 : 1000, 1001,
			  (struct span){0});
		wirebuild_v6(&w->b, i ? 2 : 1, i ? 1 : 2, 6);
		deliver(w, 229);
	}
	build_tcp(w, A, ACK, 1001, 2001, span_str("six"));
	wirebuild_v6(&w->b, 1, 2, 6);
	deliver(w, 229);
	build_tcp(w, B, ACK, 2001, 1004, span_str("back"));
	wirebuild_v6(&w->b, 2, 1, 6);
	deliver(w, 229);
	assert_seen(w, A, "six");
	assert_seen(w, B, "back");
	assert_tally(w, TALLY_FLOWS, 1);
	world_end(w);
}

/* IPv6 packets with IPv4-mapped addresses, one or both: hostile, or a tap on a strange stack. */
static void test_ipv6_with_mapped_addresses(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1};
	struct world *w = world();

	(void)state;
	for (int i = 0; i < 3; i++) {
		build_tcp(w, A, ACK, 1001, 2001, span_str("x"));
		wirebuild_v6(&w->b, 1, 2, 6);
		if (i != 1)
			memcpy(w->b.bytes + w->b.start + 8, mapped, 16);
		if (i != 0)
			memcpy(w->b.bytes + w->b.start + 24, mapped, 16);
		deliver(w, 229);
	}
	assert_tally(w, TALLY_FLOWS, 3);
	flow_table_flush(w->table);
	assert_string_equal(w->ended.ptr, "mmm");
	world_end(w);
}

/* A segment in three fragments, the last first, also inside a tunnel that is itself in one piece. */
static void send_fragmented(struct world *w, bool v6, uint32_t seq, const char *text)
{
	uint8_t whole[256];
	struct span all;

	build_tcp(w, A, ACK, seq, 0, span_str(text));
	all = wirebuild_frame(&w->b);
	memcpy(whole, all.ptr, all.len);
	for (size_t off = (all.len - 1) / 16 * 16 + 16; off > 0; off -= 16) {
		size_t at = off - 16, n = all.len - at < 16 ? all.len - at : 16;

		wirebuild_payload(&w->b, whole + at, n);
		if (v6)
			wirebuild_fragment_v6(&w->b, seq, at, at + n < all.len, 6);
		else
			wirebuild_fragment_v4(&w->b, (uint16_t)seq, at, at + n < all.len, 6);
		deliver(w, 101);
	}
}

static void test_fragments(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	send_fragmented(w, false, 1001, "a segment that came in pieces");
	assert_seen(w, A, "a segment that came in pieces");
	assert_tally(w, TALLY_FLOWS, 1);
	assert_tally(w, TALLY_IP_FRAGMENT_LOST, 0);
	send_fragmented(w, true, 1001, ", over IPv6 too");
	assert_seen(w, A, "a segment that came in pieces, over IPv6 too");
	world_end(w);
}

static void test_ethernet_padding(void **state)
{
	struct world *w = world();
	struct packet p;

	(void)state;
	handshake(w);
	build_tcp(w, A, ACK, 1001, 2001, span_str("x"));
	wirebuild_v4(&w->b, 1, 2, 6);
	wirebuild_ether(&w->b, 0x0800);
	memmove(w->b.bytes, w->b.bytes + w->b.start, 55);
	memset(w->b.bytes + 55, 'P', 5);
	w->b.start = 0;
	p = wirebuild_packet(&w->b, 1, w->now);
	p.data.len = p.wire_len = 60;
	flow_table_packet(w->table, &p);
	assert_seen(w, A, "x");
	world_end(w);
}

static void test_want_too_much(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 1, STREAM_WANT_MAX + 1);
	data(w, A, 0, "abc");
	assert_seen(w, A, "abc|");
	data(w, A, 3, "def");
	assert_seen(w, A, "abc|def");
	assert_tally(w, TALLY_TCP_BUFFER_FULL, 1);
	answer(w, 0, SIZE_MAX);
	data(w, A, 6, "ghi");
	assert_seen(w, A, "abc|defghi|");
	world_end(w);
}

static void test_direction_limit(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->limits.bytes_per_dir = 10;
	world_start(w);
	handshake(w);
	answer(w, 0, 100);
	data(w, A, 0, "abcdef");
	data(w, A, 6, "ghijkl"); /* too much: given up */
	assert_seen(w, A, "abcdef|");
	assert_tally(w, TALLY_TCP_BUFFER_FULL, 1);
	data(w, A, 12, "mn");
	assert_seen(w, A, "abcdef|mn");
	world_end(w);
}

static void test_total_limit(void **state)
{
	struct world *w = world_new();
	char bulk[1001];

	(void)state;
	memset(bulk, 'x', 1000);
	bulk[1000] = '\0';
	w->limits.bytes_total = 100000;
	world_start(w);
	for (uint16_t port = 1; port <= 500; port++) {
		w->port = port;
		handshake(w);
		data(w, A, 1, bulk);
	}
	/* the older ones lost what waited */
	assert_true(w->tally.n[TALLY_TCP_MEMORY_FULL] > 300);
	assert_true(w->tally.n[TALLY_TCP_GAPS] > 300);
	text_reset(&w->seen[A]);
	data(w, A, 0, "a");
	assert_true(w->seen[A].len >= 1001); /* after the gaps of others */
	assert_memory_equal(w->seen[A].ptr + w->seen[A].len - 1001, "axxx", 4);
	world_end(w);
}

static void test_many_small_pieces(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	for (uint32_t off = 1; off < 40000; off += 2)
		data(w, A, off, "x");
	assert_true(w->tally.n[TALLY_TCP_BUFFER_FULL] > 10000);
	world_end(w);
}

static void test_byte_by_byte(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	answer(w, 0, 100000);
	for (uint32_t off = 0; off < 100000; off++)
		data(w, A, off, "x");
	assert_int_equal(w->calls, 2);
	assert_int_equal(w->seen[A].len, 100001);
	world_end(w);
}

static void test_half_open_flood(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	data(w, A, 0, "before ");
	for (uint32_t i = 0; i < 1000000; i++) {
		w->port = (uint16_t)i;
		w->from = (uint8_t)(10 + (i >> 16));
		send_tcp(w, A, SYN, i, 0, "");
	}
	w->from = 1;
	w->port = 1000;
	data(w, A, 7, "after");
	assert_seen(w, A, "before after");
	assert_tally(w, TALLY_FLOWS, 1000001);
	assert_true(w->tally.n[TALLY_FLOWS_EVICTED] >= 1000000 - 1024);
	assert_tally(w, TALLY_FLOWS_MIDSTREAM, 0);
	world_end(w);
}

static void test_least_recently_used_goes(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->limits.flows = 4;
	world_start(w);
	for (uint16_t port = 1; port <= 20; port++) {
		w->port = port;
		w->now += 2 * NSEC_PER_SEC;
		handshake(w);
		data(w, A, 0, "x");
		w->now += 2 * NSEC_PER_SEC;
		w->port = 1;
		data(w, A, port, "-"); /* always in use */
	}
	assert_seen(w, A, "x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-");
	assert_tally(w, TALLY_FLOWS, 20);
	assert_tally(w, TALLY_FLOWS_EVICTED, 16);
	world_end(w);
}

/* Connection i of many, each with two bytes of data. */
static void say(struct world *w, uint16_t i)
{
	w->port = (uint16_t)(1000 + i);
	w->now += 2 * NSEC_PER_SEC;
	handshake(w);
	data(w, A, 0, "ab");
}

static void test_tight_memory(void **state)
{
	struct world *w = world();

	(void)state;
	w->hold = 50000;
	mem_limit(4 * mem_in_use() + 4000000);
	for (uint16_t i = 0; i < 500; i++) {
		say(w, i);
		w->port = 1000;
		data(w, A, 2u + i, "-"); /* in use, so never given up */
	}
	mem_limit(0);
	assert_true(w->tally.n[TALLY_FLOWS_EVICTED] > 200);
	assert_true(w->tally.n[TALLY_FLOWS_EVICTED] < 500 - 20);
	assert_int_equal(w->closed, w->tally.n[TALLY_FLOWS_EVICTED]);
	assert_tally(w, TALLY_NO_MEMORY, 0);
	assert_tally(w, TALLY_FLOWS, 500);
	world_end(w);
}

static void test_tight_memory_takes_the_deaf_first(void **state)
{
	struct world *w = world();

	(void)state;
	w->hold = 50000;
	say(w, 0);
	answer(w, 2, 0);
	answer_never(w);
	answer_never(w);
	w->answered = 0;
	say(w, 1);
	data(w, A, 2, "c");
	data(w, B, 0, "d");
	mem_limit((mem_in_use() + 25000) / 3 * 4);
	assert_false(mem_is_tight());
	say(w, 2);
	assert_false(mem_is_tight());
	mem_limit(0);
	assert_tally(w, TALLY_FLOWS_EVICTED, 1);
	w->port = 1000;
	data(w, A, 2, "+on");
	assert_tally(w, TALLY_FLOWS, 3);
	assert_string_equal(w->ended.ptr, "s");
	world_end(w);
}

/* What others hold is no reason to give up one flow after the other. */
static void test_tight_memory_of_others(void **state)
{
	struct world *w = world();
	size_t before = mem_in_use();
	void *others = mem_alloc(8 * before);

	(void)state;
	assert_non_null(others);
	mem_limit(10 * before);
	assert_true(mem_is_tight());
	for (uint16_t i = 0; i < 100; i++)
		say(w, i);
	assert_tally(w, TALLY_FLOWS_EVICTED, 0);
	w->port = 1000;
	data(w, A, 2, "+on");
	assert_null(w->ended.ptr);
	mem_limit(0);
	mem_free(others);
	world_end(w);
}

static void test_time_backwards(void **state)
{
	struct world *w = world();

	(void)state;
	handshake(w);
	w->now -= NSEC_PER_SEC / 2;
	data(w, A, 0, "a");
	w->now -= 5 * NSEC_PER_SEC;
	data(w, A, 1, "b");
	assert_tally(w, TALLY_TIME_BACKWARDS, 1);
	assert_tally(w, TALLY_PACKETS, 5);
	assert_seen(w, A, "ab");
	world_end(w);
}

static void test_one_packet_from_the_future(void **state)
{
	struct world *w = world();
	int64_t now = w->now;

	(void)state;
	handshake(w);
	data(w, A, 0, "ab");
	w->port = 1001;
	w->now = INT64_MAX;
	handshake(w);
	send_tcp(w, B, RST, 2001, 0, ""); /* begins to close then */
	w->now = now;
	w->port = 1000;
	send_tcp(w, B, RST, 2001, 0, "");
	assert_string_equal(w->ended.ptr, "s"); /* the other, at once */
	w->now += NSEC_PER_SEC;
	data(w, A, 2, "cd");
	assert_seen(w, A, "abcd");
	w->now += 3 * NSEC_PER_SEC;
	w->port = 1002;
	handshake(w);
	assert_string_equal(w->ended.ptr, "ss");
	w->now = INT64_MIN;
	handshake(w);
	assert_tally(w, TALLY_TIME_BACKWARDS, 2);
	world_end(w);
}

static void test_hole_from_the_future(void **state)
{
	struct world *w = world();
	int64_t now = w->now;

	(void)state;
	handshake(w);
	w->now += 1000000 * NSEC_PER_SEC;
	data(w, A, 3, "def");
	w->now = now;
	acked(w, A, 0);
	w->now = now + 20 * NSEC_PER_SEC;
	acked(w, A, 0);
	assert_seen(w, A, "");
	w->now = now + 31 * NSEC_PER_SEC;
	acked(w, A, 0);
	assert_seen(w, A, "|def");
	world_end(w);
}

/* A header that the capture cut is not a broken one. */
static void test_cut_headers(void **state)
{
	struct world *w = world();

	(void)state;
	for (size_t n = 0; n < 20; n++) {
		build_tcp(w, A, ACK, 1, 1, span_str(""));
		wirebuild_v4(&w->b, 1, 2, 6);
		w->missing = 20 - n;
		deliver(w, 101);
	}
	assert_tally(w, TALLY_PACKETS_CUT, 20);
	assert_tally(w, TALLY_TRANSPORT_MALFORMED, 0);
	world_end(w);
}

static void test_malformed_tcp(void **state)
{
	struct world *w = world();

	(void)state;
	build_tcp(w, A, ACK, 1, 1, span_str("x"));
	w->b.bytes[w->b.start + 12] = 0x40;
	wirebuild_v4(&w->b, 1, 2, 6);
	deliver(w, 101);
	w->b.bytes[w->b.start + 20 + 12] = 0xf0;
	deliver(w, 101);
	wirebuild_payload(&w->b, "short", 5);
	wirebuild_v4(&w->b, 1, 2, 6);
	deliver(w, 101);
	assert_tally(w, TALLY_TRANSPORT_MALFORMED, 3);
	assert_tally(w, TALLY_FLOWS, 0);
	world_end(w);
}

/* Some traffic that needs every kind of allocation. */
static void busy(struct world *w)
{
	handshake(w);
	answer(w, 0, 6);
	data(w, A, 0, "ab");
	data(w, A, 10, "kl");
	data(w, A, 6, "gh");
	data(w, A, 2, "cdef");
	data(w, A, 8, "ij");
	send_fragmented(w, false, 1001 + 12, "mnopqrstuvwxyz0123456789");
	data(w, A, 36, "end");
}

static void test_memory_runs_out(void **state)
{
	(void)state;
	for (uint64_t nth = 1; nth < 40; nth++) {
		struct world *w = world();

		mem_fail_from(nth);
		busy(w);
		mem_fail_from(0);
		assert_true(nth > 1 || w->tally.n[TALLY_NO_MEMORY] > 0);
		world_end(w);
	}
	for (uint64_t nth = 1; nth < 4; nth++) {
		struct flow_table *t = NULL;
		struct tally tally = {0};

		mem_fail_from(nth);
		assert_int_not_equal(flow_table_new(&flow_limits_default, &ops, NULL, &tally, &t),
				     0);
		mem_fail_from(0);
		assert_null(t);
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

#define RANDOM_BYTES 20000
#define RANDOM_CUTS 400

struct cut {
	uint32_t off, len;
};

/* Cuts of the stream in order, some of them twice, then shuffled within a window. */
static size_t make_cuts(struct cut *cuts, uint32_t *seed)
{
	size_t n = 0;

	for (uint32_t off = 0; off < RANDOM_BYTES && n < RANDOM_CUTS - 1;) {
		uint32_t back = next_random(seed) % 4 ? 0 : next_random(seed) % 50;
		uint32_t start = off > back ? off - back : 0;
		uint32_t len = 51 + next_random(seed) % 400;

		if (len > RANDOM_BYTES - start)
			len = RANDOM_BYTES - start;
		cuts[n++] = (struct cut){start, len};
		off = start + len;
		if (next_random(seed) % 8 == 0)
			cuts[n] = cuts[n - 1], n++;
	}
	for (size_t i = 0; i < n; i++) {
		size_t k = i + next_random(seed) % 6;
		struct cut t = cuts[i];

		if (k >= n)
			continue;
		cuts[i] = cuts[k];
		cuts[k] = t;
	}
	return n;
}

/* However the reader asks and the segments come, the bytes it is shown are those at its position. */
static void one_random_stream(uint32_t seed)
{
	static char stream[RANDOM_BYTES + 1];
	struct cut cuts[RANDOM_CUTS];
	struct world *w = world();
	size_t n;

	for (size_t i = 0; i < RANDOM_BYTES; i++)
		stream[i] = (char)('a' + next_random(&seed) % 26);
	n = make_cuts(cuts, &seed);
	send_tcp(w, A, SYN, 0u - 7000u, 0, ""); /* wraps within */
	for (int i = 0; i < 40; i++)
		answer(w, 0, 1 + next_random(&seed) % 1000);
	for (size_t i = 0; i < n; i++)
		send_bytes(w, A, ACK, 1u - 7000u + cuts[i].off, 0,
			   span_make(stream + cuts[i].off, cuts[i].len));
	/* every unread view was shown again in the next: the stream is what the last ones add up to */
	assert_true(w->seen[A].len >= RANDOM_BYTES);
	assert_memory_equal(w->seen[A].ptr + w->seen[A].len - 2000, stream + RANDOM_BYTES - 2000,
			    2000);
	assert_tally(w, TALLY_TCP_OVERLAP, 0);
	assert_tally(w, TALLY_TCP_GAPS, 0);
	text_reset(&w->seen[A]);
	world_end(w);
}

static void one_random_whole(uint32_t seed)
{
	static char stream[RANDOM_BYTES + 1];
	struct cut cuts[RANDOM_CUTS];
	struct world *w = world();
	size_t n;

	for (size_t i = 0; i < RANDOM_BYTES; i++)
		stream[i] = (char)next_random(&seed);
	n = make_cuts(cuts, &seed);
	send_tcp(w, A, SYN, 0u - 7000u, 0, "");
	for (size_t i = 0; i < n; i++)
		send_bytes(w, A, ACK, 1u - 7000u + cuts[i].off, 0,
			   span_make(stream + cuts[i].off, cuts[i].len));
	assert_int_equal(w->seen[A].len, RANDOM_BYTES);
	assert_memory_equal(w->seen[A].ptr, stream, RANDOM_BYTES);
	assert_tally(w, TALLY_TCP_OVERLAP, 0);
	assert_tally(w, TALLY_TCP_GAPS, 0);
	world_end(w);
}

static void test_random(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 100; seed++) {
		one_random_whole(seed);
		one_random_stream(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_reorder),
		cmocka_unit_test(test_retransmission),
		cmocka_unit_test(test_first_bytes_win),
		cmocka_unit_test(test_overlap_with_waiting_head),
		cmocka_unit_test(test_view_is_the_packet),
		cmocka_unit_test(test_want_across_segments),
		cmocka_unit_test(test_no_progress_waits_for_one_more),
		cmocka_unit_test(test_several_in_one_segment),
		cmocka_unit_test(test_skip_across_loss),
		cmocka_unit_test(test_skip_ends_behind_a_hole),
		cmocka_unit_test(test_endless_skip),
		cmocka_unit_test(test_loss_and_acknowledgement),
		cmocka_unit_test(test_loss_after_a_second),
		cmocka_unit_test(test_unacknowledged_hole_is_waited_for),
		cmocka_unit_test(test_one_sided_capture),
		cmocka_unit_test(test_flush_delivers_what_waits),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_never_with_bytes_waiting),
		cmocka_unit_test(test_cut_frames),
		cmocka_unit_test(test_cut_and_out_of_order),
		cmocka_unit_test(test_wraparound),
		cmocka_unit_test(test_long_stream),
		cmocka_unit_test(test_port_reuse),
		cmocka_unit_test(test_forged_syn),
		cmocka_unit_test(test_forged_answer),
		cmocka_unit_test(test_forged_syn_early),
		cmocka_unit_test(test_forged_answer_first),
		cmocka_unit_test(test_new_attempt_with_new_number),
		cmocka_unit_test(test_port_reuse_in_part),
		cmocka_unit_test(test_port_reuse_one_sided),
		cmocka_unit_test(test_port_reuse_acknowledged),
		cmocka_unit_test(test_midstream),
		cmocka_unit_test(test_answer_seen_first),
		cmocka_unit_test(test_fast_open),
		cmocka_unit_test(test_fin),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_forged_reset),
		cmocka_unit_test(test_refused_connection),
		cmocka_unit_test(test_stray_segments),
		cmocka_unit_test(test_far_segment_does_not_derail),
		cmocka_unit_test(test_second_mirror_port),
		cmocka_unit_test(test_tunnels_are_one_flow),
		cmocka_unit_test(test_tunnel_depth),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_ipv6_with_mapped_addresses),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_ethernet_padding),
		cmocka_unit_test(test_want_too_much),
		cmocka_unit_test(test_direction_limit),
		cmocka_unit_test(test_total_limit),
		cmocka_unit_test(test_many_small_pieces),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_half_open_flood),
		cmocka_unit_test(test_least_recently_used_goes),
		cmocka_unit_test(test_tight_memory),
		cmocka_unit_test(test_tight_memory_takes_the_deaf_first),
		cmocka_unit_test(test_tight_memory_of_others),
		cmocka_unit_test(test_time_backwards),
		cmocka_unit_test(test_one_packet_from_the_future),
		cmocka_unit_test(test_hole_from_the_future),
		cmocka_unit_test(test_cut_headers),
		cmocka_unit_test(test_malformed_tcp),
		cmocka_unit_test(test_memory_runs_out),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
