#include "whyreplay.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/reader.h"
#include "why/why.h"

#define PACKETS_MAX 4096

struct replay {
	struct why *why;
	struct packet packet;
	uint8_t client;			/* of the packet that is played, or that is asked about */
	uint8_t owner[PACKETS_MAX + 1]; /* the client of each packet */
};

static struct addr host(uint8_t n)
{
	const uint8_t ip[4] = {10, 77, 0, n};

	return addr_v4(ip);
}

static bool check(void *ctx, const struct why_item *item)
{
	const struct replay *r = ctx;

	if (item->packet == 0 || item->packet > r->packet.number || item->time > r->packet.time ||
	    r->owner[item->packet] != r->client || item->kind >= WHY_KIND__COUNT)
		abort();
	if (strlen(item->name) >= 768 || strlen(item->realm) >= 768)
		abort();
	return true;
}

static void ask(struct replay *r)
{
	for (r->client = 0; r->client < 4; r->client++) {
		struct addr addr = host(r->client);

		why_each(r->why, &addr, r->packet.time, WHY_WINDOW_DEFAULT, check, r);
		(void)why_name_of(r->why, &addr);
		(void)why_name_is(r->why, "dc1.corp.example.", &addr);
	}
}

static void play(struct replay *r, uint8_t how, struct span bytes)
{
	static const uint16_t ports[] = {88, 53, 137, 5353};
	const struct endpoint client = {host(how >> 3 & 3), (uint16_t)(1000 + (how >> 5 & 1))};
	const struct endpoint service = {host(10), ports[how >> 6 & 3]};
	const struct endpoint out[2] = {client, service}, in[2] = {service, client};
	const struct endpoint *end = how & 4 ? in : out;

	r->owner[r->packet.number] = how >> 3 & 3;
	if ((how & 3) == 0)
		why_kerberos(r->why, end, bytes, &r->packet);
	else if ((how & 3) == 1)
		why_dns(r->why, end, bytes, &r->packet);
	else if ((how & 3) == 2)
		why_attempt(r->why, out, (enum attempt)(bytes.len % 3), &r->packet);
	else
		why_unreachable(r->why, out, how & 4 ? 6 : 17, &service.addr, how, &r->packet);
}

void whyreplay(struct span input)
{
	struct reader in = reader_of(input);
	struct replay r = {.packet = {.source = "fuzz"}};
	struct tally tally = {0};

	if (why_new(&tally, &r.why) < 0)
		abort();
	while (reader_left(&in) >= 4 && r.packet.number < PACKETS_MAX) {
		uint8_t how = reader_u8(&in);
		size_t len;

		r.packet.time += reader_u8(&in) * (NSEC_PER_SEC / 10);
		r.packet.number++;
		len = reader_u16le(&in);
		play(&r, how, reader_bytes(&in, len < reader_left(&in) ? len : reader_left(&in)));
	}
	ask(&r);
	why_free(r.why);
}
