#include "sink/journal-field.h"

void journal_put_field(struct text *out, const char *name, const char *value)
{
	size_t n = strlen(value);

	text_puts(out, name);
	if (!memchr(value, '\n', n)) {
		text_putc(out, '=');
	} else {
		text_putc(out, '\n');
		for (unsigned shift = 0; shift < 64; shift += 8)
			text_putc(out, (char)(n >> shift));
	}
	text_add(out, value, n);
	text_putc(out, '\n');
}
