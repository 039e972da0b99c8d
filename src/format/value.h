/* What the formats share: a value as Windows' manifest types it, an ActivityID, colours. */
#ifndef NTLMAUDIT_FORMAT_VALUE_H
#define NTLMAUDIT_FORMAT_VALUE_H

#include "format/format.h"

/* How a format writes a stranger's text: one of format/escape.h. */
typedef void value_put_text(struct text *out, const char *s);

/* As Windows renders the field's type; the literal `Null` where absent. */
void value_windows(struct text *out, const struct field *field, const struct value *v,
		   value_put_text *put_text);
/* As people read the fact; `Null` where absent. */
void value_fact(struct text *out, enum fact fact, const struct value *v, value_put_text *put_text);

/* May this fact be shown beside the layout's fields: present, and none of them? */
bool value_is_beside(const struct event *e, enum fact fact);

bool activity_is_known(const struct event *e);
/* `{0123ABCD-...}`: braces, upper case. */
void activity_format(struct text *out, const struct event *e);

/* Nanoseconds as milliseconds with three decimals, cut off: `-0.012`, `1234.567`. */
void value_milliseconds(struct text *out, int64_t ns);

enum colour { COLOUR_NONE, COLOUR_DIM, COLOUR_BOLD, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW };

void colour_on(struct text *out, const struct format_style *style, enum colour colour);
void colour_off(struct text *out, const struct format_style *style, enum colour colour);
enum colour colour_of_level(uint8_t level);
enum colour colour_of_severity(enum finding_severity severity);

#endif
