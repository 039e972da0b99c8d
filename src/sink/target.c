#include "sink/target.h"

#include <errno.h>

static struct span before_options(const char *rest)
{
	return span_make(rest, strcspn(rest, "?"));
}

/* `%XX` to its byte. False where it is none, or a NUL, which no path and no name has. */
static bool decode(struct span in, struct text *out)
{
	for (size_t i = 0; i < in.len; i++) {
		int high, low;

		if (in.ptr[i] != '%') {
			text_putc(out, (char)in.ptr[i]);
			continue;
		}
		if (in.len - i < 3)
			return false;
		high = hex_digit(in.ptr[i + 1]);
		low = hex_digit(in.ptr[i + 2]);
		if (high < 0 || low < 0 || high + low == 0)
			return false;
		text_putc(out, (char)(high << 4 | low));
		i += 2;
	}
	return !out->failed;
}

/* ---- options ---- */

static const struct target_option *find_option(const struct target_option *options,
					       struct span name)
{
	for (; options->name; options++)
		if (span_equal(name, span_str(options->name)))
			return options;
	return NULL;
}

static int unknown_option(const struct target_option *options, struct span name, struct text *why)
{
	text_printf(why, "there is no option '%.*s', only", (int)name.len, (const char *)name.ptr);
	for (const struct target_option *o = options; o->name; o++)
		text_printf(why, "%s%s", o == options ? " " : ", ", o->name);
	return -EINVAL;
}

static int take_option(struct span pair, const struct target_option *options, void *into,
		       struct text *why)
{
	const uint8_t *equals = pair.len ? memchr(pair.ptr, '=', pair.len) : NULL;
	struct span name = span_head(pair, equals ? (size_t)(equals - pair.ptr) : pair.len);
	const struct target_option *option = find_option(options, name);
	struct text value;
	bool good;

	if (!option)
		return unknown_option(options, name, why);
	text_init(&value, 0);
	text_puts(&value, "");
	good = equals && decode(span_from(pair, name.len + 1), &value) && value.ptr &&
	       option->set(into, value.ptr);
	text_finish(&value);
	if (!good)
		text_printf(why, "the option %s should be %s", option->name, option->should);
	return good ? 0 : -EINVAL;
}

int target_options(const char *rest, const struct target_option *options, void *into,
		   struct text *why)
{
	struct span left = span_from(span_str(rest), before_options(rest).len + 1);
	int rc = 0;

	while (left.len && rc == 0) {
		const uint8_t *end = memchr(left.ptr, '&', left.len);
		size_t n = end ? (size_t)(end - left.ptr) : left.len;

		rc = take_option(span_head(left, n), options, into, why);
		left = span_from(left, n + 1);
	}
	return rc;
}

bool target_number(const char *value, uint64_t min, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*value || strlen(value) > 15)
		return false;
	for (; *value; value++) {
		if (*value < '0' || *value > '9')
			return false;
		number = number * 10 + (uint64_t)(*value - '0');
	}
	if (number < min || number > max)
		return false;
	*ret_number = number;
	return true;
}

bool target_copy(const char *value, char *ret_text, size_t n)
{
	if (!*value || strlen(value) >= n)
		return false;
	memcpy(ret_text, value, strlen(value) + 1);
	return true;
}

/* ---- paths and hosts ---- */

int target_path(const char *rest, char *ret_path, size_t n, struct text *why)
{
	struct text path;
	bool good;

	text_init(&path, n);
	good = decode(before_options(rest), &path) && path.ptr && path.ptr[0] == '/' &&
	       path.ptr[path.len - 1] != '/' && target_copy(path.ptr, ret_path, n);
	text_finish(&path);
	if (!good)
		text_puts(why, "there should be the absolute path of a file (% is written %25)");
	return good ? 0 : -EINVAL;
}

static int no_host(struct text *why)
{
	text_puts(why, "there should be a host: a name, an IPv4 address or [an IPv6 address], "
		       "and then nothing or :PORT");
	return -EINVAL;
}

static bool is_host_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			    s.ptr[i]) ||
		    !s.ptr[i])
			return false;
	return s.len > 0;
}

static bool is_address6(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (hex_digit(s.ptr[i]) < 0 && s.ptr[i] != ':' && s.ptr[i] != '.')
			return false;
	return s.len > 1;
}

/* Takes the host off the front of `in`. */
static bool take_host(struct span *in, struct span *ret_host)
{
	bool bracket = span_starts(*in, "[", 1);
	struct span after = bracket ? span_from(*in, 1) : *in;
	const uint8_t *end = after.len ? memchr(after.ptr, bracket ? ']' : ':', after.len) : NULL;

	if (bracket && !end)
		return false;
	*ret_host = span_head(after, end ? (size_t)(end - after.ptr) : after.len);
	*in = span_from(after, ret_host->len + bracket);
	return bracket ? is_address6(*ret_host) : is_host_name(*ret_host);
}

int target_host(const char *rest, const char *none, char ret_host[256], char ret_port[6],
		struct text *why)
{
	struct span left = before_options(rest), host;
	char port[6] = "";
	uint64_t number;

	if (left.len && left.ptr[left.len - 1] == '/')
		left.len--; /* as people write it */
	if (!take_host(&left, &host) || host.len > 255 || left.len > 6)
		return no_host(why);
	if (left.len) {
		memcpy(port, left.ptr + 1, left.len - 1);
		if (left.ptr[0] != ':' || !target_number(port, 1, 65535, &number))
			return no_host(why);
	}
	memcpy(ret_host, host.ptr, host.len);
	ret_host[host.len] = '\0';
	memcpy(ret_port, *port ? port : none, strlen(*port ? port : none) + 1);
	return 0;
}
