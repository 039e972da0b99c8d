/* wire/ip.h, wire/tunnel.h, wire/fragment.h */
#include "unit.h"

#include <errno.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/fragment.h"
#include "wire/tunnel.h"
#include "wirebuild.h"

static struct wirebuild b;

static struct ip_packet read_built(void)
{
	struct ip_packet ip;

	assert_int_equal(ip_read(wirebuild_frame(&b), 0, &ip), 0);
	return ip;
}

static void assert_payload(const struct ip_packet *ip, const char *text)
{
	assert_int_equal(ip->payload.len, strlen(text));
	assert_memory_equal(ip->payload.ptr, text, strlen(text));
}

static void test_v4(void **state)
{
	struct ip_packet ip;

	(void)state;
	wirebuild_payload(&b, "hello", 5);
	wirebuild_v4(&b, 1, 2, IP_TCP);
	ip = read_built();
	assert_payload(&ip, "hello");
	assert_false(ip.v6 || ip.fragment);
	assert_int_equal(ip.protocol, IP_TCP);
	assert_int_equal(ip.missing, 0);
	assert_memory_equal(ip.src, "\12\0\0\1", 4);
	assert_memory_equal(ip.dst, "\12\0\0\2", 4);
}

static void test_v4_options(void **state)
{
	struct ip_packet ip;

	(void)state;
	wirebuild_payload(&b, "\x94\4\0\0hello", 9); /* router alert */
	wirebuild_v4(&b, 1, 2, IP_TCP);
	b.bytes[b.start] = 0x46;
	ip = read_built();
	assert_payload(&ip, "hello");
}

static void test_padding_is_left_out(void **state)
{
	static const uint8_t padding[20] = {0};
	struct ip_packet ip;
	struct span frame;

	(void)state;
	wirebuild_payload(&b, padding, sizeof(padding));
	b.start -= 5;
	memcpy(b.bytes + b.start, "hello", 5);
	wirebuild_v4(&b, 1, 2, IP_TCP);
	b.bytes[b.start + 3] = 25; /* total length: without the padding */
	frame = wirebuild_frame(&b);
	assert_int_equal(ip_read(frame, 6, &ip), 0);
	assert_payload(&ip, "hello");
	assert_int_equal(ip.missing, 0); /* what the capture cut off was padding */
}

static void test_lengths(void **state)
{
	struct ip_packet ip;

	(void)state;
	wirebuild_payload(&b, "hello", 5);
	wirebuild_v4(&b, 1, 2, IP_TCP);
	b.bytes[b.start + 2] = 1; /* 256 more than there are */
	ip = read_built();
	assert_payload(&ip, "hello");
	assert_int_equal(ip.missing, 256);
	b.bytes[b.start + 2] = b.bytes[b.start + 3] = 0; /* segmentation offload */
	assert_int_equal(ip_read(wirebuild_frame(&b), 40, &ip), 0);
	assert_payload(&ip, "hello");
	assert_int_equal(ip.missing, 40);
	b.bytes[b.start + 3] = 19; /* less than the header */
	assert_int_equal(ip_read(wirebuild_frame(&b), 0, &ip), -EBADMSG);
}

static void test_v4_malformed(void **state)
{
	struct ip_packet ip;
	struct span frame;

	(void)state;
	wirebuild_payload(&b, "hello", 5);
	wirebuild_v4(&b, 1, 2, IP_TCP);
	frame = wirebuild_frame(&b);
	for (size_t n = 0; n < 20; n++)
		assert_int_equal(ip_read(span_head(frame, n), 0, &ip), -EBADMSG);
	b.bytes[b.start] = 0x44;
	assert_int_equal(ip_read(frame, 0, &ip), -EBADMSG);
	b.bytes[b.start] = 0x4f; /* 60 bytes of header in 25 */
	assert_int_equal(ip_read(frame, 0, &ip), -EBADMSG);
	b.bytes[b.start] = 0x55;
	assert_int_equal(ip_read(frame, 0, &ip), -EBADMSG);
}

