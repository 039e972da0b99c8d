/*
 * filter-check [-l N] CAPTURE...: what the kernel's filter would make of each capture. Every packet that it drops must be one that our decoder has
 * no use for, and the events of what it keeps must be those of all, to the byte. -l: both without every Nth packet, as if the
 * ring had been full; then only whether events are missing is looked at. Ends with a line of counts.
 */
#include "bpf-run.h"

#include "carrier/carrier.h"
#include "format/format.h"
#include "source/capture.h"
#include "source/input.h"
#include "source/ring-filter.h"
#include "wire/link.h"
#include "wire/load.h"
#include "wire/segment.h"

#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <unistd.h>

#define HEAD 20 /* of a cooked packet */
#define DLT_SLL 113
#define DLT_SLL2 276

/* One reading of a capture. */
struct reading {
	struct capture *capture;
	struct tally tally;
	struct text events;
	unsigned long n;
};

struct check {
	struct sock_filter program[RING_FILTER_MAX];
	size_t len;
	const char *name;
	struct fragments fragments;
	struct tally tally;
	struct reading all, kept;
	uint64_t lose;
	unsigned long packets, dropped, passed, failed;
};

static void on_event(void *ctx, const struct event *e)
{
	static const struct format_style style = {.explain = true};
	struct reading *r = ctx;

	format_find("json")->event(&r->events, &style, e);
	r->n++;
}

static void on_finding(void *ctx, const struct finding *f)
{
	static const struct format_style style = {.explain = true};

	format_find("json")->finding(&((struct reading *)ctx)->events, &style, f);
}

static void on_malformed(void *ctx, const char *source, uint64_t frame, const char *where,
			 const char *why, size_t pos)
{
	(void)ctx, (void)source, (void)frame, (void)where, (void)why, (void)pos;
}

static void begin(struct reading *r)
{
	static const struct capture_ops ops = {
		.event = on_event, .finding = on_finding, .malformed = on_malformed};
	static const uint8_t key[AUDIT_KEY_SIZE] = {1};

	*r = (struct reading){0};
	text_init(&r->events, 0);
	if (capture_new(key, &ops, r, &r->tally, &r->capture) < 0)
		abort();
}

static void end(struct reading *r)
{
	capture_free(r->capture);
	text_finish(&r->events);
}

/* A frame as Ethernet's driver hands it up: without its header and its outer VLAN tag. */
static struct bpf_packet from_ethernet(struct span frame)
{
	size_t at = 14;
	unsigned type;

	if (frame.len < at)
		return (struct bpf_packet){0};
	type = load_u16be(frame.ptr + 12);
	if ((type == 0x8100 || type == 0x88a8) && frame.len >= 18) {
		type = load_u16be(frame.ptr + 16);
		at = 18;
	}
	return (struct bpf_packet){.protocol = type < 0x600 ? 4 : type,
				   .bytes = span_from(frame, at)};
}

/* What links we don't capture live have inside. */
static struct bpf_packet from_other(const struct packet *p)
{
	struct tally tally = {0};
	struct span ip;
	size_t cut;

	if (link_network(p, &tally, &ip, &cut) < 0)
		return (struct bpf_packet){0};
	return (struct bpf_packet){.protocol = ip.ptr[0] >> 4 == 6 ? 0x86dd : 0x800, .bytes = ip};
}

/* The packet as the filter sees it. */
static struct bpf_packet as_seen(const struct packet *p)
{
	struct bpf_packet seen;

	if (p->link_type == LINK_ETHERNET)
		seen = from_ethernet(p->data);
	else if (p->link_type == DLT_SLL && p->data.len >= 16)
		seen = (struct bpf_packet){.protocol = load_u16be(p->data.ptr + 14),
					   .bytes = span_from(p->data, 16)};
	else if (p->link_type == DLT_SLL2 && p->data.len >= HEAD)
		seen = (struct bpf_packet){.protocol = load_u16be(p->data.ptr),
					   .bytes = span_from(p->data, HEAD)};
	else
		seen = from_other(p);
	seen.type = PACKET_OTHERHOST;
	seen.hatype = ARPHRD_ETHER;
	return seen;
}

static bool is_port_read(unsigned port)
{
	static const unsigned ports[] = {53, 88, 137, 5353, 5355};

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] == port)
			return true;
	return false;
}

static bool is_datagram_read(struct span udp)
{
	size_t want;

	if (udp.len < 8)
		return false;
	if (is_port_read(load_u16be(udp.ptr)) || is_port_read(load_u16be(udp.ptr + 2)))
		return true;
	for (size_t i = 0; carriers[i]; i++)
		if (carriers[i]->datagrams &&
		    carriers[i]->probe(span_from(udp, 8), &want) == CARRIER_YES)
			return true;
	return false;
}

