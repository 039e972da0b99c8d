/* BER/DER elements (X.690), as SPNEGO and LDAP use them: single-byte tags, definite lengths. */
#ifndef NTLMAUDIT_NTLM_DER_H
#define NTLMAUDIT_NTLM_DER_H

#include "base/reader.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_SEQUENCE = 0x30,
};

struct der {
	uint8_t tag;
	struct span value;
};

/*
 * Reads tag and length only; the length may reach beyond the input (a PDU not all there). Long
 * forms of up to 4 length bytes; multi-byte tags, tag 0 and indefinite lengths fail the reader. Tag
 * and length are 0 on failure.
 */
uint8_t der_head(struct reader *r, size_t *ret_len);
/* The next element; tag 0 and an empty value on failure. */
struct der der_next(struct reader *r);
/* The next element, which must have this tag. */
struct span der_expect(struct reader *r, uint8_t tag);
/*
 * The next element where it has this tag, else nothing is read. Returns whether it was there; false
 * also after a failure, so ask reader_ok() before taking it for absent.
 */
bool der_optional(struct reader *r, uint8_t tag, struct span *ret_value);
/* Unsigned value of an INTEGER or ENUMERATED of 1 to 4 bytes; else fails the reader. */
uint32_t der_uint(struct reader *r, struct span value);

#endif
