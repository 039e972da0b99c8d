#include "why/names.h"

#include "base/mem.h"
#include "why/label.h"

struct name {
	struct shelf_node node; /* first: the shelf's things are nodes */
	size_t size;
	char text[];
};

static struct name *of_node(struct shelf_node *node)
{
	return (struct name *)node;
}

int names_init(struct names *n, struct tally *tally)
{
	*n = (struct names){.tally = tally};
	return shelf_init(&n->shelf, NAMES_MAX);
}

static void drop(struct names *n, struct shelf_node *node)
{
	n->bytes -= of_node(node)->size;
	shelf_take(&n->shelf, node);
	mem_free(node);
}

void names_finish(struct names *n)
{
	while (n->shelf.oldest)
		drop(n, n->shelf.oldest);
	shelf_finish(&n->shelf);
}

static void evict(struct names *n, struct shelf_node *node)
{
	tally_one(n->tally, TALLY_WHY_NAMES_EVICTED);
	drop(n, node);
}

/* The address's name if it is there; else makes room for one more of this address. */
static struct shelf_node *known(struct names *n, const struct addr *addr, const char *text)
{
	struct shelf_node *last = NULL;
	size_t count = 0;

	for (struct shelf_node *i = shelf_find(&n->shelf, addr); i; i = shelf_next(i)) {
		if (label_same(of_node(i)->text, text))
			return i;
		last = i;
		count++;
	}
	if (count >= NAMES_PER_ADDR)
		evict(n, last);
	return NULL;
}

void names_add(struct names *n, const struct addr *addr, const char *name)
{
	size_t size = sizeof(struct name) + strlen(name) + 1;
	struct shelf_node *old;
	struct name *fresh;

	if (*name == '\0')
		return;
	old = known(n, addr, name);
	if (old) {
		shelf_touch(&n->shelf, old);
		return;
	}
	while (n->shelf.count >= NAMES_MAX || (n->bytes > NAMES_BYTES_MAX - size))
		evict(n, n->shelf.oldest);
	fresh = mem_alloc(size);
	if (!fresh) {
		tally_one(n->tally, TALLY_NO_MEMORY);
		return;
	}
	*fresh = (struct name){.node.addr = *addr, .size = size};
	memcpy(fresh->text, name, size - sizeof(*fresh));
	n->bytes += size;
	shelf_put(&n->shelf, &fresh->node);
}

const char *names_of(const struct names *n, const struct addr *addr)
{
	struct shelf_node *first = shelf_find(&n->shelf, addr);

	return first ? of_node(first)->text : NULL;
}

static bool same_but_dot(const char *a, const char *b, size_t b_len)
{
	struct label l;

	label_reset(&l);
	label_add(&l, span_make(b, b_len));
	return !l.cut && label_same(a, l.s);
}

bool names_is(const struct names *n, const char *name, const struct addr *addr)
{
	size_t len = strlen(name);

	if (len && name[len - 1] == '.')
		len--;
	for (struct shelf_node *i = shelf_find(&n->shelf, addr); i; i = shelf_next(i))
		if (same_but_dot(of_node(i)->text, name, len))
			return true;
	return false;
}
