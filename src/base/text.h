/*
 * A growing text buffer with a hard limit. Sticky like the reader: once an addition did not fit or
 * memory ran out, `failed` is set and nothing more is added; ask once at the end.
 */
#ifndef NTLMAUDIT_BASE_TEXT_H
#define NTLMAUDIT_BASE_TEXT_H

#include "base/span.h"

struct text {
	char *ptr; /* NUL-terminated where not NULL; owned */
	size_t len;
	size_t cap;
	size_t max; /* bytes; 0 = no limit */
	bool failed;
};

void text_init(struct text *t, size_t max);
void text_finish(struct text *t);
/* Empties it and forgets a failure; keeps the memory. */
void text_reset(struct text *t);

void text_add(struct text *t, const void *bytes, size_t n);
void text_puts(struct text *t, const char *s);
void text_putc(struct text *t, char c);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A Unicode scalar value as UTF-8. */
void text_put_rune(struct text *t, uint32_t rune);

/* The value of an ASCII hexadecimal digit, or -1. */
int hex_digit(uint8_t c);

#endif
