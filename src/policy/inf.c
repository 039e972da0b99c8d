/*
 * GptTmpl.inf (MS-GPSB 2.2): an INI file. Of its sections only [Registry Values] is ours to read, whose lines are
 * `MACHINE\KEY\NAME=TYPE,VALUE`. A line there without `=`, and a last one of ours without an end, is an error: a file
 * that was cut must not pass for one that says less.
 */
#include "policy/lines.h"
#include "policy/match.h"
#include "policy/reading.h"

#define SECTION "[Registry Values]"
#define MACHINE "MACHINE\\"

static bool starts_with(struct span s, const char *head)
{
	return s.len >= strlen(head) && name_equal(span_head(s, strlen(head)), span_str(head));
}

/* The setting of `MACHINE\KEY\NAME`. */
static enum setting setting_of(struct span path)
{
	struct span key = span_from(path, strlen(MACHINE));
	size_t n = key.len;

	while (n && key.ptr[n - 1] != '\\')
		n--;
	if (!starts_with(path, MACHINE) || n == 0)
		return SETTING__COUNT;
	return setting_by_registry(span_head(key, n - 1), span_from(key, n));
}

static bool take_number(struct span *s, uint32_t *ret_number)
{
	uint32_t number = 0;
	size_t n = 0;

	for (; n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++)
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint32_t)(s->ptr[n] - '0'), &number))
			return false;
	*s = span_trim(span_from(*s, n));
	*ret_number = number;
	return n > 0;
}

/* An item of a MULTI_SZ: up to a comma that stands outside quotes, without the quotes. */
static struct span next_item(struct span *rest, char out[LAYER_ITEM_SIZE])
{
	bool quoted = false;
	size_t n = 0, i = 0;

	for (; i < rest->len && (quoted || rest->ptr[i] != ','); i++) {
		if (rest->ptr[i] == '"')
			quoted = !quoted;
		else if (n < LAYER_ITEM_SIZE) /* one too long stays so, and is refused */
			out[n++] = (char)rest->ptr[i];
	}
	*rest = span_from(*rest, i + 1);
	return span_trim(span_make(out, n));
}

static void set_list(struct reading *r, const struct place *here, enum setting s, struct span items)
{
	char item[LAYER_ITEM_SIZE];

	layer_set_list(r, here, s);
	while (items.len) {
		struct span text = next_item(&items, item);

		if (text.len) /* editors end the list with a comma */
			layer_add_item(r, here, s, text);
	}
}

static void set_number(struct reading *r, const struct place *here, enum setting s,
		       struct span value)
{
	uint32_t number;

	if (take_number(&value, &number) && value.len == 0)
		layer_set_number(r, here, s, number);
	else
		problem_error(r->problems, here, "%s should be a number below 4294967296",
			      settings[s].key);
}

static void set_value(struct reading *r, const struct place *here, enum setting s,
		      struct span value)
{
	uint32_t type;

	if (!take_number(&value, &type) || value.len == 0 || value.ptr[0] != ',') {
		problem_error(r->problems, here, "%s should be TYPE,VALUE", settings[s].key);
		return;
	}
	value = span_trim(span_from(value, 1));
	if (type != (uint32_t)setting_registry_type(s))
		problem_error(r->problems, here, "%s has registry type %u, which should be %u",
			      settings[s].key, type, setting_registry_type(s));
	else if (setting_is_list(s))
		set_list(r, here, s, value);
	else
		set_number(r, here, s, value);
}

static void read_value(struct reading *r, const struct place *here, struct span line, bool has_end)
{
	struct span path, value;
	enum setting s;

	if (!line_split(line, &path, &value)) {
		problem_error(r->problems, here, "should be MACHINE\\KEY\\NAME=TYPE,VALUE");
		return;
	}
	s = setting_of(path);
	if (s == SETTING__COUNT)
		return;
	if (!has_end)
		problem_error(r->problems, here, "the last line does not end: is the file cut?");
	else
		set_value(r, here, s, value);
}

static void read_text(struct reading *r, struct span data)
{
	struct lines lines = lines_of(data);
	bool is_ours = false;
	struct span line;

	while (lines_next(&lines, &line)) {
		struct place here = {r->file, PLACE_LINE, lines.number};

		if (line_is_empty(line))
			continue;
		if (line.ptr[0] == '[' && line.ptr[line.len - 1] != ']')
			problem_error(r->problems, &here, "a section's name ends with ]");
		else if (line.ptr[0] == '[')
			is_ours = name_equal(line, span_str(SECTION));
		else if (is_ours && text_is_plain(line))
			read_value(r, &here, line, lines.has_end);
		else if (is_ours)
			problem_error(r->problems, &here, "not plain text");
	}
}

void policy_read_inf(struct reading *r, struct span data)
{
	struct place here = {r->file, PLACE_OFFSET, 0};
	struct text text;

	if (!span_starts(data, "\xff\xfe", 2)) {
		read_text(r, data);
		return;
	}
	text_init(&text, 2 * POLICY_FILE_MAX);
	here.at = 2 + text_put_utf16(&text, span_from(data, 2));
	if (text.failed)
		problem_error(r->problems, &here, "out of memory");
	else if (here.at < data.len)
		problem_error(r->problems, &here, "not UTF-16");
	else if (text.len)
		read_text(r, span_make(text.ptr, text.len));
	text_finish(&text);
}
