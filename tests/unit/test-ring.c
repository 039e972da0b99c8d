/* source/ring.h without a kernel: what the filter drops, and how a ring is read that lies in a file. */
#include "unit.h"

#include "base/mem.h"
#include "carrier/sip.h"
#include "live-ring/bpf-run.h"
#include "source/ring-filter.h"
#include "source/ring-layout.h"
#include "source/ring.h"
#include "wire/ip.h"
#include "wire/link.h"
#include "wire/segment.h"
#include "wirebuild.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* The filter's verdict on what begins with the network header. */
static bool keeps(const struct wirebuild *b, unsigned protocol)
{
	struct sock_filter program[RING_FILTER_MAX];
	size_t len = ring_filter(program);
	struct bpf_packet p = {.protocol = protocol,
			       .type = PACKET_HOST,
			       .hatype = ARPHRD_ETHER,
			       .bytes = wirebuild_frame(b)};

	return bpf_run(program, len, &p) > 0;
}

static bool keeps_tcp(uint8_t flags, const char *payload, bool v6)
{
	static struct wirebuild b;
	struct wirebuild_tcp tcp = {40000, 445, 1, 1, flags};

	wirebuild_payload(&b, payload, strlen(payload));
	wirebuild_tcp(&b, &tcp);
	(v6 ? wirebuild_v6 : wirebuild_v4)(&b, 1, 2, IP_TCP);
	return keeps(&b, v6 ? ETH_P_IPV6 : ETH_P_IP);
}

static void test_tcp(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		assert_false(keeps_tcp(TCP_ACK, "", v6));
		assert_true(keeps_tcp(TCP_ACK, "x", v6));
		assert_true(keeps_tcp(TCP_ACK | TCP_SYN, "", v6));
		assert_true(keeps_tcp(TCP_SYN, "", v6));
		assert_true(keeps_tcp(TCP_ACK | TCP_FIN, "", v6));
		assert_true(keeps_tcp(TCP_RST, "", v6));
	}
}

/* Options before the end of the header are no payload, and neither is what Ethernet pads with. */
static void test_tcp_edges(void **state)
{
	static struct wirebuild b;
	static const uint8_t tcp[33] = {[3] = 80, [12] = 8 << 4, [13] = TCP_ACK};
	static const uint8_t padding[6];

	(void)state;
	wirebuild_payload(&b, tcp, 32);
	wirebuild_v4(&b, 1, 2, IP_TCP);
	assert_false(keeps(&b, ETH_P_IP));
	wirebuild_payload(&b, tcp, 33);
	wirebuild_v4(&b, 1, 2, IP_TCP);
	assert_true(keeps(&b, ETH_P_IP));
	b.bytes[b.start + 2] = 0; /* a length of 0: segmentation offload */
	b.bytes[b.start + 3] = 0;
	assert_true(keeps(&b, ETH_P_IP));
	wirebuild_payload(&b, padding, 6);
	wirebuild_push(&b, tcp, 32);
	wirebuild_v4(&b, 1, 2, IP_TCP);
	b.bytes[b.start + 3] = 52;
	assert_false(keeps(&b, ETH_P_IP));
}

static bool keeps_udp(uint16_t from, uint16_t to, const char *payload, bool v6)
{
	static struct wirebuild b;

	wirebuild_payload(&b, payload, strlen(payload));
	wirebuild_udp(&b, from, to);
	(v6 ? wirebuild_v6 : wirebuild_v4)(&b, 1, 2, IP_UDP);
	return keeps(&b, v6 ? ETH_P_IPV6 : ETH_P_IP);
}

