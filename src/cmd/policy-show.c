#include "cmd/policy-show.h"

#include "format/escape.h"
#include "format/json-write.h"

#include <inttypes.h>
#include <stdio.h>

#define KEY_WIDTH 22
#define VALUE_WIDTH 10

static void put_place(struct text *out, const struct place *place)
{
	struct text plain;

	text_init(&plain, 0);
	place_put(&plain, place);
	text_visible(out, plain.ptr ? plain.ptr : "");
	text_finish(&plain);
}

/* A value, and so many blanks that most origins stand below each other. */
static void put_padded(struct text *out, const char *value)
{
	text_visible(out, value);
	text_printf(out, "%*s",
		    strlen(value) < VALUE_WIDTH ? (int)(VALUE_WIDTH - strlen(value)) : 0, "");
	text_puts(out, "  ");
}

static void put_value(struct text *out, enum setting s, uint32_t number)
{
	const char *word = setting_word(s, number);
	char digits[16];

	snprintf(digits, sizeof(digits), "%" PRIu32, number);
	put_padded(out, word ? word : digits);
}

static bool is_expired(const struct policy_item *item, int64_t now)
{
	return now >= item->exception.until;
}

static void put_line(struct text *out, const struct place *place)
{
	put_place(out, place);
	text_putc(out, '\n');
}

static void put_items(struct text *out, const struct cell *cell, int64_t now)
{
	if (!cell->first) {
		put_padded(out, "(none)");
		put_line(out, &cell->place);
	}
	for (const struct policy_item *i = cell->first; i; i = i->next) {
		if (i != cell->first)
			text_printf(out, "%*s", KEY_WIDTH, "");
		put_padded(out, i->text);
		if (is_expired(i, now))
			text_puts(out, "(expired: no longer in force)  ");
		put_line(out, &i->place);
	}
}

static void put_setting(struct text *out, enum setting s, const struct cell *cell, int64_t now)
{
	text_printf(out, "%-*s", KEY_WIDTH, settings[s].key);
	if (setting_is_list(s)) {
		put_items(out, cell, now);
		return;
	}
	put_value(out, s, cell->number);
	put_line(out, &cell->place);
}

void policy_show_text(struct text *out, const struct policy *policy, int64_t now)
{
	for (enum setting s = 0; s < SETTING__COUNT; s++)
		put_setting(out, s, &policy->effective.cells[s], now);
	text_printf(out,
		    "\nThis machine's place in a rollout is %u: shares above %u have it in them.\n",
		    policy->place, policy->place);
}

static void json_place(struct json *j, const struct place *place)
{
	struct text origin;

	text_init(&origin, 0);
	place_put(&origin, place);
	json_text(j, "origin", origin.ptr ? origin.ptr : "");
	text_finish(&origin);
}

static void json_item(struct text *out, enum setting s, const struct policy_item *item, int64_t now)
{
	struct json j;

	json_begin(&j, out);
	json_text(&j, "text", item->text);
	json_place(&j, &item->place);
	if (settings[s].type == SETTING_EXCEPTIONS) {
		json_at(&j, "expired");
		text_puts(out, is_expired(item, now) ? "true" : "false");
	}
	json_end(&j);
}

static void json_items(struct json *j, enum setting s, const struct cell *cell, int64_t now)
{
	json_at(j, "value");
	text_putc(j->out, '[');
	for (const struct policy_item *i = cell->first; i; i = i->next) {
		if (i != cell->first)
			text_putc(j->out, ',');
		json_item(j->out, s, i, now);
	}
	text_putc(j->out, ']');
}

static void json_words(struct json *j, const struct setting_word *words)
{
	json_at(j, "words");
	text_putc(j->out, '{');
	for (const struct setting_word *w = words; w->word; w++)
		text_printf(j->out, "%s\"%s\":%" PRIu32, w == words ? "" : ",", w->word, w->number);
	text_putc(j->out, '}');
}

/* Text or a number; of a list, what its one item is. */
static void json_default(struct json *j, enum setting s)
{
	const struct setting_row *row = &settings[s];

	if (setting_is_list(s)) {
		json_text_or_null(j, "default", row->item);
		return;
	}
	json_at(j, "default");
	text_printf(j->out, "%" PRIu32, row->number);
}

static void json_row(struct json *j, enum setting s)
{
	const struct setting_row *row = &settings[s];

	json_text(j, "setting", row->key);
	json_text(j, "type", setting_type_name(row->type));
	json_text(j, "doc", row->doc);
	json_text(j, "registry_key", row->registry_key);
	json_text(j, "registry_name", row->registry_name);
	json_number(j, "registry_type", setting_registry_type(s));
	json_default(j, s);
	if (row->words)
		json_words(j, row->words);
	if (row->type != SETTING_NUMBER)
		return;
	json_number(j, "min", row->min);
	json_number(j, "max", row->max);
}

static void json_setting(struct text *out, enum setting s, const struct cell *cell, int64_t now)
{
	struct json j;

	json_begin(&j, out);
	json_row(&j, s);
	if (setting_is_list(s))
		json_items(&j, s, cell, now);
	else
		json_number(&j, "value", cell->number);
	json_place(&j, &cell->place);
	json_end(&j);
}

void policy_show_json(struct text *out, const struct policy *policy, int64_t now)
{
	struct json j;

	json_begin(&j, out);
	json_number(&j, "rollout_place", policy->place);
	json_at(&j, "settings");
	text_puts(out, "[\n");
	for (enum setting s = 0; s < SETTING__COUNT; s++) {
		if (s)
			text_puts(out, ",\n");
		json_setting(out, s, &policy->effective.cells[s], now);
	}
	text_puts(out, "\n]");
	json_end(&j);
	text_putc(out, '\n');
}
