/* Lines of text files: what the readers of configuration share. */
#ifndef NTLMAUDIT_BASE_LINES_H
#define NTLMAUDIT_BASE_LINES_H

#include "base/span.h"

struct lines {
	struct span rest;
	uint64_t number; /* of the line that lines_next() gave last, from 1 */
	bool has_end;	 /* did that line end in a line feed? */
};

/* Without a byte order mark of UTF-8. */
struct lines lines_of(struct span text);
/* The next line without its end (LF or CR LF) and without blanks around. False: no more. */
bool lines_next(struct lines *l, struct span *ret_line);

/* Nothing, or a comment? */
bool line_is_empty(struct span line);

/* `left = right`: both without blanks around. False: there is no `=`. */
bool line_split(struct span line, struct span *ret_left, struct span *ret_right);

/* Without blanks and tabs around. */
struct span span_trim(struct span s);

#endif