/* Has our decoder a use for it? */
static bool is_useful(struct check *c, const struct packet *p)
{
	uint64_t fragments = c->tally.n[TALLY_IP_FRAGMENTS];
	struct segment s = {0};
	struct ip_packet ip = {0};

	switch (segment_read(p, &c->fragments, &c->tally, &s, &ip)) {
	case SEGMENT_TCP:
		return s.payload.len + s.missing > 0 || (s.flags & (TCP_SYN | TCP_FIN | TCP_RST));
	case SEGMENT_OTHER:
		if (ip.protocol == IP_UDP)
			return is_datagram_read(ip.payload);
		return ip.protocol == (ip.v6 ? IP_ICMPV6 : IP_ICMP) && ip.payload.len > 0 &&
		       ip.payload.ptr[0] == (ip.v6 ? 1 : 3);
	case SEGMENT_NONE:
		break;
	}
	return c->tally.n[TALLY_IP_FRAGMENTS] > fragments;
}

/* As the ring would give it. */
static struct packet cooked(const struct packet *p, const struct bpf_packet *seen)
{
	static uint8_t bytes[HEAD + (1 << 20)];
	struct packet q = *p;
	size_t n = seen->bytes.len < sizeof(bytes) - HEAD ? seen->bytes.len : sizeof(bytes) - HEAD;

	memset(bytes, 0, HEAD);
	bytes[0] = (uint8_t)(seen->protocol >> 8);
	bytes[1] = (uint8_t)seen->protocol;
	if (n)
		memcpy(bytes + HEAD, seen->bytes.ptr, n);
	q.link_type = DLT_SLL2;
	q.data = span_make(bytes, HEAD + n);
	q.wire_len = q.data.len + (p->wire_len - p->data.len);
	return q;
}

static void judge(struct check *c, bool good, const char *wrong, uint64_t number)
{
	if (good)
		c->passed++;
	else if (++c->failed <= 20)
		printf("FAILED: %s: packet %llu: %s\n", c->name, (unsigned long long)number, wrong);
}

static void read_packet(struct check *c, const struct packet *p)
{
	struct bpf_packet seen = as_seen(p);
	struct packet q = cooked(p, &seen);
	bool keeps = bpf_run(c->program, c->len, &seen) > 0;

	c->packets++;
	if (c->lose && p->number % c->lose == 0)
		return;
	capture_packet(c->all.capture, p);
	if (keeps)
		capture_packet(c->kept.capture, &q);
	else
		judge(c, !is_useful(c, p), "is dropped, but of use", p->number);
	c->dropped += !keeps;
}

static void compare(struct check *c)
{
	const struct text *all = &c->all.events, *kept = &c->kept.events;
	bool same = span_equal(span_make(all->ptr, all->len), span_make(kept->ptr, kept->len));

	if (c->lose) {
		printf("%s: %lu events of all, %lu of what is kept, %s\n", c->name, c->all.n,
		       c->kept.n, same ? "the same" : "other");
		judge(c, c->kept.n >= c->all.n, "events are missing", 0);
	} else {
		judge(c, same, "other events", 0);
		if (!same)
			printf("%.*s--- but of what is kept:\n%.*s", (int)all->len, all->ptr,
			       (int)kept->len, kept->ptr);
	}
}

static void check_file(struct check *c)
{
	struct text why = {0};
	struct input *in = NULL;
	struct packet p;

	if (input_open(c->name, &why, &in) < 0) {
		judge(c, false, why.ptr, 0);
		text_finish(&why);
		return;
	}
	fragments_init(&c->fragments, 4 << 20, &c->tally);
	begin(&c->all);
	begin(&c->kept);
	while (input_next(in, &p, &why) > 0)
		read_packet(c, &p);
	capture_end(c->all.capture);
	capture_end(c->kept.capture);
	compare(c);
	end(&c->all);
	end(&c->kept);
	fragments_finish(&c->fragments);
	input_close(in);
	text_finish(&why);
}

int main(int argc, char **argv)
{
	static struct check c;
	int option;

	while ((option = getopt(argc, argv, "l:")) != -1) {
		if (option != 'l')
			return 2;
		c.lose = strtoull(optarg, NULL, 10);
	}
	c.len = ring_filter(c.program);
	for (int i = optind; i < argc; i++) {
		c.name = argv[i];
		check_file(&c);
	}
	printf("%lu of %lu packets are dropped by %zu instructions\n", c.dropped, c.packets, c.len);
	printf("%lu passed, %lu failed\n", c.passed, c.failed);
	return c.failed > 0;
}
