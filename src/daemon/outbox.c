#include "daemon/outbox.h"

#include "base/mem.h"
#include "daemon/parcel.h"

#include <string.h>

struct outbox_item {
	struct outbox_item *next;
	uint64_t number;
	size_t len;
	uint8_t bytes[];
};

void outbox_init(struct outbox *o, size_t max)
{
	*o = (struct outbox){.max = max};
}

static void drop_oldest(struct outbox *o)
{
	struct outbox_item *item = o->oldest;

	o->oldest = item->next;
	if (!o->oldest)
		o->newest = NULL;
	if (o->unsent == item)
		o->unsent = item->next;
	o->bytes -= item->len;
	o->n--;
	mem_free(item);
}

void outbox_finish(struct outbox *o)
{
	while (o->oldest)
		drop_oldest(o);
}

void outbox_put(struct outbox *o, uint64_t number, struct span parcel)
{
	struct outbox_item *item;

	while (o->oldest && o->bytes + parcel.len > o->max) {
		drop_oldest(o);
		o->dropped++;
	}
	item = mem_alloc(sizeof(*item) + parcel.len);
	if (!item) {
		o->dropped++;
		return;
	}
	*item = (struct outbox_item){.number = number, .len = parcel.len};
	memcpy(item->bytes, parcel.ptr, parcel.len);
	if (o->newest)
		o->newest->next = item;
	else
		o->oldest = item;
	o->newest = item;
	if (!o->unsent)
		o->unsent = item;
	o->bytes += item->len;
	o->n++;
}

void outbox_ack(struct outbox *o, uint64_t number)
{
	while (o->oldest && o->oldest->number <= number)
		drop_oldest(o);
}

void outbox_again(struct outbox *o)
{
	for (struct outbox_item *i = o->oldest; i && i != o->unsent; i = i->next)
		i->bytes[PARCEL_AGAIN_AT] = 1;
	o->unsent = o->oldest;
}

int outbox_flush(struct outbox *o, int socket)
{
	int rc = 0;

	while (o->unsent && rc == 0) {
		rc = parcel_send(socket, span_make(o->unsent->bytes, o->unsent->len), -1);
		if (rc == 0)
			o->unsent = o->unsent->next;
	}
	return rc;
}