static void test_v6_extensions(void **state)
{
	static const uint8_t hop[8] = {IP_ROUTING};
	static const uint8_t routing[24] = {IP_AUTHENTICATION, 2};
	static const uint8_t ah[16] = {IP_DESTINATION, 2};
	static const uint8_t dest[8] = {IP_TCP};
	struct ip_packet ip;
	struct span frame;

	(void)state;
	wirebuild_payload(&b, "hello", 5);
	wirebuild_push(&b, dest, sizeof(dest));
	wirebuild_push(&b, ah, sizeof(ah));
	wirebuild_push(&b, routing, sizeof(routing));
	wirebuild_push(&b, hop, sizeof(hop));
	wirebuild_v6(&b, 1, 2, IP_HOP_BY_HOP);
	ip = read_built();
	assert_payload(&ip, "hello");
	assert_true(ip.v6);
	assert_int_equal(ip.protocol, IP_TCP);
	frame = wirebuild_frame(&b);
	for (size_t n = 0; n < frame.len - 5; n++)
		assert_int_equal(ip_read(span_head(frame, n), 0, &ip), -EBADMSG);
}

static void test_v6_whole_fragment(void **state)
{
	struct ip_packet ip;

	(void)state;
	wirebuild_payload(&b, "hello", 5);
	wirebuild_fragment_v6(&b, 7, 0, false, IP_TCP);
	ip = read_built();
	assert_false(ip.fragment); /* RFC 6946 */
	assert_payload(&ip, "hello");
}

/* A tunnel's bytes behind an IPv4 header of this protocol lead to `inner`. */
static void opens(uint8_t protocol, const void *head, size_t len, const char *inner)
{
	struct ip_packet ip;
	struct span got = {0};

	wirebuild_payload(&b, inner, strlen(inner));
	wirebuild_push(&b, head, len);
	wirebuild_v4(&b, 8, 9, protocol);
	ip = read_built();
	assert_int_equal(tunnel_open(&ip, &got), 0);
	assert_int_equal(got.len, strlen(inner));
	assert_memory_equal(got.ptr, inner, got.len);
	for (size_t n = 0; n < len; n++) {
		ip.payload.len = n;
		assert_int_not_equal(tunnel_open(&ip, &got), 0);
	}
}

static void closed(uint8_t protocol, const void *head, size_t len)
{
	struct ip_packet ip;
	struct span got;

	wirebuild_payload(&b, head, len);
	wirebuild_v4(&b, 8, 9, protocol);
	ip = read_built();
	assert_int_equal(tunnel_open(&ip, &got), -ENOMSG);
}

#define OPENS(protocol, head, inner) opens(protocol, head, sizeof(head) - 1, inner)
#define CLOSED(protocol, head) closed(protocol, head, sizeof(head) - 1)
#define ETH "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"
#define IP4 "\x45 inner"

static void test_tunnels(void **state)
{
	(void)state;
	OPENS(IP_IPV4, "", IP4);
	OPENS(IP_IPV6, "", "\x60 inner");
	OPENS(IP_GRE, "\0\0\x08\0", IP4);
	OPENS(IP_GRE, "\0\0\x86\xdd", "\x60 inner");
	OPENS(IP_GRE, "\xb0\0\x08\0\0\0\0\0KEY!SEQ!", IP4);
	OPENS(IP_GRE, "\x20\0\x65\x58KEY!" ETH, IP4);
	OPENS(IP_GRE, "\x30\x81\x88\x0b\0\0\0\0SEQ!ACK!\xff\3\0\x21", IP4); /* PPTP */
	OPENS(IP_GRE, "\0\0\x88\xbe" ETH, IP4);				    /* ERSPAN I */
	OPENS(IP_GRE, "\x10\0\x88\xbeSEQ!12345678" ETH, IP4);		    /* II */
	OPENS(IP_GRE, "\x10\0\x22\xebSEQ!12345678\0\0\0\0" ETH, IP4);	    /* III */
	OPENS(IP_GRE, "\x10\0\x22\xebSEQ!12345678\0\0\0\1platform" ETH, IP4);
	OPENS(IP_UDP, "\x30\0\x12\xb5\0\0\0\0\x08\0\0\0\0\0\7\0" ETH, IP4);	  /* VXLAN */
	OPENS(IP_UDP, "\x30\0\x17\xc1\0\0\0\0\1\0\x65\x58\0\0\7\0opt!" ETH, IP4); /* Geneve */
	CLOSED(IP_UDP, "\x30\0\x12\xb5\0\0\0\0\0\0\0\0\0\0\7\0" ETH IP4);	  /* no I flag */
	CLOSED(IP_UDP, "\x30\0\0\x35\0\0\0\0 a question to a name server");
	CLOSED(IP_GRE, "\x40\0\x08\0 source routing");
	CLOSED(IP_GRE, "\0\0\x20\0 CDP");
	CLOSED(1, "ping");
}

