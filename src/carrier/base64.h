/* Base64 (RFC 4648 section 4) as HTTP's token68 has it: white space and missing padding are forgiven. */
#ifndef NTLMAUDIT_CARRIER_BASE64_H
#define NTLMAUDIT_CARRIER_BASE64_H

#include "base/span.h"

/* Room enough for what `text_len` characters decode to. */
#define BASE64_DECODED_MAX(text_len) ((text_len) / 4 * 3 + 3)

/*
 * Decodes into out[max]. 0; -EBADMSG where it is not base64, then *ret_len is the offset of the character
 * that was wrong; -ENOBUFS where it does not fit. What was decoded until then stays in `out`.
 */
int base64_decode(struct span text, uint8_t *out, size_t max, size_t *ret_len)
	__attribute__((warn_unused_result));

#endif
