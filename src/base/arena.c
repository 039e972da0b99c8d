#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>

#define BLOCK_SIZE 496

struct arena_block {
	struct arena_block *next;
	size_t cap, used;
	alignas(max_align_t) uint8_t bytes[];
};

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

static void free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		mem_free(b);
		b = next;
	}
}

void arena_reset(struct arena *a)
{
	a->used = 0;
	if (!a->head)
		return;
	free_blocks(a->head->next);
	a->head->next = NULL;
	a->head->used = 0;
}

void arena_finish(struct arena *a)
{
	if (!a)
		return;
	free_blocks(a->head);
	*a = (struct arena){0};
}

static struct arena_block *add_block(struct arena *a, size_t size)
{
	size_t cap = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct arena_block *b = mem_alloc(sizeof(*b) + cap);

	if (!b)
		return NULL;
	b->next = a->head;
	b->cap = cap;
	b->used = 0;
	a->head = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;
	void *out;

	if (size > SIZE_MAX / 4)
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (a->max && size > a->max - a->used)
		return NULL;
	if (!b || b->cap - b->used < size)
		b = add_block(a, size);
	if (!b)
		return NULL;
	out = b->bytes + b->used;
	b->used += size;
	a->used += size;
	return out;
}

char *arena_string(struct arena *a, struct span bytes)
{
	char *s = arena_alloc(a, bytes.len + 1);

	if (!s)
		return NULL;
	if (bytes.len)
		memcpy(s, bytes.ptr, bytes.len);
	s[bytes.len] = '\0';
	return s;
}
