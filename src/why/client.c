#include "why/client.h"

#include "base/clock.h"
#include "base/mem.h"
#include "why/label.h"

#define SAME_WITHIN NSEC_PER_SEC

static const uint16_t class_max[ITEM_CLASS__COUNT] = {
	[ITEM_DC] = CLIENT_DC_MAX,
	[ITEM_DNS] = CLIENT_DNS_MAX,
};

static enum item_class class_of(enum why_kind kind)
{
	return kind == WHY_DNS_FAILED ? ITEM_DNS : ITEM_DC;
}

int clients_init(struct clients *c, struct tally *tally)
{
	*c = (struct clients){.tally = tally, .now = INT64_MIN};
	return shelf_init(&c->shelf, CLIENTS_MAX);
}

struct client *clients_find(const struct clients *c, const struct addr *addr)
{
	return (struct client *)shelf_find(&c->shelf, addr);
}

void clients_drop(struct clients *c, struct client *client, struct item *item)
{
	*(item->older ? &item->older->newer : &client->oldest) = item->newer;
	*(item->newer ? &item->newer->older : &client->newest) = item->older;
	client->count[class_of(item->seen.kind)]--;
	c->bytes -= item->size;
	mem_free(item);
}

static void drop_client(struct clients *c, struct client *client)
{
	while (client->oldest)
		clients_drop(c, client, client->oldest);
	shelf_take(&c->shelf, &client->node);
	c->bytes -= sizeof(*client);
	mem_free(client);
}

void clients_finish(struct clients *c)
{
	while (c->shelf.oldest)
		drop_client(c, (struct client *)c->shelf.oldest);
	shelf_finish(&c->shelf);
}

/* Would somebody still ask for it? */
static bool is_recent(const struct clients *c, const struct item *item)
{
	return time_between(item->seen.time, c->now) <= (uint64_t)WHY_WINDOW_DEFAULT;
}

static void evict_client(struct clients *c)
{
	struct client *client = (struct client *)c->shelf.oldest;

	if (client->newest && is_recent(c, client->newest))
		tally_one(c->tally, TALLY_WHY_CLIENTS_EVICTED);
	drop_client(c, client);
}

/* An answered request says nothing that its answer doesn't. */
static bool is_spent(const struct item *item)
{
	return item->answered != ITEM_NEVER;
}

static struct item *victim_of(const struct client *client, enum item_class class)
{
	struct item *victim = NULL;

	for (struct item *i = client->oldest; i; i = i->newer) {
		if (class_of(i->seen.kind) != class)
			continue;
		if (is_spent(i))
			return i;
		if (!victim)
			victim = i;
	}
	return victim;
}

static void make_room(struct clients *c, struct client *client, enum item_class class)
{
	struct item *victim = victim_of(client, class);

	if (client->count[class] < class_max[class] || !victim)
		return;
	if (!is_spent(victim) && is_recent(c, victim))
		tally_one(c->tally, TALLY_WHY_ITEMS_EVICTED);
	clients_drop(c, client, victim);
}

static struct client *find_or_add(struct clients *c, const struct addr *addr)
{
	struct client *client = clients_find(c, addr);

	if (client) {
		shelf_touch(&c->shelf, &client->node);
		return client;
	}
	while (c->shelf.count >= CLIENTS_MAX)
		evict_client(c);
	client = mem_zalloc(1, sizeof(*client));
	if (!client) {
		tally_one(c->tally, TALLY_NO_MEMORY);
		return NULL;
	}
	client->node.addr = *addr;
	c->bytes += sizeof(*client);
	shelf_put(&c->shelf, &client->node);
	return client;
}

static bool says_same(const struct why_item *a, const struct why_item *b)
{
	return a->kind == b->kind && a->code == b->code && a->port == b->port &&
	       addr_equal(&a->peer, &b->peer) && label_same(a->name, b->name) &&
	       label_same(a->realm, b->realm);
}

static bool is_again(const struct item *item, const struct observation *o)
{
	uint64_t ago = time_between(item->seen.time, o->seen.time);

	if (!says_same(&item->seen, &o->seen) || item->waits != o->waits)
		return false;
	if (o->waits)
		return item->own_port == o->own_port && item->answered == ITEM_NEVER &&
		       ago <= (uint64_t)WHY_WINDOW_DEFAULT;
	return ago <= (uint64_t)SAME_WITHIN;
}

static bool is_known(const struct client *client, const struct observation *o)
{
	const struct item *item = client->newest;

	while (item && !is_again(item, o))
		item = item->older;
	return item != NULL;
}

static struct item *item_new(const struct observation *o)
{
	size_t name = strlen(o->seen.name) + 1, realm = strlen(o->seen.realm) + 1;
	size_t size = sizeof(struct item) + name + realm;
	struct item *item = mem_alloc(size);

	if (!item)
		return NULL;
	*item = (struct item){
		.seen = o->seen,
		.answered = ITEM_NEVER,
		.own_port = o->own_port,
		.waits = o->waits,
		.size = size,
	};
	memcpy(item->text, o->seen.name, name);
	memcpy(item->text + name, o->seen.realm, realm);
	item->seen.name = item->text;
	item->seen.realm = item->text + name;
	return item;
}

static void append(struct clients *c, struct client *client, struct item *item)
{
	item->older = client->newest;
	*(client->newest ? &client->newest->newer : &client->oldest) = item;
	client->newest = item;
	client->count[class_of(item->seen.kind)]++;
	c->bytes += item->size;
}

void clients_add(struct clients *c, const struct addr *addr, const struct observation *o)
{
	enum item_class class = class_of(o->seen.kind);
	struct client *client = find_or_add(c, addr);
	struct item *item;

	if (!client || is_known(client, o))
		return;
	item = item_new(o); /* first: its names may be those of the item that goes */
	if (!item) {
		tally_one(c->tally, TALLY_NO_MEMORY);
		return;
	}
	make_room(c, client, class);
	append(c, client, item);
	/* this client is the newest, and one alone is far below the limit */
	while (c->bytes > CLIENTS_BYTES_MAX)
		evict_client(c);
}
