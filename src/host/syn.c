#include "host/syn.h"

#include "base/reader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#define TCP 6
#define SYN 0x02
#define ACK 0x10
#define V4_BYTES 20
#define V6_BYTES 40
#define STRAY_MAX 64 /* packets passed over at a time */
#define ROOM (1 << 20)

#define STEP(code, k) BPF_STMT((code), (k))
#define TEST(code, k, yes, no) BPF_JUMP(BPF_JMP | (code) | BPF_K, (k), (yes), (no))

/* Outgoing TCP with SYN set. Packets begin with their IP header here. */
static struct sock_filter only_syn[] = {
	STEP(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
	TEST(BPF_JEQ, PACKET_OUTGOING, 0, 15),
	STEP(BPF_LD | BPF_B | BPF_ABS, 0),
	STEP(BPF_ALU | BPF_AND | BPF_K, 0xf0),
	TEST(BPF_JEQ, 0x60, 7, 0),
	TEST(BPF_JEQ, 0x40, 0, 11),
	STEP(BPF_LD | BPF_B | BPF_ABS, 9), /* IPv4: protocol, fragment, header's length */
	TEST(BPF_JEQ, TCP, 0, 9),
	STEP(BPF_LD | BPF_H | BPF_ABS, 6),
	TEST(BPF_JSET, 0x1fff, 7, 0),
	STEP(BPF_LDX | BPF_B | BPF_MSH, 0),
	TEST(BPF_JA, 3, 0, 0),
	STEP(BPF_LD | BPF_B | BPF_ABS, 6), /* IPv6: next header */
	TEST(BPF_JEQ, TCP, 0, 3),
	STEP(BPF_LDX | BPF_W | BPF_IMM, V6_BYTES),
	STEP(BPF_LD | BPF_B | BPF_IND, 13), /* TCP: flags */
	TEST(BPF_JSET, SYN, 1, 0),
	STEP(BPF_RET | BPF_K, 0),
	STEP(BPF_RET | BPF_K, 128),
};

static int set_up(int fd)
{
	struct sock_fprog filter = {.len = sizeof(only_syn) / sizeof(only_syn[0]),
				    .filter = only_syn};
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int room = ROOM;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return bind(fd, (struct sockaddr *)&all, sizeof(all)) < 0 ? -errno : 0;
}

/* Of no protocol until the filter is there, so that nothing else gets in. */
int syn_open(void)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	rc = set_up(fd);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static bool parse_v4(struct reader *r, struct syn *s)
{
	size_t options = (size_t)(reader_u8(r) & 0x0f) * 4;
	struct span from, to;

	reader_skip(r, 11);
	from = reader_bytes(r, 4);
	to = reader_bytes(r, 4);
	if (!reader_ok(r) || options < V4_BYTES)
		return false;
	reader_skip(r, options - V4_BYTES);
	s->local.addr = addr_v4(from.ptr);
	s->remote.addr = addr_v4(to.ptr);
	return true;
}

static bool parse_v6(struct reader *r, struct syn *s)
{
	struct span from, to;

	reader_skip(r, 8);
	from = reader_bytes(r, 16);
	to = reader_bytes(r, 16);
	if (!reader_ok(r))
		return false;
	s->local.addr = addr_v6(from.ptr);
	s->remote.addr = addr_v6(to.ptr);
	return true;
}

bool syn_parse(struct span packet, struct syn *ret_syn)
{
	struct reader r = reader_of(packet);
	struct syn s = {0};
	bool is_v6 = packet.len && packet.ptr[0] >> 4 == 6;
	uint8_t flags;

	if (!(is_v6 ? parse_v6(&r, &s) : parse_v4(&r, &s)))
		return false;
	s.local.port = reader_u16be(&r);
	s.remote.port = reader_u16be(&r);
	reader_skip(&r, 9);
	flags = reader_u8(&r);
	if (!reader_ok(&r) || !(flags & SYN))
		return false;
	s.is_answer = flags & ACK;
	*ret_syn = s;
	return true;
}

int syn_take(int fd, struct syn *ret_syn)
{
	uint8_t packet[128];

	for (int i = 0; i < STRAY_MAX; i++) {
		ssize_t n = recv(fd, packet, sizeof(packet), 0);

		if (n < 0)
			return errno == EAGAIN || errno == ENETDOWN ? 0 : -errno;
		if (syn_parse(span_make(packet, (size_t)n), ret_syn))
			return 1;
	}
	return 0;
}

uint64_t syn_lost(int fd)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
		return 0;
	return stats.tp_drops;
}
