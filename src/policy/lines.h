/* Lines of text files, and text in UTF-16: what the readers of configuration and GptTmpl.inf share. */
#ifndef NTLMAUDIT_POLICY_LINES_H
#define NTLMAUDIT_POLICY_LINES_H

#include "base/text.h"
#include "policy/exception.h"

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

/* UTF-8, and nothing in it that is not seen or moves what is: controls, bidirectional marks. Tabs may be. */
bool text_is_plain(struct span s);

/* UTF-16LE to UTF-8. Returns how many bytes were read: s.len, or less where a unit is no part of a character. */
size_t text_put_utf16(struct text *out, struct span s);

#endif
