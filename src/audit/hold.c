#include "audit/hold.h"

#include "base/mem.h"
#include "event/copy.h"

#define TEXTS_MAX ((size_t)16 << 10)

struct held {
	struct held *newer;
	struct finding finding;
	struct arena texts;
};

static uint64_t *word_of(struct hold *h, uint64_t record)
{
	return &h->waits[record % HOLD_EVENTS / 64];
}

static uint64_t bit_of(uint64_t record)
{
	return UINT64_C(1) << record % 64;
}

static bool must_wait(struct hold *h, const struct finding *f)
{
	for (size_t i = 0; i < finding_n_records(f); i++)
		if (*word_of(h, f->records[i]) & bit_of(f->records[i]))
			return true;
	return false;
}

static void tell_oldest(struct hold *h)
{
	struct held *out = h->oldest;

	h->oldest = out->newer;
	if (!h->oldest)
		h->newest = NULL;
	h->n--;
	h->tell(h->ctx, &out->finding);
	arena_finish(&out->texts);
	mem_free(out);
}

void hold_event(struct hold *h, uint64_t record)
{
	*word_of(h, record) |= bit_of(record);
}

void hold_told(struct hold *h, uint64_t record)
{
	*word_of(h, record) &= ~bit_of(record);
	while (h->oldest && !must_wait(h, &h->oldest->finding))
		tell_oldest(h);
}

static struct held *copy_of(const struct finding *f)
{
	struct held *copy = mem_zalloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	arena_init(&copy->texts, TEXTS_MAX);
	finding_copy(&copy->texts, f, &copy->finding);
	return copy;
}

void hold_finding(struct hold *h, const struct finding *f)
{
	bool waits = h->oldest || must_wait(h, f);
	struct held *copy = h->tell && waits ? copy_of(f) : NULL;

	if (!h->tell)
		return;
	if (!copy) {
		h->tell(h->ctx, f);
		return;
	}
	*(h->newest ? &h->newest->newer : &h->oldest) = copy;
	h->newest = copy;
	if (++h->n > HOLD_FINDINGS_MAX)
		tell_oldest(h);
}

void hold_finish(struct hold *h)
{
	while (h->oldest)
		tell_oldest(h);
}
