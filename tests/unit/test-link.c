/* wire/link.h: every way from a frame to the IP packet inside */
#include "unit.h"

#include <errno.h>

#include "base/reader.h"
#include "wire/ether.h"
#include "wire/link.h"
#include "wirebuild.h"

#define IP4 "\x45IPv4 packet"
#define IP6 "\x60IPv6 packet"

/* Does a frame of this link type, `head` before the IP packet, lead to it? */
static void leads(int link_type, const void *head, size_t len, const char *ip)
{
	static struct wirebuild b;
	struct tally tally = {0};
	struct packet p;
	struct span got = {0};
	size_t cut = 77;

	wirebuild_payload(&b, ip, strlen(ip));
	wirebuild_push(&b, head, len);
	p = wirebuild_packet(&b, link_type, 0);
	assert_true(link_supported(link_type));
	assert_int_equal(link_network(&p, &tally, &got, &cut), 0);
	assert_int_equal(cut, 0);
	assert_int_equal(got.len, strlen(ip));
	assert_memory_equal(got.ptr, ip, got.len);
	/* cut at every byte of the headers: malformed or no IP, never a wrong view */
	for (size_t n = 0; n <= len; n++) {
		p.data.len = n;
		tally = (struct tally){0};
		assert_int_equal(link_network(&p, &tally, &got, &cut), -ENOMSG);
		assert_int_equal(tally.n[TALLY_LINK_MALFORMED] + tally.n[TALLY_LINK_OTHER], 1);
	}
}

/* Is this frame none of ours, counted as `item`? */
static void refuses(int link_type, const void *frame, size_t len, enum tally_item item)
{
	struct tally tally = {0};
	struct packet p = {.link_type = link_type, .data = span_make(frame, len), .wire_len = len};
	struct span got = {.len = 99};
	size_t cut = 99;

	assert_int_equal(link_network(&p, &tally, &got, &cut), -ENOMSG);
	assert_int_equal(tally.n[item], 1);
	assert_int_equal(got.len, 99); /* untouched */
	assert_int_equal(cut, 99);
}

#define LEADS(type, head, ip) leads(type, head, sizeof(head) - 1, ip)
#define REFUSES(type, frame, item) refuses(type, frame, sizeof(frame) - 1, item)
#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"

static void test_ethernet(void **state)
{
	(void)state;
	LEADS(1, MACS "\x08\x00", IP4);
	LEADS(1, MACS "\x86\xdd", IP6);
	LEADS(1, MACS "\0\x20\xaa\xaa\3\0\0\0\x08\0", IP4); /* 802.3 with SNAP */
	REFUSES(1, MACS "\x08\x06 arp", TALLY_LINK_OTHER);
	REFUSES(1, MACS "\x88\xcc lldp", TALLY_LINK_OTHER);
	REFUSES(1, MACS "\0\x20\x42\x42\3 spanning tree", TALLY_LINK_OTHER);
	REFUSES(1, MACS "\0\x20\xaa\xaa\3\0\0\x0c\x20\0 Cisco SNAP", TALLY_LINK_OTHER);
	REFUSES(1, MACS "\x08\x00", TALLY_LINK_OTHER); /* nothing behind */
	REFUSES(1, MACS "\x08", TALLY_LINK_MALFORMED);
	REFUSES(1, "", TALLY_LINK_MALFORMED);
}

static void test_tags(void **state)
{
	(void)state;
	LEADS(1, MACS "\x81\0\0\5\x08\0", IP4);
	LEADS(1, MACS "\x88\xa8\0\5\x81\0\0\7\x08\0", IP4);
	LEADS(1, MACS "\x91\0\0\5\x91\0\0\7\x81\0\0\1\x86\xdd", IP6);
	LEADS(1, MACS "\x81\0\0\1\x81\0\0\2\x81\0\0\3\x81\0\0\4\x81\0\0\5\x08\0", IP4);
	LEADS(1, MACS "\x81\0\0\5\0\x20\xaa\xaa\3\0\0\0\x08\0", IP4); /* tag, then LLC */
	REFUSES(1, MACS "\x81\0\0\5\x08\6 arp in a tag", TALLY_LINK_OTHER);
	REFUSES(1, MACS "\x81\0\0\5\x81", TALLY_LINK_MALFORMED);
}

static void test_mpls(void **state)
{
	(void)state;
	LEADS(1, MACS "\x88\x47\0\0\x11\x40", IP4);
	LEADS(1, MACS "\x88\x48\0\0\x10\x40\0\0\x20\x40\0\0\x31\x40", IP6);
	/* a pseudowire with a control word: Ethernet again */
	LEADS(1, MACS "\x88\x47\0\0\x11\x40\0\0\0\0" MACS "\x08\0", IP4);
	REFUSES(1, MACS "\x88\x47\0\0\x10\x40\0\0\x20\x40", TALLY_LINK_MALFORMED); /* no bottom */
	REFUSES(1, MACS "\x88\x47\0\0\x11\x40\x90 what", TALLY_LINK_OTHER);
}

