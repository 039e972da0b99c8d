#include "winlog/evtx-value.h"

#include "base/clock.h"
#include "base/reader.h"

#include <stdio.h>
#include <time.h>

#define TICKS_PER_SEC UINT64_C(10000000)
#define UNIX_EPOCH UINT64_C(11644473600) /* seconds from 1601 to 1970 */
#define SID_AUTHORITIES_MAX 15		 /* [MS-DTYP] 2.4.2 */

static uint64_t number_of(struct span s)
{
	uint64_t n = 0;

	for (size_t i = s.len; i > 0; i--)
		n = n << 8 | s.ptr[i - 1];
	return n;
}

static void print_signed(struct evtx_out *out, struct span s)
{
	unsigned shift = (unsigned)(64 - 8 * s.len);
	int64_t n = (int64_t)(number_of(s) << shift) >> shift;

	if (n < 0)
		evtx_out_add(out, span_str("-"));
	evtx_out_decimal(out, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

static void print_unsigned(struct evtx_out *out, struct span s)
{
	evtx_out_decimal(out, number_of(s));
}

static void print_hex(struct evtx_out *out, struct span s)
{
	evtx_out_hex(out, number_of(s));
}

static void print_size(struct evtx_out *out, struct span s)
{
	if (s.len == 4 || s.len == 8)
		print_hex(out, s);
	else
		evtx_out_bytes(out, s);
}

static void print_real(struct evtx_out *out, double d)
{
	char text[40];

	snprintf(text, sizeof(text), "%g", d);
	evtx_out_add(out, span_str(text));
}

static void print_real32(struct evtx_out *out, struct span s)
{
	float f;

	memcpy(&f, s.ptr, sizeof(f));
	print_real(out, (double)f);
}

static void print_real64(struct evtx_out *out, struct span s)
{
	double d;

	memcpy(&d, s.ptr, sizeof(d));
	print_real(out, d);
}

static void print_bool(struct evtx_out *out, struct span s)
{
	evtx_out_add(out, span_str(number_of(s) ? "true" : "false"));
}

/* [MS-DTYP] 2.3.4.3, the curly braced string. */
static void print_guid(struct evtx_out *out, struct span s)
{
	char text[40];
	struct reader r = reader_of(s);
	uint32_t a = reader_u32le(&r);
	uint16_t b = reader_u16le(&r), c = reader_u16le(&r);
	const uint8_t *d = s.ptr + 8;

	snprintf(text, sizeof(text), "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", a, b, c,
		 d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
	evtx_out_add(out, span_str(text));
}

static void print_filetime(struct evtx_out *out, struct span s)
{
	uint64_t ticks = number_of(s);
	time_t t = (time_t)(ticks / TICKS_PER_SEC) - (time_t)UNIX_EPOCH;
	struct tm tm = {0};
	char text[64];

	gmtime_r(&t, &tm); /* 64 bits of ticks end in the year 60056 */
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%07uZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (unsigned)(ticks % TICKS_PER_SEC));
	evtx_out_add(out, span_str(text));
}

/* [MS-DTYP] 2.3.13: eight 16-bit numbers. */
static void read_systemtime(struct span s, uint16_t ret_parts[8])
{
	struct reader r = reader_of(s);

	for (int i = 0; i < 8; i++)
		ret_parts[i] = reader_u16le(&r);
}

static void print_systemtime(struct evtx_out *out, struct span s)
{
	uint16_t p[8];
	char text[64];

	read_systemtime(s, p);
	snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", p[0], p[1], p[3], p[4],
		 p[5], p[6], p[7]);
	evtx_out_add(out, span_str(text));
}

/* [MS-DTYP] 2.4.2.2; 2.4.2.1 has authorities of 2^32 and above in hexadecimal. */
static void print_sid(struct evtx_out *out, struct span s)
{
	struct reader r = reader_of(s);
	uint8_t revision = reader_u8(&r), count = reader_u8(&r);
	uint64_t authority = (uint64_t)reader_u16be(&r) << 32;

	authority |= reader_u32be(&r);
	if (!reader_ok(&r) || count > SID_AUTHORITIES_MAX || reader_left(&r) < (size_t)count * 4) {
		evtx_out_bytes(out, s);
		return;
	}
	evtx_out_add(out, span_str("S-"));
	evtx_out_decimal(out, revision);
	evtx_out_add(out, span_str("-"));
	(authority >> 32 ? evtx_out_hex : evtx_out_decimal)(out, authority);
	for (uint8_t i = 0; i < count; i++) {
		evtx_out_add(out, span_str("-"));
		evtx_out_decimal(out, reader_u32le(&r));
	}
}

/* By enum evtx_type; size 0: any. */
static const struct type_row {
	void (*print)(struct evtx_out *out, struct span bytes);
	uint8_t size;
	bool is_number;
} types[] = {
	[EVTX_STRING] = {evtx_out_utf16, 0, false},
	[EVTX_ANSI] = {evtx_out_ansi, 0, false},
	[EVTX_INT8] = {print_signed, 1, true},
	[EVTX_UINT8] = {print_unsigned, 1, true},
	[EVTX_INT16] = {print_signed, 2, true},
	[EVTX_UINT16] = {print_unsigned, 2, true},
	[EVTX_INT32] = {print_signed, 4, true},
	[EVTX_UINT32] = {print_unsigned, 4, true},
	[EVTX_INT64] = {print_signed, 8, true},
	[EVTX_UINT64] = {print_unsigned, 8, true},
	[EVTX_REAL32] = {print_real32, 4, false},
	[EVTX_REAL64] = {print_real64, 8, false},
	[EVTX_BOOL] = {print_bool, 4, true},
	[EVTX_BINARY] = {evtx_out_bytes, 0, false},
	[EVTX_GUID] = {print_guid, 16, false},
	[EVTX_SIZE] = {print_size, 0, false},
	[EVTX_FILETIME] = {print_filetime, 8, false},
	[EVTX_SYSTEMTIME] = {print_systemtime, 16, false},
	[EVTX_SID] = {print_sid, 0, false},
	[EVTX_HEX32] = {print_hex, 4, true},
	[EVTX_HEX64] = {print_hex, 8, true},
};

static const struct type_row *row_of(uint8_t type)
{
	if (type >= sizeof(types) / sizeof(types[0]) || !types[type].print)
		return NULL;
	return &types[type];
}

size_t evtx_type_size(uint8_t type)
{
	const struct type_row *row = row_of(type);

	return row ? row->size : 0;
}

void evtx_value_print(struct evtx_out *out, struct evtx_value v)
{
	const struct type_row *row = row_of(v.type);

	if (v.type == EVTX_NULL || v.bytes.len == 0)
		return;
	if (!row || (row->size && row->size != v.bytes.len))
		row = &types[EVTX_BINARY];
	row->print(out, v.bytes);
}

bool evtx_value_as_number(struct evtx_value v, uint64_t *ret_number)
{
	const struct type_row *row = row_of(v.type);

	if (!row || !row->is_number || row->size != v.bytes.len)
		return false;
	*ret_number = number_of(v.bytes);
	return true;
}

bool evtx_filetime(uint64_t ticks, int64_t *ret_nsec)
{
	int64_t since;

	if (ticks > INT64_MAX)
		return false;
	since = (int64_t)ticks - (int64_t)(UNIX_EPOCH * TICKS_PER_SEC);
	return !__builtin_mul_overflow(since, INT64_C(100), ret_nsec);
}

static bool systemtime(struct span s, int64_t *ret_nsec)
{
	uint16_t p[8];
	struct tm tm;

	read_systemtime(s, p);
	if (p[0] < 1700 || p[0] > 2200 || p[1] < 1 || p[1] > 12)
		return false;
	tm = (struct tm){.tm_year = p[0] - 1900,
			 .tm_mon = p[1] - 1,
			 .tm_mday = p[3],
			 .tm_hour = p[4],
			 .tm_min = p[5],
			 .tm_sec = p[6]};
	*ret_nsec = (int64_t)timegm(&tm) * NSEC_PER_SEC + (int64_t)p[7] * 1000000;
	return true;
}

bool evtx_value_time(struct evtx_value v, int64_t *ret_nsec)
{
	if (v.type == EVTX_FILETIME && v.bytes.len == 8)
		return evtx_filetime(number_of(v.bytes), ret_nsec);
	if (v.type == EVTX_SYSTEMTIME && v.bytes.len == 16)
		return systemtime(v.bytes, ret_nsec);
	return false;
}

/* Strings of an array end with a NUL of their own width. */
static size_t string_length(struct span s, size_t unit)
{
	for (size_t i = 0; i + unit <= s.len; i += unit)
		if (!s.ptr[i] && !s.ptr[i + unit - 1])
			return i + unit;
	return s.len;
}

static size_t item_length(uint8_t type, struct span rest)
{
	if (type == EVTX_STRING || type == EVTX_ANSI)
		return string_length(rest, type == EVTX_STRING ? 2 : 1);
	if (type == EVTX_SID)
		return rest.len < 2 ? SIZE_MAX : 8 + (size_t)rest.ptr[1] * 4;
	if (evtx_type_size(type))
		return evtx_type_size(type);
	return rest.len;
}

bool evtx_value_next(uint8_t array_type, struct span *rest, struct evtx_value *ret_item)
{
	uint8_t type = array_type & (uint8_t)~EVTX_ARRAY;
	size_t n = item_length(type, *rest);

	if (rest->len == 0 || n > rest->len)
		return false;
	*ret_item = (struct evtx_value){type, span_head(*rest, n)};
	*rest = span_from(*rest, n);
	return true;
}
