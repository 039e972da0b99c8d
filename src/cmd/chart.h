/* Bars made of characters, and charts made of SVG. */
#ifndef NTLMAUDIT_CMD_CHART_H
#define NTLMAUDIT_CMD_CHART_H

#include "cmd/table.h"

/*
 * A bar of at most `width` characters for value of max; something is shown of whatever is not zero. With Unicode
 * blocks to an eighth of a character, else of `#`.
 */
void chart_bar(struct text *out, uint64_t value, uint64_t max, size_t width, bool unicode);

/* Does the terminal's locale (LC_ALL, LC_CTYPE, LANG) have UTF-8? */
bool chart_unicode(void);

/* The table's chart as an SVG element, where it has one and anything to show. */
void chart_svg(struct text *out, const struct table *table);

#endif