static void test_pppoe(void **state)
{
	(void)state;
	LEADS(1, MACS "\x88\x64\x11\0\0\7\0\x20\0\x21", IP4);
	LEADS(1, MACS "\x88\x64\x11\0\0\7\0\x20\0\x57", IP6);
	LEADS(1, MACS "\x81\0\0\5\x88\x64\x11\0\0\7\0\x20\x21", IP4); /* compressed protocol */
	REFUSES(1, MACS "\x88\x64\x11\0\0\7\0\x20\xc0\x21 LCP", TALLY_LINK_OTHER);
	REFUSES(1, MACS "\x88\x64\x11\x09\0\7\0\x20\0\x21", TALLY_LINK_OTHER);
}

static void test_other_links(void **state)
{
	(void)state;
	LEADS(12, "", IP4);
	LEADS(14, "", IP6);
	LEADS(101, "", IP4);
	LEADS(228, "", IP4);
	LEADS(229, "", IP6);
	LEADS(0, "\2\0\0\0", IP4);
	LEADS(0, "\0\0\0\2", IP4);
	LEADS(0, "\x1e\0\0\0", IP6);
	LEADS(108, "\0\0\0\x18", IP6);
	LEADS(113, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0", IP4);
	LEADS(113, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x81\0\0\5\x86\xdd", IP6);
	LEADS(113, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\0\4\xaa\xaa\3\0\0\0\x08\0", IP4);
	LEADS(276, "\x08\0\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0", IP4);
	LEADS(9, "\xff\3\0\x21", IP4);
	LEADS(9, "\0\x21", IP4);
	LEADS(50, "\xff\3\0\x57", IP6);
	LEADS(50, "\xff\3\2\x81\0\0\x11\x40", IP4);
	LEADS(51, "\x11\0\0\7\0\x20\0\x21", IP4);
	LEADS(104, "\x0f\0\x08\0", IP4);
	REFUSES(0, "\7\0\0\0 ISO", TALLY_LINK_OTHER);
	REFUSES(113, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\0\1 802.3", TALLY_LINK_OTHER);
}

#define SNAP4 "\xaa\xaa\3\0\0\0\x08\0"
#define AIR "\0\0" MACS "\2\0\0\0\0\3\0\0" /* duration, addresses, sequence */

static void test_wifi(void **state)
{
	(void)state;
	LEADS(105, "\x08\1" AIR SNAP4, IP4);
	LEADS(105, "\x88\1" AIR "\0\0" SNAP4, IP4);	      /* QoS */
	LEADS(105, "\x88\x81" AIR "\0\0\0\0\0\0" SNAP4, IP4); /* QoS and HT control */
	LEADS(105, "\x08\3" AIR "\1\2\3\4\5\6" SNAP4, IP4);   /* four addresses */
	LEADS(127, "\0\0\x0c\0\0\0\0\0\0\0\0\0\x08\2" AIR SNAP4, IP4);
	LEADS(163,
	      "\x80\x21\x10\1\0\0\0\x10"
	      "12345678"
	      "\x08\2" AIR SNAP4,
	      IP4);
	REFUSES(105, "\xd4\0\0\0\1\2\3\4\5\6", TALLY_LINK_OTHER);	     /* acknowledgement */
	REFUSES(105, "\x48\1" AIR, TALLY_LINK_OTHER);			     /* null data */
	REFUSES(105, "\x08\x41" AIR "12345678" SNAP4 IP4, TALLY_LINK_OTHER); /* encrypted */
	REFUSES(127, "\0\0\xff\xff\0\0\0\0", TALLY_LINK_MALFORMED);
	REFUSES(127, "\0\0\1\0\0\0\0\0\x08\1", TALLY_LINK_OTHER);
}

static void test_cut_is_reported(void **state)
{
	static const char frame[] = MACS "\x08\x00" IP4;
	struct tally tally = {0};
	struct packet p = {.link_type = 1, .data = span_make(frame, 20), .wire_len = 1500};
	struct span ip = {0};
	size_t cut = 0;

	(void)state;
	assert_int_equal(link_network(&p, &tally, &ip, &cut), 0);
	assert_int_equal(ip.len, 6);
	assert_int_equal(cut, 1480);
}

static void test_unknown_link(void **state)
{
	(void)state;
	assert_false(link_supported(147));
	assert_false(link_supported(-1));
	REFUSES(147, MACS "\x08\x00" IP4, TALLY_LINK_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ethernet),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_mpls),
		cmocka_unit_test(test_pppoe),
		cmocka_unit_test(test_other_links),
		cmocka_unit_test(test_wifi),
		cmocka_unit_test(test_cut_is_reported),
		cmocka_unit_test(test_unknown_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
