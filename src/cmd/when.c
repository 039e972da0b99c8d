#include "cmd/when.h"

#include "base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define SECONDS_A_DAY INT64_C(86400)
#define YEAR_FIRST 1678 /* what 64 bits of nanoseconds hold in full */
#define YEAR_LAST 2261

/* Years are counted from March, so that the leap day is a year's last. */
int64_t when_days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly n digits. */
static bool take_number(const char **s, int n, int64_t *ret_number)
{
	int64_t number = 0;

	for (; n > 0; n--, (*s)++) {
		if (!is_digit(**s))
			return false;
		number = number * 10 + (**s - '0');
	}
	*ret_number = number;
	return true;
}

static bool take_char(const char **s, const char *any)
{
	if (!**s || !strchr(any, **s))
		return false;
	(*s)++;
	return true;
}

static bool take_date(const char **s, int64_t *ret_days)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year, month, day;
	bool leap;

	if (!take_number(s, 4, &year) || !take_char(s, "-") || !take_number(s, 2, &month) ||
	    !take_char(s, "-") || !take_number(s, 2, &day))
		return false;
	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 ||
	    day > lengths[month - 1] + (leap && month == 2))
		return false;
	*ret_days = when_days(year, month, day);
	return true;
}

/* After the point: any number of digits, of which nine count. */
static bool take_fraction(const char **s, int64_t *ret_nsec)
{
	int64_t place = NSEC_PER_SEC / 10;

	*ret_nsec = 0;
	if (!is_digit(**s))
		return false;
	for (; is_digit(**s); (*s)++, place /= 10)
		*ret_nsec += place * (**s - '0');
	return true;
}

/* HH:MM, then :SS and a fraction where they are there. RFC 3339 knows a second 60. */
static bool take_time(const char **s, int64_t *ret_nsec)
{
	int64_t hour, minute, second = 0, fraction = 0;

	if (!take_number(s, 2, &hour) || !take_char(s, ":") || !take_number(s, 2, &minute))
		return false;
	if (take_char(s, ":")) {
		if (!take_number(s, 2, &second))
			return false;
		if (take_char(s, ".") && !take_fraction(s, &fraction))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*ret_nsec = (hour * 3600 + minute * 60 + second) * NSEC_PER_SEC + fraction;
	return true;
}

/* Z, an offset, or nothing. */
static bool take_zone(const char **s, int64_t *ret_nsec)
{
	bool west = **s == '-';
	int64_t hour, minute;

	*ret_nsec = 0;
	if (!**s || take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_number(s, 2, &hour))
		return false;
	take_char(s, ":");
	if (!take_number(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ret_nsec = (west ? -1 : 1) * (hour * 3600 + minute * 60) * NSEC_PER_SEC;
	return true;
}

static bool parse_calendar(const char *s, int64_t *ret_time)
{
	int64_t days, of_day = 0, zone = 0;

	if (!take_date(&s, &days))
		return false;
	if (*s && (!take_char(&s, "Tt ") || !take_time(&s, &of_day) || !take_zone(&s, &zone)))
		return false;
	*ret_time = days * SECONDS_A_DAY * NSEC_PER_SEC + of_day - zone;
	return !*s;
}

static bool take_digits(const char **s, int64_t *ret_number)
{
	int64_t number = 0;

	if (!is_digit(**s))
		return false;
	for (; is_digit(**s); (*s)++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, **s - '0', &number))
			return false;
	*ret_number = number;
	return true;
}

static int64_t seconds_of(char unit)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == unit)
			return units[i].seconds;
	return 0;
}

static bool parse_ago(const char *s, int64_t now, int64_t *ret_time)
{
	int64_t ago = 0, number, seconds;

	take_char(&s, "-");
	do {
		if (!take_digits(&s, &number) || (seconds = seconds_of(*s)) == 0)
			return false;
		if (__builtin_mul_overflow(number, seconds * NSEC_PER_SEC, &number) ||
		    __builtin_add_overflow(ago, number, &ago))
			return false;
	} while (*++s);
	return !__builtin_sub_overflow(now, ago, ret_time);
}

static bool parse_epoch(const char *s, int64_t *ret_time)
{
	int64_t seconds, fraction = 0;

	if (!take_char(&s, "@") || !take_digits(&s, &seconds))
		return false;
	if (take_char(&s, ".") && !take_fraction(&s, &fraction))
		return false;
	return !*s && !__builtin_mul_overflow(seconds, NSEC_PER_SEC, &seconds) &&
	       !__builtin_add_overflow(seconds, fraction, ret_time);
}

static bool parse_word(const char *s, int64_t now, int64_t *ret_time)
{
	int64_t day = SECONDS_A_DAY * NSEC_PER_SEC;
	int64_t since_midnight = (now % day + day) % day;

	if (strcmp(s, "now") == 0)
		since_midnight = 0;
	else if (strcmp(s, "yesterday") == 0)
		since_midnight += day;
	else if (strcmp(s, "today") != 0)
		return false;
	return !__builtin_sub_overflow(now, since_midnight, ret_time);
}

int when_parse(const char *s, int64_t now, int64_t *ret_time)
{
	int64_t t;

	if (!parse_word(s, now, &t) && !parse_calendar(s, &t) && !parse_epoch(s, &t) &&
	    !parse_ago(s, now, &t))
		return -EINVAL;
	*ret_time = t;
	return 0;
}
