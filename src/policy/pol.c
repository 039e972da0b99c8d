/* What a Registry.pol means for our settings. */
#include "base/reader.h"
#include "policy/lines.h"
#include "policy/match.h"
#include "policy/pol-record.h"
#include "policy/reading.h"

#include <stdio.h>

#define NAME_SIZE 1024 /* longer names are not ours */
#define OWN_KEY "Software\\Policies\\ntlmaudit"

static void set_number(struct reading *r, const struct place *here, enum setting s,
		       struct span data)
{
	struct reader in = reader_of(data);
	uint32_t number = reader_u32le(&in);

	if (reader_ok(&in) && reader_left(&in) == 0)
		layer_set_number(r, here, s, number);
	else
		problem_error(r->problems, here, "%s has %zu bytes, which should be 4",
			      settings[s].key, data.len);
}

static void add_item(struct reading *r, const struct place *here, enum setting s, struct span utf16)
{
	struct text item;

	text_init(&item, 4 * LAYER_ITEM_SIZE); /* what is longer is refused by what follows */
	if (text_put_utf16(&item, utf16) < utf16.len || !item.ptr ||
	    !text_is_plain(span_make(item.ptr, item.len)))
		problem_error(r->problems, here, "%s: an item is not plain text in UTF-16",
			      settings[s].key);
	else
		layer_add_item(r, here, s, span_trim(span_make(item.ptr, item.len)));
	text_finish(&item);
}

/* Strings that end in NUL, and an empty one at the end (which Samba, too, may leave out). */
static void set_list(struct reading *r, const struct place *here, enum setting s, struct span data)
{
	size_t begin = 0;

	layer_set_list(r, here, s);
	if (data.len % 2)
		problem_error(r->problems, here, "%s: not UTF-16", settings[s].key);
	for (size_t i = 0; data.len % 2 == 0 && i <= data.len; i += 2) {
		bool is_end = i == data.len || (data.ptr[i] == 0 && data.ptr[i + 1] == 0);

		if (!is_end)
			continue;
		if (i > begin)
			add_item(r, here, s, span_head(span_from(data, begin), i - begin));
		begin = i + 2;
	}
}

static void set_value(struct reading *r, const struct place *here, enum setting s,
		      const struct pol_record *record)
{
	if (record->type != (uint32_t)setting_registry_type(s))
		problem_error(r->problems, here, "%s has registry type %u, which should be %u",
			      settings[s].key, record->type, setting_registry_type(s));
	else if (setting_is_list(s))
		set_list(r, here, s, record->data);
	else
		set_number(r, here, s, record->data);
}

struct registry_name {
	char utf8[NAME_SIZE * 2];
	size_t len;
};

static struct span name_span(const struct registry_name *name)
{
	return span_make(name->utf8, name->len);
}

/* A name that is not UTF-16 is none of ours. */
static void name_decode(struct registry_name *name, struct span utf16)
{
	struct text text;

	text_init(&text, sizeof(name->utf8));
	name->len = 0;
	if (text_put_utf16(&text, utf16) == utf16.len && !text.failed) {
		name->len = text.len;
		if (text.len)
			memcpy(name->utf8, text.ptr, text.len);
	}
	text_finish(&text);
}

static bool starts_with(struct span s, const char *head)
{
	return s.len >= strlen(head) && name_equal(span_head(s, strlen(head)), span_str(head));
}

/* Is it this key, or one below it? */
static bool is_below(const char *registry_key, struct span key)
{
	struct span ours = span_str(registry_key);

	return ours.len >= key.len && name_equal(span_head(ours, key.len), key) &&
	       (ours.len == key.len || ours.ptr[key.len] == '\\');
}

static void remove_values(struct reading *r, const struct place *here, struct span key)
{
	for (enum setting s = 0; s < SETTING__COUNT; s++)
		if (name_equal(key, span_str(settings[s].registry_key)))
			layer_remove(r, here, s);
}

