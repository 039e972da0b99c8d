#include "cmd/copy.h"

const char *copy_text(struct arena *arena, const char *s)
{
	const char *copy = s ? arena_string(arena, span_str(s)) : NULL;

	return copy || !s ? copy : "";
}

static void copy_facts(struct arena *arena, struct event *e)
{
	for (size_t i = 0; i < FACT__COUNT; i++)
		if (e->facts[i].kind == VALUE_TEXT)
			e->facts[i].text = copy_text(arena, e->facts[i].text);
}

static void copy_evidence(struct arena *arena, struct event *e)
{
	struct evidence *to = arena_alloc(arena, (e->n_evidence + 1) * sizeof(*to));

	if (!to)
		e->n_evidence = 0;
	for (size_t i = 0; i < e->n_evidence; i++) {
		to[i] = e->evidence[i];
		to[i].kind = copy_text(arena, to[i].kind);
		to[i].peer = copy_text(arena, to[i].peer);
		to[i].name = copy_text(arena, to[i].name);
		to[i].code = copy_text(arena, to[i].code);
	}
	e->evidence = to;
}

static void copy_foreign(struct arena *arena, struct event *e)
{
	struct foreign_field *to = arena_alloc(arena, (e->n_foreign + 1) * sizeof(*to));

	if (!to)
		e->n_foreign = 0;
	for (size_t i = 0; i < e->n_foreign; i++)
		to[i] = (struct foreign_field){copy_text(arena, e->foreign[i].name),
					       copy_text(arena, e->foreign[i].value)};
	e->foreign = to;
}

void event_copy(struct arena *arena, const struct event *e, struct event *ret_copy)
{
	*ret_copy = *e;
	ret_copy->computer = copy_text(arena, e->computer);
	copy_facts(arena, ret_copy);
	copy_evidence(arena, ret_copy);
	copy_foreign(arena, ret_copy);
}
