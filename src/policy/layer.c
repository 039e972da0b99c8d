#include "policy/layer.h"

#include <errno.h>

static void append(struct cell *cell, struct policy_item *item)
{
	if (cell->last)
		cell->last->next = item;
	else
		cell->first = item;
	cell->last = item;
	cell->n_items++;
}

static struct policy_item *item_new(struct arena *arena, const struct place *place,
				    struct span text)
{
	struct policy_item *item = arena_alloc(arena, sizeof(*item));

	if (!item)
		return NULL;
	*item = (struct policy_item){.place = *place, .text = arena_string(arena, text)};
	if (!item->text)
		return NULL;
	item->exception =
		(struct exception){.name = span_str(item->text), .until = EXCEPTION_FOREVER};
	return item;
}

int layer_defaults(struct layer *layer, struct arena *arena)
{
	static const struct place built_in = {0};

	*layer = (struct layer){0};
	for (enum setting s = 0; s < SETTING__COUNT; s++) {
		struct policy_item *item;

		layer->cells[s] = (struct cell){.state = CELL_SET, .number = settings[s].number};
		if (!settings[s].item)
			continue;
		item = item_new(arena, &built_in, span_str(settings[s].item));
		if (!item)
			return -ENOMEM;
		append(&layer->cells[s], item);
	}
	return 0;
}

static void tell_words(struct reading *r, const struct place *place, enum setting s,
		       uint32_t number)
{
	const struct setting_row *row = &settings[s];
	struct text words;

	text_init(&words, 256);
	for (const struct setting_word *w = row->words; w && w->word; w++)
		text_printf(&words, "%s%u (%s)", w == row->words ? "" : ", ", w->number, w->word);
	if (!row->words)
		text_printf(&words, "%u to %u", row->min, row->max);
	problem_error(r->problems, place, "%s is %u; it may be %s", row->key, number,
		      words.ptr ? words.ptr : "");
	text_finish(&words);
}

void layer_set_number(struct reading *r, const struct place *place, enum setting s, uint32_t number)
{
	if (!setting_allows(s, number)) {
		tell_words(r, place, s, number);
		return;
	}
	r->layer->cells[s] = (struct cell){.state = CELL_SET, .number = number, .place = *place};
}

void layer_set_list(struct reading *r, const struct place *place, enum setting s)
{
	r->layer->cells[s] = (struct cell){.state = CELL_SET, .place = *place};
}

static const char *item_check(enum setting s, struct span text)
{
	struct exception unused;

	if (text.len == 0)
		return "an empty item";
	if (text.len >= LAYER_ITEM_SIZE)
		return "an item is longer than 511 bytes";
	if (settings[s].type == SETTING_EXCEPTIONS)
		return exception_parse(text, &unused);
	return settings[s].check_item ? settings[s].check_item(text) : NULL;
}

void layer_add_item(struct reading *r, const struct place *place, enum setting s, struct span text)
{
	struct cell *cell = &r->layer->cells[s];
	const char *wrong = item_check(s, text);
	struct policy_item *item;

	if (!wrong && cell->n_items >= LAYER_ITEMS_MAX)
		wrong = "more than 1000 items";
	if (wrong) {
		problem_error(r->problems, place, "%s: %s", settings[s].key, wrong);
		return;
	}
	item = item_new(r->arena, place, text);
	if (!item) {
		problem_error(r->problems, place, "out of memory");
		return;
	}
	if (settings[s].type == SETTING_EXCEPTIONS)
		(void)exception_parse(span_str(item->text), &item->exception);
	if (cell->state != CELL_SET && cell->state != CELL_ADDED)
		*cell = (struct cell){.state = CELL_ADDED, .place = *place};
	append(cell, item);
}

void layer_remove(struct reading *r, const struct place *place, enum setting s)
{
	r->layer->cells[s] = (struct cell){.state = CELL_REMOVED, .place = *place};
}

static void merge_items(struct cell *lower, struct cell *upper)
{
	if (lower->state != CELL_SET && lower->state != CELL_ADDED) {
		*lower = *upper;
		return;
	}
	if (lower->last)
		lower->last->next = upper->first;
	else
		lower->first = upper->first;
	lower->last = upper->last;
	lower->n_items += upper->n_items;
	lower->place = upper->place;
}

void layer_merge(struct layer *lower, struct layer *upper)
{
	for (enum setting s = 0; s < SETTING__COUNT; s++) {
		struct cell *up = &upper->cells[s];

		if (up->state == CELL_SET)
			lower->cells[s] = *up;
		else if (up->state == CELL_ADDED)
			merge_items(&lower->cells[s], up);
		else if (up->state == CELL_REMOVED)
			lower->cells[s] = (struct cell){0};
	}
}