static void remove_named(struct reading *r, const struct place *here, struct span key,
			 struct span name)
{
	enum setting s = setting_by_registry(key, name);

	if (s < SETTING__COUNT)
		layer_remove(r, here, s);
}

/* A key below the record's, or one that is spelled in full. */
static void remove_key(struct reading *r, const struct place *here, struct span key,
		       struct span name)
{
	char path[2 * sizeof(struct registry_name)];
	int n = snprintf(path, sizeof(path), "%.*s\\%.*s", (int)key.len, (const char *)key.ptr,
			 (int)name.len, (const char *)name.ptr);

	if (n < 0 || (size_t)n >= sizeof(path) || name.len == 0)
		return;
	for (enum setting s = 0; s < SETTING__COUNT; s++)
		if (is_below(settings[s].registry_key, name) ||
		    is_below(settings[s].registry_key, span_make(path, (size_t)n)))
			layer_remove(r, here, s);
}

/* Each name of a list between semicolons. */
static void remove_each(struct reading *r, const struct place *here, struct span key,
			struct span data,
			void (*remove)(struct reading *, const struct place *, struct span,
				       struct span))
{
	struct registry_name names;
	struct span rest;

	name_decode(&names, span_head(data, NAME_SIZE));
	rest = name_span(&names);
	while (rest.len) {
		const uint8_t *end = memchr(rest.ptr, ';', rest.len);
		size_t n = end ? (size_t)(end - rest.ptr) : rest.len;
		struct span name = span_trim(span_head(rest, n));

		while (name.len && name.ptr[name.len - 1] == 0)
			name.len--;
		remove(r, here, key, name);
		rest = span_from(rest, n + 1);
	}
}

/* MS-GPREG 3.2.5.1: names that begin with ** are orders. False: it is no order. */
static bool obey(struct reading *r, const struct place *here, const struct pol_record *record,
		 struct span key, struct span name)
{
	if (starts_with(name, "**DelVals"))
		remove_values(r, here, key);
	else if (starts_with(name, "**DeleteValues"))
		remove_each(r, here, key, record->data, remove_named);
	else if (starts_with(name, "**DeleteKeys"))
		remove_each(r, here, key, record->data, remove_key);
	else if (starts_with(name, "**Del."))
		remove_named(r, here, key, span_from(name, strlen("**Del.")));
	else
		return starts_with(name, "**SecureKey");
	return true;
}

static void apply(struct reading *r, const struct pol_record *record)
{
	struct place here = {r->file, PLACE_OFFSET, record->offset};
	struct registry_name key, name;
	struct span wanted;
	bool is_soft;
	enum setting s;

	name_decode(&key, record->key);
	name_decode(&name, record->name);
	wanted = name_span(&name);
	if (obey(r, &here, record, name_span(&key), wanted))
		return;
	is_soft = starts_with(wanted, "**Soft."); /* only where there is none yet */
	if (is_soft)
		wanted = span_from(wanted, strlen("**Soft."));
	s = setting_by_registry(name_span(&key), wanted);
	if (s < SETTING__COUNT && !(is_soft && r->layer->cells[s].state == CELL_SET))
		set_value(r, &here, s, record);
	else if (s == SETTING__COUNT && wanted.len &&
		 name_equal(name_span(&key), span_str(OWN_KEY)))
		problem_warning(r->problems, &here, "there is no setting '%.*s'", (int)wanted.len,
				(const char *)wanted.ptr);
}

void policy_read_pol(struct reading *r, struct span data)
{
	struct reader in = reader_of(data);
	struct pol_record record;

	pol_begin(&in);
	while (pol_next(&in, &record))
		apply(r, &record);
	if (!reader_ok(&in))
		problem_error(r->problems, &(struct place){r->file, PLACE_OFFSET, in.why_pos}, "%s",
			      in.why);
}
