#include "wire/fragment.h"

#include "base/clock.h"
#include "base/mem.h"
#include "wire/packet.h"

/* RFC 8200, 4.5 asks for 60 s, hosts take 30 (Linux) or less. */
#define WAIT_NSEC (30 * NSEC_PER_SEC)
/* A completed datagram stays known as long as a second mirror port may bring its fragments again. */
#define DONE_NSEC (NSEC_PER_SEC / 2)
#define DATAGRAM_MAX 65535
/* Linear work for each fragment; a datagram of 64 KB in pieces of 576 bytes has 119. */
#define PIECES_MAX 160
/* What the allocator takes for itself for each block. */
#define BLOCK_COST 16

struct piece {
	struct piece *next;
	size_t off, len;
	uint8_t bytes[];
};

/* Who sent what to whom: the fields by which fragments belong together. */
struct fragment_key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint8_t protocol, v6;
	uint8_t zero[2];
};

struct datagram {
	struct datagram *chain;		/* in its bucket */
	struct datagram *older, *newer; /* by age */
	struct fragment_key key;
	int64_t since;
	struct piece *first; /* by offset */
	size_t pieces;
	size_t have;	  /* bytes of all pieces */
	size_t end;	  /* of the last piece; 0 while it has not come */
	uint8_t protocol; /* of the first fragment (RFC 8200, 4.5) */
	bool dead;	  /* overlapped or completed: whatever more comes is ignored */
	bool done;
};

void fragments_init(struct fragments *f, size_t max, struct tally *tally)
{
	*f = (struct fragments){.key = hash_key_random(), .max = max, .tally = tally};
}

static struct datagram **bucket_of(struct fragments *f, const struct fragment_key *key)
{
	uint64_t hash = hash_bytes(&f->key, span_make(key, sizeof(*key)));

	return &f->bucket[hash % FRAGMENT_BUCKETS];
}

static void drop_pieces(struct fragments *f, struct datagram *d)
{
	while (d->first) {
		struct piece *p = d->first;

		d->first = p->next;
		f->bytes -= sizeof(*p) + p->len + BLOCK_COST;
		mem_free_secret(p, sizeof(*p) + p->len);
	}
	d->pieces = 0;
}

static void unlink_age(struct fragments *f, struct datagram *d)
{
	*(d->older ? &d->older->newer : &f->oldest) = d->newer;
	*(d->newer ? &d->newer->older : &f->newest) = d->older;
}

static void datagram_free(struct fragments *f, struct datagram *d)
{
	struct datagram **at = bucket_of(f, &d->key);

	while (*at != d)
		at = &(*at)->chain;
	*at = d->chain;
	unlink_age(f, d);
	tally_add(f->tally, TALLY_IP_FRAGMENT_LOST, d->pieces);
	drop_pieces(f, d);
	f->bytes -= sizeof(*d) + BLOCK_COST;
	mem_free(d);
}

void fragments_finish(struct fragments *f)
{
	while (f->oldest)
		datagram_free(f, f->oldest);
	mem_free_secret(f->whole, DATAGRAM_MAX);
	f->whole = NULL;
}

static void expire(struct fragments *f, int64_t now)
{
	while (f->oldest && packet_is_due(f->oldest->since, now, WAIT_NSEC))
		datagram_free(f, f->oldest);
}

/* Makes room by giving up the oldest, but never `keep`. */
static bool make_room(struct fragments *f, size_t size, const struct datagram *keep)
{
	while (f->max < size || f->bytes > f->max - size) {
		if (!f->oldest || f->oldest == keep)
			return false;
		datagram_free(f, f->oldest);
	}
	return true;
}

static void make_key(const struct ip_packet *ip, struct fragment_key *key)
{
	size_t n = ip->v6 ? 16 : 4;

	memset(key, 0, sizeof(*key));
	memcpy(key->src, ip->src, n);
	memcpy(key->dst, ip->dst, n);
	key->id = ip->id;
	key->v6 = ip->v6;
	key->protocol = ip->v6 ? 0 : ip->protocol; /* IPv6: fragments may differ in it */
}

