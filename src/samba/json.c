#include "samba/json.h"

#include "base/text.h"
#include "base/utf.h"

struct samba_json samba_json_of(struct span text, uint8_t *room, size_t size)
{
	return (struct samba_json){.start = text.ptr,
				   .at = text.ptr,
				   .end = text.len ? text.ptr + text.len : text.ptr,
				   .room = room,
				   .left = size};
}

void samba_json_fail(struct samba_json *j, const char *why)
{
	if (j->why)
		return;
	j->why = why;
	j->why_pos = (size_t)(j->at - j->start);
	j->at = j->end;
}

static void skip_blanks(struct samba_json *j)
{
	while (j->at < j->end &&
	       (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r'))
		j->at++;
}

uint8_t samba_json_peek(struct samba_json *j)
{
	skip_blanks(j);
	return j->at < j->end ? *j->at : 0;
}

/* Takes the byte, if it comes next. */
static bool take(struct samba_json *j, uint8_t byte)
{
	if (samba_json_peek(j) != byte)
		return false;
	j->at++;
	return true;
}

static void expect(struct samba_json *j, uint8_t byte, const char *why)
{
	if (!take(j, byte))
		samba_json_fail(j, why);
}

/* ---- texts ---- */

#define EACH(byte) (0x0101010101010101u * (byte))

/* Not zero where any byte is zero. */
static uint64_t zeros_in(uint64_t word)
{
	return (word - EACH(1)) & ~word & EACH(0x80);
}

/* Eight bytes at a time: none of them ends a run. */
static bool all_plain(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return !((word & EACH(0x80)) | ((word - EACH(0x20)) & ~word & EACH(0x80)) |
		 zeros_in(word ^ EACH('"')) | zeros_in(word ^ EACH('\\')));
}

/* Bytes of a text that stand for themselves and are ASCII: most are, so this is the loop that counts. */
static const uint8_t *skip_plain(const uint8_t *at, const uint8_t *end)
{
	while (end - at >= 8 && all_plain(at))
		at += 8;
	while (at < end && *at >= ' ' && *at < 0x80 && *at != '"' && *at != '\\')
		at++;
	return at;
}

/* A rune beyond ASCII. */
static void skip_rune(struct samba_json *j)
{
	struct span s = span_make(j->at, (size_t)(j->end - j->at)), before = s;

	if (utf8_next(&s) == RUNE_REPLACEMENT && before.len - s.len == 1)
		samba_json_fail(j, "not UTF-8");
	else
		j->at = s.ptr;
}

static uint32_t take_hex(struct samba_json *j)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = j->at < j->end ? hex_digit(*j->at) : -1;

		if (digit < 0) {
			samba_json_fail(j, "bad \\u escape");
			return 0;
		}
		unit = unit << 4 | (uint32_t)digit;
		j->at++;
	}
	return unit;
}

/* Behind `\u`. */
static uint32_t take_unicode(struct samba_json *j)
{
	uint32_t high = take_hex(j), low;

	if (high == 0)
		samba_json_fail(j, "NUL in a text");
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || j->end - j->at < 2 || j->at[0] != '\\' || j->at[1] != 'u') {
		samba_json_fail(j, "lone surrogate");
		return 0;
	}
	j->at += 2;
	low = take_hex(j);
	if (low < 0xdc00 || low > 0xdfff)
		samba_json_fail(j, "lone surrogate");
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Behind the backslash. 0: failed. */
static uint32_t take_escape(struct samba_json *j)
{
	static const struct {
		uint8_t name, rune;
	} escapes[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'n', '\n'},
		       {'t', '\t'}, {'r', '\r'},  {'b', '\b'}, {'f', '\f'}};
	uint8_t name = j->at < j->end ? *j->at++ : 0;

	if (name == 'u')
		return take_unicode(j);
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (escapes[i].name == name)
			return escapes[i].rune;
	samba_json_fail(j, "bad escape");
	return 0;
}

/* To the closing quote or the next backslash. */
static void skip_run(struct samba_json *j)
{
	while (samba_json_ok(j)) {
		j->at = skip_plain(j->at, j->end);
		if (j->at == j->end)
			samba_json_fail(j, "text without an end");
		else if (*j->at == '"' || *j->at == '\\')
			return;
		else if (*j->at < ' ')
			samba_json_fail(j, "control character in a text");
		else
			skip_rune(j);
	}
}

static void put(struct samba_json *j, const uint8_t *bytes, size_t n)
{
	if (n > j->left) {
		samba_json_fail(j, "too long");
		return;
	}
	if (n)
		memcpy(j->room, bytes, n);
	j->room += n;
	j->left -= n;
}

/* At the first backslash of a text that began at `from`: the rest goes into the room, made plain. */
static struct span take_escaped(struct samba_json *j, const uint8_t *from)
{
	const uint8_t *plain = j->room;

	while (samba_json_ok(j)) {
		uint8_t utf8[4];

		put(j, from, (size_t)(j->at - from));
		if (j->at == j->end || *j->at++ == '"')
			break;
		put(j, utf8, utf8_encode(take_escape(j), utf8));
		from = j->at;
		skip_run(j);
	}
	return samba_json_ok(j) ? span_make(plain, (size_t)(j->room - plain)) : (struct span){0};
}

/* At the opening quote. */
static struct span take_text(struct samba_json *j)
{
	const uint8_t *from = ++j->at;

	skip_run(j);
	if (!samba_json_ok(j))
		return (struct span){0};
	if (*j->at == '"')
		return span_make(from, (size_t)(j->at++ - from));
	return take_escaped(j, from);
}

