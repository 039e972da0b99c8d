/* mdoc(7) as a program writes it: running text folded and escaped, so that no word is taken for a request. */
#ifndef NTLMAUDIT_TESTS_MDOC_H
#define NTLMAUDIT_TESTS_MDOC_H

/* A paragraph: escaped, folded, each sentence on a line of its own, as mdoc wants it. */
void mdoc_text(const char *s);
/* An argument of a macro: quoted and escaped, with a space before it. */
void mdoc_argument(const char *s);

#endif