static struct datagram *datagram_new(struct fragments *f, const struct fragment_key *key,
				     int64_t time)
{
	struct datagram **bucket = bucket_of(f, key);
	struct datagram *d;

	if (!make_room(f, sizeof(*d) + BLOCK_COST, NULL))
		return NULL;
	d = mem_zalloc(1, sizeof(*d));
	if (!d) {
		tally_one(f->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	f->bytes += sizeof(*d) + BLOCK_COST;
	d->key = *key;
	d->since = time;
	d->chain = *bucket;
	*bucket = d;
	d->older = f->newest;
	*(f->newest ? &f->newest->newer : &f->oldest) = d;
	f->newest = d;
	return d;
}

static struct datagram *datagram_get(struct fragments *f, const struct ip_packet *ip, int64_t time)
{
	struct fragment_key key;
	struct datagram *d;

	make_key(ip, &key);
	for (d = *bucket_of(f, &key); d; d = d->chain)
		if (memcmp(&d->key, &key, sizeof(key)) == 0)
			break;
	/* the identification comes round again */
	if (d && d->done && packet_is_due(d->since, time, DONE_NSEC)) {
		datagram_free(f, d);
		d = NULL;
	}
	return d ? d : datagram_new(f, &key, time);
}

static void kill_datagram(struct fragments *f, struct datagram *d)
{
	tally_one(f->tally, TALLY_IP_FRAGMENT_OVERLAP);
	drop_pieces(f, d);
	d->dead = true;
}

static bool piece_equal(const struct piece *p, const struct ip_packet *ip)
{
	return p->off == ip->offset && span_equal(span_make(p->bytes, p->len), ip->payload);
}

static struct piece *piece_new(struct fragments *f, struct datagram *d, const struct ip_packet *ip)
{
	struct piece *p = NULL;

	if (d->pieces < PIECES_MAX && make_room(f, sizeof(*p) + ip->payload.len + BLOCK_COST, d)) {
		p = mem_alloc(sizeof(*p) + ip->payload.len);
		if (!p)
			tally_one(f->tally, TALLY_NO_MEMORY);
	}
	if (!p) {
		tally_one(f->tally, TALLY_IP_FRAGMENT_LOST);
		return NULL;
	}
	p->off = ip->offset;
	p->len = ip->payload.len;
	memcpy(p->bytes, ip->payload.ptr, p->len);
	f->bytes += sizeof(*p) + p->len + BLOCK_COST;
	d->pieces++;
	d->have += p->len;
	return p;
}

/* Puts the fragment in its place. An exact copy is no overlap (RFC 8200, 4.5); any other is. */
static void insert(struct fragments *f, struct datagram *d, const struct ip_packet *ip)
{
	size_t end = ip->offset + ip->payload.len;
	struct piece **at = &d->first;
	struct piece *p;

	while (*at && (*at)->off + (*at)->len <= ip->offset)
		at = &(*at)->next;
	if (*at && (*at)->off < end) {
		if (!piece_equal(*at, ip))
			kill_datagram(f, d);
		return;
	}
	if ((!ip->more && d->end) || (d->end && end > d->end) || (!ip->more && *at)) {
		kill_datagram(f, d);
		return;
	}
	p = piece_new(f, d, ip);
	if (!p)
		return;
	p->next = *at;
	*at = p;
	if (ip->offset == 0)
		d->protocol = ip->protocol;
	if (!ip->more)
		d->end = end;
}

static bool complete(struct fragments *f, struct datagram *d, struct ip_packet *ip)
{
	if (!f->whole)
		f->whole = mem_alloc(DATAGRAM_MAX);
	if (!f->whole) {
		tally_one(f->tally, TALLY_NO_MEMORY);
		return false;
	}
	for (struct piece *p = d->first; p; p = p->next)
		memcpy(f->whole + p->off, p->bytes, p->len);
	/* in a tunnel the addresses may lie in what is written over here */
	ip->src = d->key.src;
	ip->dst = d->key.dst;
	ip->fragment = ip->more = false;
	ip->offset = 0;
	ip->protocol = d->protocol;
	ip->payload = span_make(f->whole, d->end);
	drop_pieces(f, d);
	d->dead = d->done = true;
	return true;
}

bool fragments_add(struct fragments *f, int64_t time, struct ip_packet *ip)
{
	struct datagram *d;

	tally_one(f->tally, TALLY_IP_FRAGMENTS);
	expire(f, time);
	if (ip->missing > 0) {
		tally_one(f->tally, TALLY_IP_FRAGMENT_LOST);
		return false;
	}
	if (ip->payload.len == 0 || ip->payload.len > DATAGRAM_MAX ||
	    ip->offset > DATAGRAM_MAX - ip->payload.len || (ip->more && ip->payload.len % 8)) {
		tally_one(f->tally, TALLY_IP_MALFORMED);
		return false;
	}
	d = datagram_get(f, ip, time);
	if (!d) {
		tally_one(f->tally, TALLY_IP_FRAGMENT_LOST);
		return false;
	}
	if (!d->dead)
		insert(f, d, ip);
	return !d->dead && d->end && d->have == d->end && complete(f, d, ip);
}
