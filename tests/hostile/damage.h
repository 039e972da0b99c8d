/* Where NTLM messages lie in a capture's bytes, raw or in base64, and how to change one byte of them. */
#ifndef NTLMAUDIT_TESTS_DAMAGE_H
#define NTLMAUDIT_TESTS_DAMAGE_H

#include "base/span.h"

struct message_at {
	size_t start,
		len; /* of the message itself, in its own bytes; start: offset in the capture */
	bool base64; /* start is that of the text */
};

/* The next message at or after *pos; moves on. */
bool damage_next(struct span capture, size_t *pos, struct message_at *ret_message);

/* Sets byte i of the message to a value: writes up to 4 bytes at *ret_at, the change that was made. */
size_t damage_set(struct span capture, const struct message_at *m, size_t i, uint8_t value,
		  uint8_t change[4], size_t *ret_at);

#endif
