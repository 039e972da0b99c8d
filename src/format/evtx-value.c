#include "format/evtx-value.h"

#include "base/utf.h"

static const uint8_t number_sizes[] = {
	[EVTX_U8] = 1,	 [EVTX_U16] = 2,      [EVTX_U32] = 4, [EVTX_U64] = 8,
	[EVTX_BOOL] = 4, [EVTX_FILETIME] = 8, [EVTX_H32] = 4, [EVTX_H64] = 8,
};

void evtx_values_begin(struct evtx_values *v, size_t n)
{
	evtx_put_number(v->chunk, n, 4);
	v->next = v->chunk->used;
	evtx_put_zeros(v->chunk, n * 4);
}

size_t evtx_value_begin(struct evtx_values *v)
{
	return v->chunk->used;
}

void evtx_value_end(struct evtx_values *v, enum evtx_type type, size_t begin)
{
	evtx_patch_number(v->chunk, v->next, v->chunk->used - begin, 2);
	evtx_patch_number(v->chunk, v->next + 2, type, 1);
	v->next += 4;
}

void evtx_value_null(struct evtx_values *v)
{
	evtx_value_end(v, EVTX_NULL, evtx_value_begin(v));
}

void evtx_value_number(struct evtx_values *v, enum evtx_type type, uint64_t number)
{
	size_t begin = evtx_value_begin(v);

	evtx_put_number(v->chunk, number, number_sizes[type]);
	evtx_value_end(v, type, begin);
}

void evtx_value_bytes(struct evtx_values *v, enum evtx_type type, const void *bytes, size_t n)
{
	size_t begin = evtx_value_begin(v);

	evtx_put(v->chunk, bytes, n);
	evtx_value_end(v, type, begin);
}

void evtx_value_guid(struct evtx_values *v, const uint8_t digits[16])
{
	/* Its first three parts are numbers, and so little-endian. */
	static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	uint8_t guid[16];

	for (size_t i = 0; i < sizeof(guid); i++)
		guid[i] = digits[order[i]];
	evtx_value_bytes(v, EVTX_GUID, guid, sizeof(guid));
}

/* XML 1.0, 2.2: Char. */
static bool xml_has(uint32_t rune)
{
	if (rune < 0x20)
		return rune == '\t' || rune == '\n' || rune == '\r';
	return rune != 0xfffe && rune != 0xffff;
}

/* A rune in UTF-16 of at most 6 units; returns how many. */
static size_t units_of(uint32_t rune, uint16_t units[6])
{
	static const char hex[] = "0123456789abcdef";

	if (!xml_has(rune)) {
		units[0] = '\\';
		units[1] = 'u';
		for (size_t i = 0; i < 4; i++)
			units[2 + i] = (uint8_t)hex[rune >> (12 - 4 * i) & 0xf];
		return 6;
	}
	if (rune < 0x10000) {
		units[0] = (uint16_t)rune;
		return 1;
	}
	units[0] = (uint16_t)(0xd800 + ((rune - 0x10000) >> 10));
	units[1] = (uint16_t)(0xdc00 + ((rune - 0x10000) & 0x3ff));
	return 2;
}

void evtx_value_text(struct evtx_values *v, const char *s, bool ended)
{
	size_t begin = evtx_value_begin(v);
	struct span left = span_str(s);

	while (left.len && !v->chunk->full) {
		uint16_t units[6];
		size_t n = units_of(utf8_next(&left), units);

		if (v->chunk->used - begin + 2 * n > v->text_max) {
			v->n_cut++;
			break;
		}
		for (size_t i = 0; i < n; i++)
			evtx_put_number(v->chunk, units[i], 2);
	}
	if (ended)
		evtx_put_number(v->chunk, 0, 2);
	evtx_value_end(v, EVTX_STRING, begin);
}

void evtx_value_literal(struct evtx_values *v, const char *s)
{
	size_t begin = evtx_value_begin(v);

	evtx_put_ascii(v->chunk, s);
	evtx_value_end(v, EVTX_STRING, begin);
}

static void put_decimal(struct evtx_values *v, uint64_t number)
{
	char digits[21], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	evtx_value_text(v, at, true);
}

void evtx_value_field(struct evtx_values *v, const struct field *field, const struct value *value)
{
	enum evtx_type type = evtx_type_of(field, value);

	if (value->kind == VALUE_TEXT)
		evtx_value_text(v, value->text, true);
	else if (value->kind == VALUE_ABSENT)
		evtx_value_text(v, "Null", true);
	else if (type == EVTX_STRING)
		put_decimal(v, value->number);
	else
		evtx_value_number(v, type, type == EVTX_BOOL ? value->number != 0 : value->number);
}
