#include "policy/exception.h"

#include "base/lines.h"
#include "policy/match.h"

#define DAY (INT64_C(86400) * NSEC_PER_SEC)
#define YEAR_MIN 1970
#define YEAR_MAX 2261 /* nanoseconds end in 2262 */

static bool digits(struct span s, size_t at, size_t n, unsigned *ret_number)
{
	unsigned number = 0;

	for (size_t i = at; i < at + n; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		number = number * 10 + (s.ptr[i] - '0');
	}
	*ret_number = number;
	return true;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* The end of the day. */
static bool date_parse(struct span s, int64_t *ret_end)
{
	unsigned year, month, day;
	int64_t days = 0;

	if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' || !digits(s, 0, 4, &year) ||
	    !digits(s, 5, 2, &month) || !digits(s, 8, 2, &day))
		return false;
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return false;
	for (unsigned y = YEAR_MIN; y < year; y++)
		days += is_leap(y) ? 366 : 365;
	for (unsigned m = 1; m < month; m++)
		days += month_days(year, m);
	*ret_end = (days + day) * DAY;
	return true;
}

static const char *until_parse(struct span s, int64_t *ret_until)
{
	if (name_equal(s, span_str("never"))) {
		*ret_until = EXCEPTION_FOREVER;
		return NULL;
	}
	return date_parse(s, ret_until) ? NULL : "until= should be a date as 2027-03-31, or never";
}

/* Takes what stands before the next semicolon. */
static struct span next_part(struct span *rest)
{
	const uint8_t *end = rest->len ? memchr(rest->ptr, ';', rest->len) : NULL;
	size_t n = end ? (size_t)(end - rest->ptr) : rest->len;
	struct span part = span_head(*rest, n);

	*rest = span_from(*rest, n + 1);
	return span_trim(part);
}

static bool take_key(struct span part, const char *key, struct span *ret_value)
{
	size_t n = strlen(key);

	if (part.len < n || !name_equal(span_head(part, n), span_str(key)))
		return false;
	*ret_value = span_trim(span_from(part, n));
	return true;
}

const char *exception_parse(struct span line, struct exception *ret_exception)
{
	struct exception e = {.name = next_part(&line)};
	struct span until = {0};

	if (e.name.len == 0)
		return "an exception begins with a name";
	while (line.len) {
		struct span part = next_part(&line);

		if (part.len && !take_key(part, "owner=", &e.owner) &&
		    !take_key(part, "until=", &until))
			return "an exception is NAME; owner=WHO; until=YYYY-MM-DD";
	}
	if (e.owner.len == 0)
		return "an exception needs an owner: NAME; owner=WHO; until=YYYY-MM-DD";
	if (until.len == 0)
		return "an exception needs an end: until=YYYY-MM-DD, or until=never";
	*ret_exception = e;
	return until_parse(until, &ret_exception->until);
}
