/* The configuration file. A setting that is given twice in one file is an error: one of the two is not meant. */
#include "policy/lines.h"
#include "policy/match.h"
#include "policy/reading.h"

#include <inttypes.h>

#define KEY_SHOWN 64 /* of a name that is not known */

static bool is_repeated(struct reading *r, const struct place *here, enum setting s)
{
	const struct cell *cell = &r->layer->cells[s];

	if (cell->state == CELL_UNSET)
		return false;
	problem_error(r->problems, here,
		      "%s is given again; it stands in line %" PRIu64 " already%s", settings[s].key,
		      cell->place.at, setting_is_list(s) ? " (+= adds to a list)" : "");
	return true;
}

/* Items between commas; an exception may hold commas and is a line of its own. */
static void add_items(struct reading *r, const struct place *here, enum setting s,
		      struct span items)
{
	while (items.len) {
		const uint8_t *comma =
			settings[s].type == SETTING_LIST ? memchr(items.ptr, ',', items.len) : NULL;
		size_t n = comma ? (size_t)(comma - items.ptr) : items.len;

		layer_add_item(r, here, s, span_trim(span_head(items, n)));
		items = span_from(items, n + 1);
	}
}

static void set_list(struct reading *r, const struct place *here, enum setting s, struct span items,
		     bool adds)
{
	if (!adds && is_repeated(r, here, s))
		return;
	if (!adds)
		layer_set_list(r, here, s);
	add_items(r, here, s, items);
}

static void tell_value(struct reading *r, const struct place *here, enum setting s)
{
	const struct setting_row *row = &settings[s];
	struct text words;

	if (!row->words) {
		problem_error(r->problems, here,
			      "%s should be a number from %" PRIu32 " to %" PRIu32, row->key,
			      row->min, row->max);
		return;
	}
	text_init(&words, 256);
	for (const struct setting_word *w = row->words; w->word; w++)
		text_printf(&words, "%s%s", w == row->words ? "" : ", ", w->word);
	problem_error(r->problems, here, "%s should be one of: %s", row->key,
		      words.ptr ? words.ptr : "");
	text_finish(&words);
}

static void set_value(struct reading *r, const struct place *here, enum setting s,
		      struct span value)
{
	uint32_t number;

	if (is_repeated(r, here, s))
		return;
	if (setting_number(s, value, &number))
		layer_set_number(r, here, s, number);
	else
		tell_value(r, here, s);
}

static void read_line(struct reading *r, const struct place *here, struct span line)
{
	struct span key, value;
	enum setting s;
	bool adds;

	if (!line_split(line, &key, &value)) {
		problem_error(r->problems, here, "should be: setting = value");
		return;
	}
	adds = key.len && key.ptr[key.len - 1] == '+';
	if (adds)
		key = span_trim(span_head(key, key.len - 1));
	s = setting_by_key(key);
	if (s == SETTING__COUNT)
		problem_error(r->problems, here, "there is no setting '%.*s'",
			      (int)(key.len < KEY_SHOWN ? key.len : KEY_SHOWN),
			      (const char *)key.ptr);
	else if (setting_is_list(s))
		set_list(r, here, s, value, adds);
	else if (adds)
		problem_error(r->problems, here, "%s is no list: += is for lists", settings[s].key);
	else
		set_value(r, here, s, value);
}

void policy_read_conf(struct reading *r, struct span data)
{
	struct lines lines = lines_of(data);
	struct span line;

	while (lines_next(&lines, &line)) {
		struct place here = {r->file, PLACE_LINE, lines.number};

		if (line_is_empty(line))
			continue;
		if (text_is_plain(line))
			read_line(r, &here, line);
		else
			problem_error(r->problems, &here,
				      "not plain text in UTF-8: a byte or an invisible character");
	}
}
