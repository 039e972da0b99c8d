#include "why/label.h"

#include "base/utf.h"

void label_reset(struct label *l)
{
	l->s[0] = '\0';
	l->len = 0;
	l->cut = false;
}

static void put(struct label *l, const void *bytes, size_t n)
{
	if (l->cut || n >= LABEL_MAX - l->len) {
		l->cut = true;
		return;
	}
	memcpy(l->s + l->len, bytes, n);
	l->len += n;
	l->s[l->len] = '\0';
}

void label_putc(struct label *l, char c)
{
	put(l, &c, 1);
}

/* How many bytes are ASCII, NUL apart, and fit: nearly always all. */
static size_t plain(const struct label *l, struct span bytes)
{
	size_t n = 0, room = l->cut ? 0 : LABEL_MAX - 1 - l->len;

	while (n < bytes.len && n < room && bytes.ptr[n] != '\0' && bytes.ptr[n] < 0x80)
		n++;
	return n;
}

void label_add(struct label *l, struct span bytes)
{
	size_t n = plain(l, bytes);
	uint8_t utf8[4];

	if (n)
		put(l, bytes.ptr, n);
	bytes = span_from(bytes, n);
	while (bytes.len && !l->cut) {
		uint32_t rune = utf8_next(&bytes);

		put(l, utf8, utf8_encode(rune ? rune : RUNE_REPLACEMENT, utf8));
	}
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool label_same(const char *a, const char *b)
{
	for (; *a && lower(*a) == lower(*b); a++)
		b++;
	return lower(*a) == lower(*b);
}
