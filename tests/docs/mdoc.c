#include "mdoc.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 78

static void put_escaped(const char *s, size_t n)
{
	for (; n; n--, s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '"')
			fputs("\\(dq", stdout);
		else
			putchar(*s);
	}
}

static int ends_sentence(const char *word, size_t n)
{
	while (n && strchr(")'\"", word[n - 1]))
		n--;
	return n && strchr(".?!", word[n - 1]) && !(n >= 3 && memcmp(word + n - 3, "...", 3) == 0);
}

void mdoc_text(const char *s)
{
	size_t column = 0;

	while (*s) {
		size_t n = strcspn(s, " \n");

		if (column && column + 1 + n > WIDTH) {
			putchar('\n');
			column = 0;
		}
		if (column)
			putchar(' ');
		else if (*s == '.' || *s == '\'')
			fputs("\\&", stdout);
		put_escaped(s, n);
		column += 1 + n;
		if (ends_sentence(s, n)) {
			putchar('\n');
			column = 0;
		}
		s += n + strspn(s + n, " \n");
	}
	if (column)
		putchar('\n');
}

void mdoc_argument(const char *s)
{
	fputs(" \"", stdout);
	put_escaped(s, strlen(s));
	putchar('"');
}
