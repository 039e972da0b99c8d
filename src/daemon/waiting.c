#include "daemon/waiting.h"

#include "base/mem.h"

#include <string.h>

static void append(struct waiting_list *list, struct waiting *w)
{
	w->next = NULL;
	if (list->last)
		list->last->next = w;
	else
		list->first = w;
	list->last = w;
	list->n++;
	list->bytes += w->len;
}

bool waiting_add(struct waiting_list *list, enum parcel_type type, struct span bytes, int64_t now)
{
	struct waiting *w = mem_alloc(sizeof(*w) + bytes.len);

	if (!w)
		return false;
	*w = (struct waiting){.since = now, .type = type, .len = bytes.len};
	memcpy(w->bytes, bytes.ptr, bytes.len);
	append(list, w);
	return true;
}

void waiting_pass(struct waiting_list *list, struct waiting_list *to)
{
	struct waiting *w = list->first;

	list->first = w->next;
	if (!list->first)
		list->last = NULL;
	list->n--;
	list->bytes -= w->len;
	if (to)
		append(to, w);
	else
		mem_free(w);
}

void waiting_move_front(struct waiting_list *to, struct waiting_list *from)
{
	if (!from->first)
		return;
	from->last->next = to->first;
	if (!to->last)
		to->last = from->last;
	to->first = from->first;
	to->n += from->n;
	to->bytes += from->bytes;
	*from = (struct waiting_list){0};
}

void waiting_keep_only(struct waiting_list *list, enum parcel_type type)
{
	struct waiting_list kept = {0};

	while (list->first)
		waiting_pass(list, list->first->type == type ? &kept : NULL);
	*list = kept;
}

void waiting_clear(struct waiting_list *list)
{
	while (list->first)
		waiting_pass(list, NULL);
}
