/* A name from the wire as text for people and for comparing: UTF-8, of bounded size, without a NUL inside. */
#ifndef NTLMAUDIT_WHY_LABEL_H
#define NTLMAUDIT_WHY_LABEL_H

#include "base/span.h"

/* Holds any DNS name (255 bytes) even where each byte becomes U+FFFD. */
#define LABEL_MAX ((size_t)768)

struct label {
	char s[LABEL_MAX]; /* NUL-terminated */
	size_t len;
	bool cut; /* something did not fit */
};

void label_reset(struct label *l);
/* As UTF-8; what is none, and NUL, becomes U+FFFD. A rune is added whole or not at all. */
void label_add(struct label *l, struct span bytes);
void label_putc(struct label *l, char c);

/* Equal but for the case of ASCII letters? */
bool label_same(const char *a, const char *b);

#endif
