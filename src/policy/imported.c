#include "policy/imported.h"

#include "policy/lines.h"
#include "policy/pol-record.h"
#include "policy/reading.h"

#define ORIGINS "Software\\Policies\\ntlmaudit\\Origins"

static void put_data(struct text *data, enum setting s, const struct cell *cell)
{
	uint32_t n = cell->number;

	if (!setting_is_list(s)) {
		text_add(data,
			 (uint8_t[]){(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16),
				     (uint8_t)(n >> 24)},
			 4);
		return;
	}
	for (const struct policy_item *i = cell->first; i; i = i->next)
		pol_put_string(data, i->text);
	pol_put_string(data, "");
}

static void put_origin(struct text *out, enum setting s, const struct cell *cell)
{
	struct text origin, data;

	text_init(&origin, 0);
	text_init(&data, 0);
	place_put(&origin, &cell->place);
	pol_put_string(&data, origin.ptr ? origin.ptr : "");
	pol_put_record(out, ORIGINS, settings[s].key, REGISTRY_SZ, span_make(data.ptr, data.len));
	out->failed |= origin.failed || data.failed;
	text_finish(&data);
	text_finish(&origin);
}

void imported_put(struct text *out, const struct layer *layer)
{
	struct text data;

	text_init(&data, 0);
	pol_put_header(out);
	for (enum setting s = 0; s < SETTING__COUNT; s++) {
		const struct cell *cell = &layer->cells[s];

		if (cell->state != CELL_SET)
			continue;
		text_reset(&data);
		put_data(&data, s, cell);
		out->failed |= data.failed;
		pol_put_record(out, settings[s].registry_key, settings[s].registry_name,
			       setting_registry_type(s), span_make(data.ptr, data.len));
		put_origin(out, s, cell);
	}
	text_finish(&data);
}

/* Is it this text? */
static bool is_utf16(struct span utf16, const char *s)
{
	struct text text;
	bool same;

	text_init(&text, 256);
	same = text_put_utf16(&text, utf16) == utf16.len && !text.failed && text.ptr &&
	       strcmp(text.ptr, s) == 0;
	text_finish(&text);
	return same;
}

static void set_origin(struct reading *r, struct cell *cell, struct span utf16)
{
	struct text text;

	text_init(&text, 8192);
	text_puts(&text, "Group Policy, ");
	if (utf16.len >= 2)
		(void)text_put_utf16(&text, span_head(utf16, utf16.len - 2));
	if (!text.failed)
		cell->place = (struct place){
			.file = arena_string(r->arena, span_make(text.ptr, text.len))};
	text_finish(&text);
	for (struct policy_item *i = cell->first; i; i = i->next)
		i->place = cell->place;
}

void imported_read(struct reading *r, struct span data)
{
	struct reader in = reader_of(data);
	struct pol_record record;

	policy_read_pol(r, data);
	pol_begin(&in);
	while (pol_next(&in, &record)) {
		if (!is_utf16(record.key, ORIGINS))
			continue;
		for (enum setting s = 0; s < SETTING__COUNT; s++)
			if (r->layer->cells[s].state == CELL_SET &&
			    is_utf16(record.name, settings[s].key))
				set_origin(r, &r->layer->cells[s], record.data);
	}
}
