#include "host/shared-text.h"

#include "base/mem.h"

#include <errno.h>

struct shared_text {
	struct shared_text *next;
	uint64_t hash;
	size_t holders;
	size_t len;
	char text[];
};

int shared_texts_init(struct shared_texts *t, size_t n_buckets)
{
	*t = (struct shared_texts){.key = hash_key_random(), .n_buckets = n_buckets};
	t->buckets = mem_zalloc(n_buckets, sizeof(struct shared_text *));
	return t->buckets ? 0 : -ENOMEM;
}

void shared_texts_finish(struct shared_texts *t)
{
	mem_free(t->buckets);
	*t = (struct shared_texts){0};
}

static size_t weight(size_t len)
{
	return sizeof(struct shared_text) + len + 1;
}

static struct shared_text *find(const struct shared_texts *t, struct span s, uint64_t hash)
{
	struct shared_text *at = t->buckets[hash & (t->n_buckets - 1)];

	while (at && (at->hash != hash || !span_equal(span_make(at->text, at->len), s)))
		at = at->next;
	return at;
}

static struct shared_text *add(struct shared_texts *t, struct span s, uint64_t hash)
{
	struct shared_text **bucket = &t->buckets[hash & (t->n_buckets - 1)];
	struct shared_text *new = mem_alloc(weight(s.len));

	if (!new)
		return NULL;
	*new = (struct shared_text){.next = *bucket, .hash = hash, .len = s.len};
	if (s.len)
		memcpy(new->text, s.ptr, s.len);
	new->text[s.len] = '\0';
	*bucket = new;
	t->bytes += weight(s.len);
	return new;
}

int shared_text_take(struct shared_texts *t, const char *s, size_t max, const char **ret_text)
{
	struct shared_text *text;
	struct span bytes;
	uint64_t hash;

	if (!s) {
		*ret_text = NULL;
		return 0;
	}
	bytes = span_make(s, strnlen(s, max));
	hash = hash_bytes(&t->key, bytes);
	text = find(t, bytes, hash);
	if (!text)
		text = add(t, bytes, hash);
	if (!text)
		return -ENOMEM;
	text->holders++;
	*ret_text = text->text;
	return 0;
}

void shared_text_give(struct shared_texts *t, const char *s)
{
	struct shared_text **link, *text;
	struct span bytes;
	uint64_t hash;

	if (!s)
		return;
	bytes = span_str(s);
	hash = hash_bytes(&t->key, bytes);
	text = find(t, bytes, hash);
	if (!text || --text->holders > 0)
		return;
	link = &t->buckets[hash & (t->n_buckets - 1)];
	while (*link != text)
		link = &(*link)->next;
	*link = text->next;
	t->bytes -= weight(text->len);
	mem_free(text);
}
