/* What people read under an event or a finding where they asked for explanations, and how long text is folded. */
#ifndef NTLMAUDIT_FORMAT_PROSE_H
#define NTLMAUDIT_FORMAT_PROSE_H

#include "format/format.h"

#define PROSE_WIDTH 96

/*
 * Our own text (never a stranger's: nothing is escaped) folded at spaces into lines of at most PROSE_WIDTH
 * characters, each indented by so many spaces; a longer word has a line of its own. A newline stays one.
 */
void prose_fold(struct text *out, const char *s, size_t indent);

/* A client event's reason: the sentence and a line for each observation. Nothing for other events. */
void prose_reason(struct text *out, const struct format_style *style, const struct event *e,
		  size_t indent);

/* What a finding means, and what would make it wrong. */
void prose_finding(struct text *out, const struct finding_kind *kind, size_t indent);

#endif
