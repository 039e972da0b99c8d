#include "winlog/event-value.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <time.h>

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')
		s++;
	return s;
}

/* Digits of a base up to the first other character; false without one, or where they overflow. */
static bool take_digits(const char **s, unsigned base, uint64_t *ret_number)
{
	const char *begin = *s;
	uint64_t n = 0;

	for (int digit; (digit = hex_digit((uint8_t) * *s)) >= 0 && digit < (int)base; (*s)++)
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, (unsigned)digit, &n))
			return false;
	*ret_number = n;
	return *s > begin;
}

bool winlog_number(const char *s, uint64_t *ret_number)
{
	bool negative, hex;
	uint64_t n;

	s = skip_blanks(s);
	negative = *s == '-';
	s += negative;
	hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	s += hex ? 2 : 0;
	if (!take_digits(&s, hex ? 16 : 10, &n) || *skip_blanks(s))
		return false;
	*ret_number = negative ? -n : n;
	return true;
}

/* Exactly so many decimal digits. */
static bool take_fixed(const char **s, int count, int *ret_number)
{
	int n = 0;

	for (; count > 0; count--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		n = n * 10 + (**s - '0');
	}
	*ret_number = n;
	return true;
}

static int days_of(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* The fixed parts of a time: digits, then the character that must follow; NUL: any. */
static bool take_parts(const char **s, struct tm *tm)
{
	const struct {
		int *to, digits;
		const char *follows;
	} parts[] = {
		{&tm->tm_year, 4, "-"}, {&tm->tm_mon, 2, "-"}, {&tm->tm_mday, 2, "T "},
		{&tm->tm_hour, 2, ":"}, {&tm->tm_min, 2, ":"}, {&tm->tm_sec, 2, NULL},
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!take_fixed(s, parts[i].digits, parts[i].to))
			return false;
		if (parts[i].follows && (!**s || !strchr(parts[i].follows, *(*s)++)))
			return false;
	}
	return tm->tm_mon >= 1 && tm->tm_mon <= 12 && tm->tm_mday >= 1 &&
	       tm->tm_mday <= days_of(tm->tm_year, tm->tm_mon) && tm->tm_hour <= 23 &&
	       tm->tm_min <= 59 && tm->tm_sec <= 60;
}

/* Decimals of a second as nanoseconds; beyond nine they are passed over. */
static int64_t take_fraction(const char **s)
{
	int64_t nsec = 0, unit = NSEC_PER_SEC / 10;

	if (**s != '.' && **s != ',')
		return 0;
	for ((*s)++; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
		nsec += (**s - '0') * unit;
	return nsec;
}

/* Z, +hh:mm, +hhmm, or nothing, as seconds to take off. */
static bool take_zone(const char **s, int64_t *ret_seconds)
{
	int hours, minutes, sign = **s == '-' ? -1 : 1;

	*ret_seconds = 0;
	if (**s == 'Z' || **s == 'z')
		(*s)++;
	if (**s != '+' && **s != '-')
		return true;
	(*s)++;
	if (!take_fixed(s, 2, &hours))
		return false;
	*s += **s == ':';
	if (!take_fixed(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool winlog_time(const char *s, int64_t *ret_time)
{
	struct tm tm = {0};
	int64_t seconds, fraction, zone, time;

	s = skip_blanks(s);
	if (!take_parts(&s, &tm))
		return false;
	fraction = take_fraction(&s);
	if (!take_zone(&s, &zone) || *skip_blanks(s))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	seconds = (int64_t)timegm(&tm) - zone;
	if (__builtin_mul_overflow(seconds, NSEC_PER_SEC, &time) ||
	    __builtin_add_overflow(time, fraction, &time))
		return false;
	*ret_time = time;
	return true;
}

bool winlog_guid(const char *s, uint8_t ret_guid[16])
{
	static const uint8_t dash_before[16] = {[4] = 1, [6] = 1, [8] = 1, [10] = 1};
	uint8_t guid[16];
	bool braces = *(s = skip_blanks(s)) == '{';

	s += braces;
	for (size_t i = 0; i < sizeof(guid); i++) {
		int high, low;

		if (dash_before[i] && *s++ != '-')
			return false;
		high = hex_digit((uint8_t)*s);
		low = high < 0 ? -1 : hex_digit((uint8_t)s[1]);
		if (low < 0)
			return false;
		guid[i] = (uint8_t)(high << 4 | low);
		s += 2;
	}
	if ((braces && *s++ != '}') || *skip_blanks(s))
		return false;
	memcpy(ret_guid, guid, sizeof(guid));
	return true;
}

bool winlog_is_absent(const char *s)
{
	static const char *const words[] = {"Null", "NULL", "(NULL)", "(null)", "-"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return false;
}

/* The next letter or digit in lower case; 0 at the end. What is not ASCII counts as a letter. */
static uint8_t next_letter(const char **s)
{
	for (;; (*s)++) {
		uint8_t c = (uint8_t) * *s;

		if (c == '\0')
			return 0;
		if (c < 0x80 && !isalnum(c))
			continue;
		(*s)++;
		return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
}

bool winlog_same_name(const char *a, const char *b)
{
	for (;;) {
		uint8_t x = next_letter(&a), y = next_letter(&b);

		if (x != y)
			return false;
		if (x == 0)
			return true;
	}
}

static bool status_number(const char *text, uint64_t *ret_number)
{
	for (size_t i = 0; i < n_status_rows; i++) {
		if (strcmp(status_rows[i].name, text) != 0)
			continue;
		*ret_number = status_rows[i].status;
		return true;
	}
	return false;
}

static bool bool_number(const char *text, uint64_t *ret_number)
{
	*ret_number = strcasecmp(text, "true") == 0;
	return *ret_number || strcasecmp(text, "false") == 0;
}

bool winlog_value(enum fact fact, const char *text, struct value *ret_value)
{
	enum fact_type type = facts[fact].type;
	uint64_t number;

	if (type == FACT_TEXT || type == FACT_LIST) {
		*ret_value = (struct value){.kind = VALUE_TEXT, .text = text};
		return true;
	}
	if (!winlog_number(text, &number) &&
	    !(type == FACT_NTSTATUS && status_number(text, &number)) &&
	    !(type == FACT_BOOL && bool_number(text, &number)))
		return false;
	*ret_value = (struct value){.kind = VALUE_NUMBER, .number = number};
	return true;
}