static void test_udp(void **state)
{
	static const uint16_t read[] = {53, 88, 137, 5353, 5355}, tunnels[] = {4789, 8472, 6081};

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		for (size_t i = 0; i < 5; i++) {
			assert_true(keeps_udp(read[i], 40000, "", v6));
			assert_true(keeps_udp(40000, read[i], "", v6));
		}
		for (size_t i = 0; i < 3; i++) {
			assert_true(keeps_udp(40000, tunnels[i], "", v6));
			assert_false(keeps_udp(tunnels[i], 40000, "", v6));
		}
		assert_false(keeps_udp(40000, 443, "QUIC or whatever", v6));
		assert_false(keeps_udp(40000, 443, "", v6));
		assert_false(keeps_udp(123, 123, "INV", v6)); /* cut short */
		assert_true(keeps_udp(40000, 40001, "SIP/2.0 401 Unauthorized", v6));
		assert_true(keeps_udp(40000, 40001, "REGISTER sip:a SIP/2.0", v6));
	}
}

/* Whatever carriers look for in datagrams gets through, on any port. */
static void test_sip(void **state)
{
	static const char *const methods[] = {
		"ACK",	   "BENOTIFY",	"BYE",	   "CANCEL",	"INFO",	  "INVITE",
		"MESSAGE", "NEGOTIATE", "NOTIFY",  "OPTIONS",	"PRACK",  "PUBLISH",
		"REFER",   "REGISTER",	"SERVICE", "SUBSCRIBE", "UPDATE",
	};
	char line[64];
	size_t want;

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(line, sizeof(line), "%s sip:alice SIP/2.0\r\n", methods[i]);
		assert_int_equal(sip_probe(span_str(line), &want), CARRIER_YES);
		assert_true(keeps_udp(40000, 40001, line, i % 2));
	}
	for (size_t i = 0; carriers[i]; i++)
		assert_true(!carriers[i]->datagrams || strcmp(carriers[i]->name, "SIP") == 0);
}

static bool keeps_bytes(unsigned protocol, const void *bytes, size_t len)
{
	static struct wirebuild b;

	wirebuild_payload(&b, bytes, len);
	return keeps(&b, protocol);
}

#define KEEPS(protocol, bytes) keeps_bytes(protocol, bytes, sizeof(bytes) - 1)

static void test_protocols(void **state)
{
	static const unsigned tags[] = {0x8100, 0x88a8, 0x9100, 0x9200, 0x8847,
					0x8848, 0x8864, 0x880b, 0x6558};

	(void)state;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		assert_true(KEEPS(tags[i], "inside may be anything"));
	assert_false(KEEPS(ETH_P_ARP, "who has"));
	assert_false(KEEPS(ETH_P_LLDP, "switch"));
	assert_false(KEEPS(0x8863, "PPPoE discovery"));
	assert_true(KEEPS(4, "\xaa\xaa\3\0\0\0\x08\0"));
	assert_false(KEEPS(4, "\x42\x42\3 spanning tree"));
	assert_true(KEEPS(ETH_P_IP, "\x60 odd is kept"));
	assert_true(KEEPS(ETH_P_IPV6, "\x45 odd is kept"));
	assert_false(KEEPS(ETH_P_IP, ""));
}

static bool keeps_ip(uint8_t protocol, bool v6, uint8_t first)
{
	static struct wirebuild b;

	wirebuild_payload(&b, (uint8_t[]){first, 0, 0, 0}, 4);
	(v6 ? wirebuild_v6 : wirebuild_v4)(&b, 1, 2, protocol);
	return keeps(&b, v6 ? ETH_P_IPV6 : ETH_P_IP);
}

static void test_ip(void **state)
{
	static struct wirebuild b;
	static const uint8_t extensions[] = {0, 43, 44, 51, 60, 135, 139, 140};

	(void)state;
	assert_true(keeps_ip(IP_ICMP, false, 3));
	assert_false(keeps_ip(IP_ICMP, false, 8));
	assert_true(keeps_ip(IP_ICMPV6, true, 1));
	assert_false(keeps_ip(IP_ICMPV6, true, 135));
	for (int v6 = 0; v6 < 2; v6++) {
		assert_true(keeps_ip(IP_GRE, v6, 0));
		assert_true(keeps_ip(IP_IPV4, v6, 0));
		assert_true(keeps_ip(IP_IPV6, v6, 0));
		assert_true(keeps_ip(IP_AUTHENTICATION, v6, 0));
		assert_false(keeps_ip(50, v6, 0));  /* ESP */
		assert_false(keeps_ip(132, v6, 0)); /* SCTP */
		assert_false(keeps_ip(2, v6, 0));   /* IGMP */
	}
	for (size_t i = 0; i < sizeof(extensions); i++)
		assert_true(keeps_ip(extensions[i], true, 0));
	wirebuild_payload(&b, "first piece", 11);
	wirebuild_fragment_v4(&b, 7, 0, true, 132);
	assert_true(keeps(&b, ETH_P_IP));
	wirebuild_payload(&b, "second piece", 12);
	wirebuild_fragment_v4(&b, 7, 8, false, 132);
	assert_true(keeps(&b, ETH_P_IP));
}

