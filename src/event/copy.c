#include "event/copy.h"

static const char empty[] = "";

/* NULL stays NULL; empty where the arena is full. */
static const char *copied(struct arena *arena, const char *s)
{
	const char *copy = s ? arena_string(arena, span_str(s)) : NULL;

	return copy || !s ? copy : empty;
}

/* Takes a copy of a text; false where it became empty. */
static bool copy_text(struct arena *arena, const char **text)
{
	*text = copied(arena, *text);
	return *text != empty;
}

static bool copy_facts(struct arena *arena, struct event *e)
{
	bool whole = true;

	for (size_t i = 0; i < FACT__COUNT; i++)
		if (e->facts[i].kind == VALUE_TEXT)
			whole &= copy_text(arena, &e->facts[i].text);
	return whole;
}

static bool copy_evidence(struct arena *arena, struct event *e)
{
	struct evidence *to =
		e->n_evidence ? arena_alloc(arena, e->n_evidence * sizeof(*to)) : NULL;
	bool whole = to || !e->n_evidence;

	if (!to)
		e->n_evidence = 0;
	for (size_t i = 0; i < e->n_evidence; i++) {
		to[i] = e->evidence[i];
		whole &= copy_text(arena, &to[i].kind);
		whole &= copy_text(arena, &to[i].peer);
		whole &= copy_text(arena, &to[i].name);
		whole &= copy_text(arena, &to[i].code);
	}
	e->evidence = to;
	return whole;
}

static bool copy_foreign(struct arena *arena, struct event *e)
{
	struct foreign_field *to =
		e->n_foreign ? arena_alloc(arena, e->n_foreign * sizeof(*to)) : NULL;
	bool whole = to || !e->n_foreign;

	if (!to)
		e->n_foreign = 0;
	for (size_t i = 0; i < e->n_foreign; i++) {
		to[i] = e->foreign[i];
		whole &= copy_text(arena, &to[i].name);
		whole &= copy_text(arena, &to[i].value);
	}
	e->foreign = to;
	return whole;
}

bool event_copy(struct arena *arena, const struct event *e, struct event *ret_copy)
{
	bool whole;

	*ret_copy = *e;
	whole = copy_text(arena, &ret_copy->computer);
	whole &= copy_facts(arena, ret_copy);
	whole &= copy_evidence(arena, ret_copy);
	whole &= copy_foreign(arena, ret_copy);
	return whole;
}

void finding_copy(struct arena *arena, const struct finding *f, struct finding *ret_copy)
{
	*ret_copy = *f;
	ret_copy->sentence = copied(arena, f->sentence);
	ret_copy->source_ip = copied(arena, f->source_ip);
	ret_copy->target_ip = copied(arena, f->target_ip);
	ret_copy->user = copied(arena, f->user);
	ret_copy->domain = copied(arena, f->domain);
	ret_copy->capture = copied(arena, f->capture);
}
