/*
 * The bytes of a text log as UTF-8, whatever its encoding: UTF-8, or UTF-16 with a byte order mark or recognisable
 * by its first character. Invariant: what it hands out is valid UTF-8 without any character that XML 1.0 forbids;
 * what was not became U+FFFD and is counted.
 */
#ifndef NTLMAUDIT_WINLOG_INPUT_TEXT_H
#define NTLMAUDIT_WINLOG_INPUT_TEXT_H

#include "base/span.h"

struct winlog_text;

/* Reads the file descriptor from where it stands; it stays the caller's. */
int winlog_text_new(int fd, struct winlog_text **ret_text) __attribute__((warn_unused_result));
void winlog_text_free(struct winlog_text *t);

/*
 * The next bytes, valid until the next call; cut anywhere, be it inside a character. 1, 0 at the end, or a
 * negative errno.
 */
int winlog_text_next(struct winlog_text *t, struct span *ret_bytes)
	__attribute__((warn_unused_result));

/* How many characters were replaced so far, and the line of the first, from 1. */
uint64_t winlog_text_replaced(const struct winlog_text *t, uint64_t *ret_line);

#endif