/* Every packet is seen twice on a loopback interface, and once elsewhere. */
static void test_loopback(void **state)
{
	static const struct {
		unsigned type, hatype;
		bool keep;
	} cases[] = {{PACKET_OUTGOING, ARPHRD_LOOPBACK, false},
		     {PACKET_HOST, ARPHRD_LOOPBACK, true},
		     {PACKET_OUTGOING, ARPHRD_ETHER, true},
		     {PACKET_OTHERHOST, ARPHRD_ETHER, true}};
	struct sock_filter program[RING_FILTER_MAX];
	size_t len = ring_filter(program);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bpf_packet p = {
			.protocol = ETH_P_8021Q, .type = cases[i].type, .hatype = cases[i].hatype};

		assert_int_equal(bpf_run(program, len, &p) > 0, cases[i].keep);
	}
}

/* A kernel takes the program, on whatever socket. */
static void test_kernel_takes_it(void **state)
{
	struct sock_filter program[RING_FILTER_MAX];
	struct sock_fprog fprog = {.len = (unsigned short)ring_filter(program), .filter = program};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog)), 0);
	close(fd);
}

/* A ring as the kernel lays it out, in a file. */
struct fake {
	int fd;
	uint8_t *map;
	struct ring_options options;
	struct ring *ring;
};

#define BLOCKS 4

static uint8_t *fake_block(struct fake *f, size_t i)
{
	return f->map + i * RING_BLOCK;
}

static struct tpacket_hdr_v1 *fake_head(struct fake *f, size_t i)
{
	return &((struct tpacket_block_desc *)(void *)fake_block(f, i))->hdr.bh1;
}

static uint32_t *fake_mark(struct fake *f, size_t i)
{
	return (uint32_t *)(void *)(fake_block(f, i) + RING_MARK_AT);
}

#define FIRST 64
#define ADDRESS 48 /* of a frame: where it came from */
#define NET 116

static struct tpacket3_hdr *fake_frame(struct fake *f, size_t i, size_t n)
{
	return (struct tpacket3_hdr *)(void *)(fake_block(f, i) + FIRST + n * 256);
}

/* Block i with the sequence number and so many packets, each saying which it is. */
static void fill(struct fake *f, size_t i, uint64_t sequence, uint32_t packets)
{
	struct tpacket_hdr_v1 *head = fake_head(f, i);

	for (uint32_t n = 0; n < packets; n++) {
		struct tpacket3_hdr *frame = fake_frame(f, i, n);
		struct sockaddr_ll *from =
			(struct sockaddr_ll *)(void *)((uint8_t *)frame + ADDRESS);

		*frame = (struct tpacket3_hdr){.tp_next_offset = n + 1 < packets ? 256 : 0,
					       .tp_sec = 1000,
					       .tp_nsec = n,
					       .tp_snaplen = 8,
					       .tp_len = 9,
					       .tp_mac = NET,
					       .tp_net = NET};
		*from = (struct sockaddr_ll){.sll_protocol = htons(ETH_P_IP),
					     .sll_ifindex = 0x01020304,
					     .sll_hatype = ARPHRD_ETHER,
					     .sll_pkttype = PACKET_OUTGOING,
					     .sll_halen = 6,
					     .sll_addr = {1, 2, 3, 4, 5, 6}};
		memcpy((uint8_t *)frame + NET, "\x45 block?", 8);
		((uint8_t *)frame)[NET + 7] = (uint8_t)('0' + sequence);
	}
	*head = (struct tpacket_hdr_v1){.block_status = TP_STATUS_USER,
					.num_pkts = packets,
					.offset_to_first_pkt = FIRST,
					.seq_num = sequence};
}