struct frag {
	struct fragments f;
	struct tally tally;
	bool v6;
	int64_t now;
};

static void frag_start(struct frag *t, bool v6, size_t max)
{
	memset(t, 0, sizeof(*t));
	t->v6 = v6;
	fragments_init(&t->f, max, &t->tally);
}

static bool frag_send(struct frag *t, uint16_t id, size_t off, bool more, const char *text,
		      struct ip_packet *ip)
{
	wirebuild_payload(&b, text, strlen(text));
	if (t->v6)
		wirebuild_fragment_v6(&b, id, off, more, IP_UDP);
	else
		wirebuild_fragment_v4(&b, id, off, more, IP_UDP);
	*ip = read_built();
	assert_true(ip->fragment);
	return fragments_add(&t->f, t->now, ip);
}

static void frag_end(struct frag *t)
{
	fragments_finish(&t->f);
	assert_int_equal(t->f.bytes, 0);
}

/* All orders of three fragments give the same datagram. */
static void any_order(bool v6)
{
	static const char *const text[3] = {"abcdefghijklmnop", "12345678", "tail"};
	static const size_t off[3] = {0, 16, 24};
	static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					{1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct frag t;
	struct ip_packet ip;

	frag_start(&t, v6, 1 << 20);
	for (uint16_t n = 0; n < 6; n++) {
		for (int i = 0; i < 3; i++) {
			int k = order[n][i];

			assert_int_equal(frag_send(&t, n, off[k], k < 2, text[k], &ip), i == 2);
		}
		assert_payload(&ip, "abcdefghijklmnop12345678tail");
		assert_false(ip.fragment);
		assert_int_equal(ip.protocol, IP_UDP);
		/* the copies of a second mirror port wait for nothing */
		assert_false(frag_send(&t, n, 0, true, text[0], &ip));
	}
	frag_end(&t);
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENTS], 24);
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_LOST], 0);
}

static void test_fragments(void **state)
{
	(void)state;
	any_order(false);
	any_order(true);
}

static void test_fragment_copies(void **state)
{
	struct frag t;
	struct ip_packet ip;

	(void)state;
	frag_start(&t, false, 1 << 20);
	assert_false(frag_send(&t, 1, 0, true, "12345678", &ip));
	assert_false(frag_send(&t, 1, 0, true, "12345678", &ip)); /* identical: harmless */
	assert_true(frag_send(&t, 1, 8, false, "end", &ip));
	assert_payload(&ip, "12345678end");
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_OVERLAP], 0);
	/* the same identification again, much later */
	t.now += NSEC_PER_SEC;
	assert_false(frag_send(&t, 1, 0, true, "abcdefgh", &ip));
	assert_true(frag_send(&t, 1, 8, false, "END", &ip));
	assert_payload(&ip, "abcdefghEND");
	frag_end(&t);
}

static void overlap(const char *text, size_t off, bool more)
{
	struct frag t;
	struct ip_packet ip;

	frag_start(&t, true, 1 << 20);
	assert_false(frag_send(&t, 1, 8, true, "12345678", &ip));
	assert_false(frag_send(&t, 1, off, more, text, &ip));
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_OVERLAP], 1);
	assert_false(frag_send(&t, 1, 0, true, "abcdefgh", &ip));
	assert_false(frag_send(&t, 1, 16, false, "end", &ip)); /* RFC 5722: silently */
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_OVERLAP], 1);
	frag_end(&t);
}

static void test_fragment_overlap(void **state)
{
	(void)state;
	overlap("xxxxxxxx", 8, true);
	overlap("xxxxxxxxxxxxxxxx", 0, true);
	overlap("xxxxxxxxxxxxxxxxxxxxxxxx", 0, true);
	overlap("12345678yyyyyyyy", 8, true);
}

