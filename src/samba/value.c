#include "samba/value.h"

#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>

/* Exactly n digits; goes on behind them. */
static bool take_digits(struct span *s, size_t n, int64_t *ret_number)
{
	int64_t number = 0;

	if (s->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return false;
		number = number * 10 + s->ptr[i] - '0';
	}
	*s = span_from(*s, n);
	*ret_number = number;
	return true;
}

static bool take_byte(struct span *s, uint8_t byte)
{
	if (!s->len || *s->ptr != byte)
		return false;
	*s = span_from(*s, 1);
	return true;
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap);
}

/* Since 1970-01-01, by the Gregorian calendar: its days are counted from a March, so that the leap day is a year's last. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool take_date(struct span *s, int64_t *ret_days)
{
	int64_t year, month, day;

	if (!take_digits(s, 4, &year) || !take_byte(s, '-') || !take_digits(s, 2, &month) ||
	    !take_byte(s, '-') || !take_digits(s, 2, &day))
		return false;
	if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 ||
	    day > days_in(year, month))
		return false;
	*ret_days = days_since_epoch(year, month, day);
	return true;
}

static bool take_clock(struct span *s, int64_t *ret_seconds)
{
	int64_t hour, minute, second;

	if (!take_digits(s, 2, &hour) || !take_byte(s, ':') || !take_digits(s, 2, &minute) ||
	    !take_byte(s, ':') || !take_digits(s, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*ret_seconds = hour * 3600 + minute * 60 + second;
	return true;
}

/* ".123456", or nothing. */
static bool take_fraction(struct span *s, int64_t *ret_nsec)
{
	int64_t unit = NSEC_PER_SEC, nsec = 0, digit;

	if (take_byte(s, '.')) {
		if (!s->len || *s->ptr < '0' || *s->ptr > '9')
			return false;
		while (take_digits(s, 1, &digit)) {
			unit /= 10;
			nsec += digit * unit;
		}
	}
	*ret_nsec = nsec;
	return true;
}

/* "+0100", "-03:30", "Z" */
static bool take_zone(struct span *s, int64_t *ret_seconds)
{
	int64_t hour, minute, sign;

	if (take_byte(s, 'Z')) {
		*ret_seconds = 0;
		return true;
	}
	sign = take_byte(s, '+') ? 1 : take_byte(s, '-') ? -1 : 0;
	if (!sign || !take_digits(s, 2, &hour))
		return false;
	take_byte(s, ':');
	if (!take_digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ret_seconds = sign * (hour * 3600 + minute * 60);
	return true;
}

bool samba_parse_time(struct span text, int64_t *ret_time)
{
	int64_t days, seconds, nsec, zone;

	if (!take_date(&text, &days) || !take_byte(&text, 'T') || !take_clock(&text, &seconds) ||
	    !take_fraction(&text, &nsec) || !take_zone(&text, &zone) || text.len)
		return false;
	*ret_time = (days * 86400 + seconds - zone) * NSEC_PER_SEC + nsec;
	return true;
}

/* ---- addresses ---- */

static bool parse_ip(enum samba_form form, struct span text, uint8_t ip[16])
{
	char name[INET6_ADDRSTRLEN];
	const uint8_t *zone = text.len ? memchr(text.ptr, '%', text.len) : NULL;

	if (zone)
		text = span_head(text, (size_t)(zone - text.ptr));
	if (text.len >= sizeof(name) || !text.len || memchr(text.ptr, '\0', text.len))
		return false;
	memcpy(name, text.ptr, text.len);
	name[text.len] = '\0';
	if (form == SAMBA_ADDRESS_IPV6)
		return inet_pton(AF_INET6, name, ip) == 1;
	memset(ip, 0, 10);
	memset(ip + 10, 0xff, 2);
	return inet_pton(AF_INET, name, ip + 12) == 1;
}

/* What stands behind the last colon. */
static bool split_port(struct span *text, uint16_t *ret_port)
{
	uint32_t port = 0;
	const uint8_t *colon = text->len ? memrchr(text->ptr, ':', text->len) : NULL;
	struct span digits;

	if (!colon)
		return false;
	digits = span_from(*text, (size_t)(colon - text->ptr) + 1);
	if (!digits.len || digits.len > 5)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		port = port * 10 + digits.ptr[i] - '0';
	}
	if (port > UINT16_MAX)
		return false;
	*text = span_head(*text, (size_t)(colon - text->ptr));
	*ret_port = (uint16_t)port;
	return true;
}

static const struct {
	const char *head;
	enum samba_form form;
} forms[] = {
	{"ipv4:", SAMBA_ADDRESS_IPV4},
	{"ipv6:", SAMBA_ADDRESS_IPV6},
	{"unix:", SAMBA_ADDRESS_UNIX},
};

bool samba_parse_address(struct span text, struct samba_address *ret_address)
{
	struct samba_address a = {0};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (span_starts(text, forms[i].head, 5))
			a.form = forms[i].form;
	if (!a.form)
		return false;
	a.text = span_from(text, 5);
	if (a.form != SAMBA_ADDRESS_UNIX &&
	    (!split_port(&a.text, &a.port) || !parse_ip(a.form, a.text, a.ip)))
		return false;
	*ret_address = a;
	return true;
}

bool samba_parse_hex(struct span text, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (span_starts(text, "0x", 2))
		text = span_from(text, 2);
	if (!text.len || text.len > 16)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.ptr[i]);

		if (digit < 0)
			return false;
		number = number << 4 | (uint64_t)digit;
	}
	*ret_number = number;
	return true;
}