static void attach(struct fake *f)
{
	assert_int_equal(ring_attach(f->fd, &f->options, "any", &f->ring), 0);
}

static void set_up(struct fake *f)
{
	*f = (struct fake){.fd = memfd_create("ring", MFD_CLOEXEC),
			   .options = {.mib = BLOCKS * RING_BLOCK >> 20}};
	assert_int_equal(ftruncate(f->fd, BLOCKS * (off_t)RING_BLOCK), 0);
	f->map = mmap(NULL, BLOCKS * RING_BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	assert_ptr_not_equal(f->map, MAP_FAILED);
	fake_head(f, 0)->seq_num = 1; /* open: the kernel fills it */
}

static void tear_down(struct fake *f)
{
	ring_detach(f->ring);
	munmap(f->map, BLOCKS * RING_BLOCK);
	close(f->fd);
}

/* The block's digit that the next packet has; 0 where there is none. */
static int next(struct fake *f)
{
	struct packet p;
	int rc = ring_next(f->ring, &p);

	/* a file is no socket: that is how the end shows here */
	assert_true(rc == 1 || rc == -ENOTSOCK);
	return rc == 1 ? p.data.ptr[p.data.len - 1] : 0;
}

static struct ring_counts counts(struct fake *f)
{
	struct ring_counts c;

	ring_counts(f->ring, &c);
	return c;
}

static void test_packet(void **state)
{
	struct fake f;
	struct packet p;

	(void)state;
	set_up(&f);
	attach(&f);
	assert_int_equal(next(&f), 0);
	fill(&f, 0, 1, 2);
	assert_int_equal(ring_next(f.ring, &p), 1);
	assert_int_equal(ring_next(f.ring, &p), 1);
	assert_int_equal(p.number, 2);
	assert_int_equal(p.time, 1000 * NSEC_PER_SEC + 1);
	assert_string_equal(p.source, "any");
	assert_int_equal(p.link_type, 276);
	assert_int_equal(p.data.len, 28);
	assert_int_equal(p.wire_len, 29);
	assert_memory_equal(p.data.ptr, "\x08\0\0\0\1\2\3\4\0\1\4\6\1\2\3\4\5\6\0\0\x45 block1",
			    28);
	/* the block is ours until the next look */
	assert_int_equal(fake_head(&f, 0)->block_status, TP_STATUS_USER);
	assert_int_equal(next(&f), 0);
	assert_int_equal(fake_head(&f, 0)->block_status, TP_STATUS_KERNEL);
	tear_down(&f);
}

static void test_order(void **state)
{
	struct fake f;

	(void)state;
	set_up(&f);
	attach(&f);
	for (uint64_t sequence = 1; sequence < 9; sequence++) {
		fill(&f, (sequence - 1) % BLOCKS, sequence, 3);
		for (int i = 0; i < 3; i++)
			assert_int_equal(next(&f), '0' + sequence);
		assert_int_equal(next(&f), 0);
	}
	tear_down(&f);
}

/* All blocks full, the oldest in the middle: as after a reader that was away for long. */
static void test_attach_full(void **state)
{
	struct fake f;

	(void)state;
	set_up(&f);
	fill(&f, 2, 3, 1);
	fill(&f, 3, 4, 1);
	fill(&f, 0, 5, 1);
	fill(&f, 1, 6, 1);
	attach(&f);
	for (int digit = '3'; digit <= '6'; digit++)
		assert_int_equal(next(&f), digit);
	assert_int_equal(next(&f), 0);
	tear_down(&f);
}

/* None full: the kernel is at the newest. What comes there is read first. */
static void test_attach_empty(void **state)
{
	struct fake f;

	(void)state;
	set_up(&f);
	for (size_t i = 0; i < BLOCKS; i++) {
		fill(&f, i, i < 2 ? 5 + i : 1 + i, 1);
		fake_head(&f, i)->block_status = TP_STATUS_KERNEL;
	}
	attach(&f);
	assert_int_equal(next(&f), 0);
	fill(&f, 1, 6, 1);
	assert_int_equal(next(&f), '6');
	tear_down(&f);
}

/* The reader before died with the second of five packets: what it was done with is not counted as skipped. */
static void test_attach_after_death(void **state)
{
	struct ring *dead;
	struct fake f;

	(void)state;
	set_up(&f);
	fill(&f, 0, 1, 5);
	fill(&f, 1, 2, 1);
	attach(&f);
	dead = f.ring;
	assert_int_equal(next(&f), '1');
	assert_int_equal(next(&f), '1');
	assert_int_equal(fake_mark(&f, 0)[0], RING_INSIDE);
	attach(&f); /* as after kill -9 */
	assert_int_equal(counts(&f).skipped, 4);
	assert_int_equal(fake_head(&f, 0)->block_status, TP_STATUS_KERNEL);
	assert_int_equal(fake_mark(&f, 0)[0], RING_UNTOUCHED);
	assert_int_equal(next(&f), '2');
	assert_int_equal(next(&f), 0);
	mem_free(dead);
	tear_down(&f);
}

/* A reader that gives back in order costs nothing. */
static void test_attach_after_detach(void **state)
{
	struct fake f;

	(void)state;
	set_up(&f);
	fill(&f, 0, 1, 5);
	for (int reader = 0; reader < 5; reader++) {
		attach(&f);
		assert_int_equal(next(&f), '1');
		assert_int_equal(counts(&f).skipped, 0);
		ring_detach(f.ring);
	}
	attach(&f);
	assert_int_equal(next(&f), 0);
	tear_down(&f);
}

/* What no kernel writes: the rest of the block is passed over and counted, and the next block is read. */
static void breaks(void (*damage)(struct fake *f), uint64_t skipped)
{
	struct fake f;

	set_up(&f);
	fill(&f, 0, 1, 3);
	fill(&f, 1, 2, 1);
	damage(&f);
	attach(&f);
	while (next(&f) == '1')
		;
	assert_int_equal(counts(&f).skipped, skipped);
	assert_int_equal(next(&f), 0);
	assert_int_equal(fake_head(&f, 1)->block_status, TP_STATUS_KERNEL);
	tear_down(&f);
}

static void damage_first(struct fake *f)
{
	fake_head(f, 0)->offset_to_first_pkt = UINT32_MAX;
}

static void damage_first_end(struct fake *f)
{
	fake_head(f, 0)->offset_to_first_pkt = RING_BLOCK - 40;
}

static void damage_net(struct fake *f)
{
	fake_frame(f, 0, 1)->tp_net = 40; /* where the kernel's own header is */
}

static void damage_length(struct fake *f)
{
	fake_frame(f, 0, 1)->tp_snaplen = UINT32_MAX - 50;
}

static void damage_offset(struct fake *f)
{
	fake_frame(f, 0, 0)->tp_next_offset = UINT32_MAX;
}

static void damage_loop(struct fake *f)
{
	fake_frame(f, 0, 1)->tp_next_offset = 0;
}

static void damage_number(struct fake *f)
{
	fake_head(f, 0)->num_pkts = 1000;
}

static void test_broken(void **state)
{
	(void)state;
	breaks(damage_first, 3);
	breaks(damage_first_end, 3);
	breaks(damage_net, 2);
	breaks(damage_length, 2);
	breaks(damage_offset, 2);
	breaks(damage_loop, 1);
	breaks(damage_number, 997);
}

/* Whatever a block says, packets lie within it, and the next block is read. */
static void test_any_damage(void **state)
{
	struct fake f;
	struct packet p;
	const uint8_t *base;
	uint32_t random = 1;

	(void)state;
	set_up(&f);
	attach(&f);
	fill(&f, 0, 1, 1);
	assert_int_equal(ring_next(f.ring, &p), 1);
	base = p.data.ptr - (FIRST + NET - RING_HEAD);
	for (uint64_t sequence = 2; sequence < 50000; sequence++) {
		size_t i = (sequence - 1) % BLOCKS;

		fill(&f, i, sequence, 3);
		for (int n = 0; n < 3; n++) {
			size_t at = (random = random * 1103515245 + 12345) >> 8 & 0x3fc;

			random = random * 1103515245 + 12345;
			memcpy(fake_block(&f, i) + at, &random, random >> 28 ? 1 : 4);
		}
		fake_head(&f, i)->block_status = TP_STATUS_USER;
		for (int n = 0; ring_next(f.ring, &p) == 1; n++) {
			const uint8_t *block = base + i * RING_BLOCK;

			assert_in_range(n, 0, 3 + RING_BLOCK / sizeof(struct tpacket3_hdr));
			assert_true(p.data.ptr >= block && p.data.len <= RING_BLOCK &&
				    p.data.ptr + p.data.len <= block + RING_BLOCK);
			assert_true(p.wire_len >= p.data.len);
		}
		assert_int_equal(fake_head(&f, i)->block_status, TP_STATUS_KERNEL);
	}
	tear_down(&f);
}

/* tests of the protocol that the cooked header gets: [protocol told, bytes, protocol written] */
static void test_tags(void **state)
{
	static const struct {
		unsigned told;
		char bytes[9];
		unsigned written;
	} cases[] = {
		{ETH_P_IP, "\x45\0\0\x28 v4", ETH_P_IP},
		{ETH_P_IPV6, "\x60\0\0\0 v6", ETH_P_IPV6},
		{ETH_P_8021Q, "\0\5\x08\0\x45 v4", ETH_P_8021Q},      /* two tags: one was taken */
		{ETH_P_8021Q, "\x45\0\x86\xdd\x60 v6", ETH_P_8021Q},  /* and it looks like IP */
		{ETH_P_8021Q, "\x45\5\x81\0\0\7\x08\0", ETH_P_8021Q}, /* three */
		{ETH_P_8021Q, "\x45\0\0\x28 v4",
		 ETH_P_IP}, /* one, sent without the device's help */
		{ETH_P_8021AD, "\x60\0\0\0 v6", ETH_P_IPV6},
		{ETH_P_IP, "\0\5\x08\0\x45 v4", ETH_P_8021Q}, /* newer kernels look through it */
		{ETH_P_IPV6, "\0\5\x86\xdd\x60 v6", ETH_P_8021Q},
		{ETH_P_IP, "\x12nothing", ETH_P_IP},
		{0x8864, "\x11\0 PPPoE", 0x8864},
	};
	struct fake f;
	struct packet p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *frame;

		set_up(&f);
		fill(&f, 0, 1, 1);
		frame = (uint8_t *)fake_frame(&f, 0, 0);
		((struct sockaddr_ll *)(void *)(frame + ADDRESS))->sll_protocol =
			htons((uint16_t)cases[i].told);
		memcpy(frame + NET, cases[i].bytes, 8);
		attach(&f);
		assert_int_equal(ring_next(f.ring, &p), 1);
		assert_int_equal(p.data.ptr[0] << 8 | p.data.ptr[1], cases[i].written);
		tear_down(&f);
	}
}

static void test_open_refuses(void **state)
{
	struct ring_options options = {.mib = 0};
	struct text why = {0};
	int fd = -7;

	(void)state;
	assert_int_equal(ring_open(&options, &why, &fd), -EINVAL);
	options.mib = 1 << 20;
	assert_int_equal(ring_open(&options, &why, &fd), -EINVAL);
	options = (struct ring_options){.mib = 1, .interface = "no-such-device"};
	text_reset(&why);
	assert_int_equal(ring_open(&options, &why, &fd), -ENODEV);
	assert_string_equal(why.ptr, "the interface: No such device");
	assert_int_equal(fd, -7);
	text_finish(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_tcp_edges),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_sip),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_ip),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_kernel_takes_it),
		cmocka_unit_test(test_packet),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_attach_full),
		cmocka_unit_test(test_attach_empty),
		cmocka_unit_test(test_attach_after_death),
		cmocka_unit_test(test_attach_after_detach),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_any_damage),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_open_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