struct span samba_json_text(struct samba_json *j)
{
	if (samba_json_peek(j) == '"')
		return take_text(j);
	samba_json_skip(j);
	return (struct span){0};
}

/* The same, checked, without making it plain. */
static void skip_text(struct samba_json *j)
{
	j->at++;
	skip_run(j);
	while (samba_json_ok(j) && *j->at++ == '\\') {
		take_escape(j);
		skip_run(j);
	}
}

/* ---- numbers and words ---- */

static bool is_digit(const struct samba_json *j)
{
	return j->at < j->end && *j->at >= '0' && *j->at <= '9';
}

static void take_digits(struct samba_json *j)
{
	if (!is_digit(j))
		samba_json_fail(j, "bad number");
	while (is_digit(j))
		j->at++;
}

/* int, frac and exp of RFC 8259, 6. */
static struct span take_number(struct samba_json *j)
{
	const uint8_t *from = j->at;

	if (*j->at == '-')
		j->at++;
	if (j->at < j->end && *j->at == '0')
		j->at++;
	else
		take_digits(j);
	if (is_digit(j))
		samba_json_fail(j, "bad number");
	if (j->at < j->end && *j->at == '.') {
		j->at++;
		take_digits(j);
	}
	if (j->at < j->end && (*j->at | 0x20) == 'e') {
		j->at++;
		if (j->at < j->end && (*j->at == '+' || *j->at == '-'))
			j->at++;
		take_digits(j);
	}
	return samba_json_ok(j) ? span_make(from, (size_t)(j->at - from)) : (struct span){0};
}

static bool starts_number(uint8_t c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

bool samba_json_number(struct samba_json *j, uint64_t *ret_number)
{
	uint64_t number = 0;
	struct span digits;

	if (!starts_number(samba_json_peek(j))) {
		samba_json_skip(j);
		return false;
	}
	digits = take_number(j);
	for (size_t i = 0; i < digits.len; i++) {
		uint64_t digit = (uint64_t)digits.ptr[i] - '0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (!samba_json_ok(j))
		return false;
	*ret_number = number;
	return true;
}

static void take_word(struct samba_json *j, const char *word)
{
	size_t n = strlen(word);

	if (span_starts(span_make(j->at, (size_t)(j->end - j->at)), word, n))
		j->at += n;
	else
		samba_json_fail(j, "no value");
}

bool samba_json_bool(struct samba_json *j, bool *ret_bool)
{
	uint8_t first = samba_json_peek(j);

	samba_json_skip(j);
	if (!samba_json_ok(j) || (first != 't' && first != 'f'))
		return false;
	*ret_bool = first == 't';
	return true;
}

/* ---- objects and arrays ---- */

static bool go_in(struct samba_json *j)
{
	if (j->depth == SAMBA_JSON_DEPTH) {
		samba_json_fail(j, "too deep");
		return false;
	}
	j->depth++;
	j->at++;
	return true;
}

/* After a value: the next follows a comma, else the bracket closes. */
static bool goes_on(struct samba_json *j, uint8_t close)
{
	if (take(j, ','))
		return true;
	expect(j, close, "neither comma nor end");
	j->depth--;
	return false;
}

bool samba_json_object(struct samba_json *j, samba_json_member *member, void *data)
{
	if (samba_json_peek(j) != '{') {
		samba_json_skip(j);
		return false;
	}
	if (!go_in(j))
		return false;
	if (take(j, '}')) {
		j->depth--;
		return true;
	}
	do {
		struct span name;

		if (samba_json_peek(j) != '"') {
			samba_json_fail(j, "a name should be here");
			return false;
		}
		name = take_text(j);
		expect(j, ':', "no colon");
		if (!samba_json_ok(j))
			return false;
		member(j, name, data);
	} while (samba_json_ok(j) && !j->is_done && goes_on(j, '}'));
	return samba_json_ok(j);
}

static void skip_member(struct samba_json *j, struct span name, void *data)
{
	(void)name;
	(void)data;
	samba_json_skip(j);
}

static void skip_array(struct samba_json *j)
{
	if (!go_in(j))
		return;
	if (take(j, ']')) {
		j->depth--;
		return;
	}
	do {
		samba_json_skip(j);
	} while (samba_json_ok(j) && goes_on(j, ']'));
}

struct span samba_json_bytes(struct samba_json *j)
{
	const uint8_t *plain = j->room;

	if (samba_json_peek(j) != '[') {
		samba_json_skip(j);
		return (struct span){0};
	}
	if (!go_in(j))
		return (struct span){0};
	if (take(j, ']')) {
		j->depth--;
		return span_make(plain, 0);
	}
	do {
		uint64_t number = 0;
		uint8_t byte;

		if (!samba_json_number(j, &number) || number > 255)
			samba_json_fail(j, "no byte");
		byte = (uint8_t)number;
		put(j, &byte, 1);
	} while (samba_json_ok(j) && goes_on(j, ']'));
	return samba_json_ok(j) ? span_make(plain, (size_t)(j->room - plain)) : (struct span){0};
}

void samba_json_skip(struct samba_json *j)
{
	uint8_t first = samba_json_peek(j);

	if (first == '"')
		skip_text(j);
	else if (first == '{')
		samba_json_object(j, skip_member, NULL);
	else if (first == '[')
		skip_array(j);
	else if (starts_number(first))
		take_number(j);
	else
		take_word(j, first == 't' ? "true" : first == 'f' ? "false" : "null");
}

void samba_json_end(struct samba_json *j)
{
	skip_blanks(j);
	if (!j->is_done && j->at != j->end)
		samba_json_fail(j, "more behind the end");
}
