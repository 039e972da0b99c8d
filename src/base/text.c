#include "base/text.h"

#include "base/mem.h"
#include "base/utf.h"

#include <stdarg.h>
#include <stdio.h>

void text_init(struct text *t, size_t max)
{
	*t = (struct text){.max = max};
}

void text_finish(struct text *t)
{
	if (!t)
		return;
	mem_free(t->ptr);
	*t = (struct text){0};
}

void text_reset(struct text *t)
{
	t->len = 0;
	t->failed = false;
	if (t->ptr)
		t->ptr[0] = '\0';
}

/* Makes room for n more bytes and the NUL. */
static bool text_room(struct text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : 256;
	char *grown;

	if (t->failed || n > SIZE_MAX / 4 - t->len || (t->max && n > t->max - t->len)) {
		t->failed = true;
		return false;
	}
	if (t->len + n < t->cap)
		return true;
	while (cap <= t->len + n)
		cap *= 2;
	grown = mem_realloc(t->ptr, cap);
	if (!grown) {
		t->failed = true;
		return false;
	}
	t->ptr = grown;
	t->cap = cap;
	return true;
}

void text_add(struct text *t, const void *bytes, size_t n)
{
	if (!text_room(t, n))
		return;
	if (n)
		memcpy(t->ptr + t->len, bytes, n);
	t->len += n;
	t->ptr[t->len] = '\0';
}

void text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_putc(struct text *t, char c)
{
	if (!text_room(t, 1))
		return;
	t->ptr[t->len++] = c;
	t->ptr[t->len] = '\0';
}

/* Into the room there is; only what does not fit is formatted again. */
void text_printf(struct text *t, const char *format, ...)
{
	size_t left = t->cap - t->len;
	va_list args, again;
	int n;

	if (t->failed)
		return;
	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(t->ptr ? t->ptr + t->len : NULL, left, format, args);
	if (n < 0 || !text_room(t, (size_t)n)) {
		t->failed = true;
		if (t->ptr)
			t->ptr[t->len] = '\0';
	} else {
		if ((size_t)n >= left)
			vsnprintf(t->ptr + t->len, t->cap - t->len, format, again);
		t->len += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

void text_put_rune(struct text *t, uint32_t rune)
{
	uint8_t utf8[4];

	text_add(t, utf8, utf8_encode(rune, utf8));
}

int hex_digit(uint8_t c)
{
	uint8_t lower = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