/* No fragment ends behind the last one, and there is one last. */
static void contradicts(size_t off, bool more)
{
	struct frag t;
	struct ip_packet ip;

	frag_start(&t, false, 1 << 20);
	assert_false(frag_send(&t, 1, 16, false, "end", &ip));
	assert_false(frag_send(&t, 1, off, more, "12345678", &ip));
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_OVERLAP], 1);
	frag_end(&t);
}

static void test_fragment_ends(void **state)
{
	(void)state;
	contradicts(24, true);
	contradicts(32, false);
	contradicts(8, false);
	contradicts(16, true);
}

static void test_fragment_limits(void **state)
{
	struct frag t;
	struct ip_packet ip;

	(void)state;
	frag_start(&t, false, 4096);
	for (uint16_t id = 0; id < 1000; id++) {
		assert_false(frag_send(&t, id, 0, true, "12345678", &ip));
		assert_true(t.f.bytes <= 4096);
	}
	assert_true(t.tally.n[TALLY_IP_FRAGMENT_LOST] > 900);
	/* the youngest are those that stay */
	assert_true(frag_send(&t, 999, 8, false, "end", &ip));
	frag_end(&t);
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_LOST], 999);
}

static void test_fragment_timeout(void **state)
{
	struct frag t;
	struct ip_packet ip;

	(void)state;
	frag_start(&t, false, 1 << 20);
	assert_false(frag_send(&t, 1, 0, true, "12345678", &ip));
	t.now += 31 * NSEC_PER_SEC;
	assert_false(frag_send(&t, 1, 8, false, "end", &ip));
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_LOST], 1);
	frag_end(&t);
}

/* One datagram from the future does not keep the older ones behind it. */
static void test_fragment_time_goes_back(void **state)
{
	struct frag t;
	struct ip_packet ip;

	(void)state;
	frag_start(&t, false, 1 << 20);
	t.now = INT64_MAX;
	assert_false(frag_send(&t, 1, 0, true, "12345678", &ip));
	t.now = 100 * NSEC_PER_SEC;
	assert_false(frag_send(&t, 2, 0, true, "12345678", &ip));
	assert_int_equal(t.tally.n[TALLY_IP_FRAGMENT_LOST], 1);
	t.now -= NSEC_PER_SEC / 2; /* packets of two interfaces */
	assert_true(frag_send(&t, 2, 8, false, "end", &ip));
	frag_end(&t);
}

static void test_fragment_malformed(void **state)
{
	struct frag t;
	struct ip_packet ip;

	(void)state;
	frag_start(&t, false, 1 << 20);
	assert_false(frag_send(&t, 1, 0, true, "1234567", &ip)); /* no multiple of 8 */
	assert_false(frag_send(&t, 2, 65528, false, "beyond the end", &ip));
	assert_int_equal(t.tally.n[TALLY_IP_MALFORMED], 2);
	/* ten thousand small ones: bounded work, given up */
	for (size_t off = 8; off < 65528; off += 16)
		assert_false(frag_send(&t, 3, off, true, "12345678", &ip));
	assert_true(t.tally.n[TALLY_IP_FRAGMENT_LOST] > 3000);
	frag_end(&t);
}

static void test_fragment_no_memory(void **state)
{
	struct frag t;
	struct ip_packet ip;

	(void)state;
	for (uint64_t nth = 1; nth <= 4; nth++) {
		frag_start(&t, false, 1 << 20);
		mem_fail_from(nth);
		(void)frag_send(&t, 1, 0, true, "12345678", &ip);
		assert_false(frag_send(&t, 1, 8, false, "end", &ip));
		mem_fail_from(0);
		assert_true(t.tally.n[TALLY_NO_MEMORY] >= 1);
		frag_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_v4_options),
		cmocka_unit_test(test_padding_is_left_out),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_v4_malformed),
		cmocka_unit_test(test_v6_extensions),
		cmocka_unit_test(test_v6_whole_fragment),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_fragment_copies),
		cmocka_unit_test(test_fragment_overlap),
		cmocka_unit_test(test_fragment_ends),
		cmocka_unit_test(test_fragment_limits),
		cmocka_unit_test(test_fragment_timeout),
		cmocka_unit_test(test_fragment_time_goes_back),
		cmocka_unit_test(test_fragment_malformed),
		cmocka_unit_test(test_fragment_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
