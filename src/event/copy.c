#include "event/copy.h"

/* NULL stays NULL. */
static bool copy_text(struct arena *texts, const char **text)
{
	if (*text)
		*text = arena_string(texts, span_str(*text));
	else
		return true;
	return *text != NULL;
}

static bool copy_facts(struct arena *texts, struct event *e)
{
	bool good = true;

	for (int i = 0; i < FACT__COUNT && good; i++)
		if (e->facts[i].kind == VALUE_TEXT)
			good = copy_text(texts, &e->facts[i].text);
	return good;
}

static bool copy_evidence(struct arena *texts, struct event *e)
{
	struct evidence *copy;
	bool good = true;

	if (!e->n_evidence)
		return true;
	copy = arena_alloc(texts, e->n_evidence * sizeof(*copy));
	if (!copy)
		return false;
	memcpy(copy, e->evidence, e->n_evidence * sizeof(*copy));
	for (size_t i = 0; i < e->n_evidence && good; i++)
		good = copy_text(texts, &copy[i].kind) && copy_text(texts, &copy[i].peer) &&
		       copy_text(texts, &copy[i].name) && copy_text(texts, &copy[i].code);
	e->evidence = copy;
	return good;
}

static bool copy_foreign(struct arena *texts, struct event *e)
{
	struct foreign_field *copy;
	bool good = true;

	if (!e->n_foreign)
		return true;
	copy = arena_alloc(texts, e->n_foreign * sizeof(*copy));
	if (!copy)
		return false;
	memcpy(copy, e->foreign, e->n_foreign * sizeof(*copy));
	for (size_t i = 0; i < e->n_foreign && good; i++)
		good = copy_text(texts, &copy[i].name) && copy_text(texts, &copy[i].value);
	e->foreign = copy;
	return good;
}

bool event_copy(struct arena *texts, const struct event *e, struct event *ret)
{
	*ret = *e;
	return copy_text(texts, &ret->computer) && copy_facts(texts, ret) &&
	       copy_evidence(texts, ret) && copy_foreign(texts, ret);
}
