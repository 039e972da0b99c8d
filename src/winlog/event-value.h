/* Values as the logs spell them, read back: numbers, times, GUIDs, and what stands for "nothing". */
#ifndef NTLMAUDIT_WINLOG_EVENT_VALUE_H
#define NTLMAUDIT_WINLOG_EVENT_VALUE_H

#include "event/event.h"

/* Decimal, 0x and hex digits, or a negative number as its two's complement; blanks around it are passed over. */
bool winlog_number(const char *s, uint64_t *ret_number);

/*
 * `2020-07-06T08:41:10.356858Z`: with T or a blank, any number of decimals, Z or an offset; without either it is
 * taken for UTC. False outside of what base/clock.h can hold.
 */
bool winlog_time(const char *s, int64_t *ret_time);

/* With or without braces, in either case; the bytes in the order of the digits. */
bool winlog_guid(const char *s, uint8_t ret_guid[16]);

/* Does Windows write this for a value that is not there? `Null`, `NULL`, `(NULL)`, `-`. */
bool winlog_is_absent(const char *s);

/* Are the names the same but for case and what is no letter or digit: `Mic Status` and MicStatus? */
bool winlog_same_name(const char *a, const char *b);

/* A fact's value by its type in the dictionary; `text` must outlive it. False where it is none of this type. */
bool winlog_value(enum fact fact, const char *text, struct value *ret_value);

#endif
