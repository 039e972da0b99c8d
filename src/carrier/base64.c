#include "carrier/base64.h"

#include <errno.h>

static int digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* After the first `=` nothing may come but more of them and white space. */
static bool only_padding(struct span text, size_t *pos)
{
	while (*pos < text.len && (text.ptr[*pos] == '=' || is_space(text.ptr[*pos])))
		(*pos)++;
	return *pos == text.len;
}

int base64_decode(struct span text, uint8_t *out, size_t max, size_t *ret_len)
{
	size_t i, n = 0, digits = 0;
	uint32_t bits = 0;

	for (i = 0; i < text.len && text.ptr[i] != '='; i++) {
		int v = digit(text.ptr[i]);

		if (v < 0 && is_space(text.ptr[i]))
			continue;
		if (v < 0)
			goto bad;
		bits = bits << 6 | (uint32_t)v;
		if (digits++ % 4 == 0)
			continue;
		if (n == max)
			return -ENOBUFS;
		out[n++] = (uint8_t)(bits >> (6 - 2 * ((digits - 1) % 4)));
	}
	/* one digit alone is no byte */
	if (!only_padding(text, &i) || digits % 4 == 1)
		goto bad;
	*ret_len = n;
	return 0;
bad:
	*ret_len = i;
	return -EBADMSG;
}
