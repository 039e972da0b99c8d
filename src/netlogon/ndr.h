/* NDR's transfer syntax version 2 ([C706] 14), little-endian, over the sticky reader. Alignment counts from the stub's start. */
#ifndef NTLMAUDIT_NETLOGON_NDR_H
#define NTLMAUDIT_NETLOGON_NDR_H

#include "base/reader.h"

static inline void ndr_align(struct reader *r, size_t to)
{
	size_t over = r->pos % to;

	if (over)
		reader_skip(r, to - over);
}

static inline uint16_t ndr_u16(struct reader *r)
{
	ndr_align(r, 2);
	return reader_u16le(r);
}

static inline uint32_t ndr_u32(struct reader *r)
{
	ndr_align(r, 4);
	return reader_u32le(r);
}

/* A referent: is there something? */
static inline bool ndr_pointer(struct reader *r)
{
	return ndr_u32(r) != 0;
}

/* A conformant and varying array of elements of a size: what is there of it. */
struct span ndr_varying(struct reader *r, size_t size);

/* A conformant array: its bytes. */
struct span ndr_array(struct reader *r, size_t size);

/* [string] wchar_t: without its NULs at the end; and the same behind a unique pointer, empty where that is null. */
struct span ndr_string(struct reader *r);
struct span ndr_unique_string(struct reader *r);

/* RPC_UNICODE_STRING and STRING ([MS-DTYP] 2.3.10): the part in the structure, and what is deferred. */
struct ndr_counted {
	uint16_t length; /* bytes */
	bool present;
};

struct ndr_counted ndr_counted(struct reader *r);
/* The deferred array; `size` of its elements: 2 or 1. */
struct span ndr_counted_bytes(struct reader *r, struct ndr_counted c, size_t size);

#endif
