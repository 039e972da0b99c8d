/*
 * The types of BinXml's values, and their text in Windows' XML. [MS-EVEN6] 2.2.12, 2.2.14; libevtx's EVTX format,
 * value types.
 */
#ifndef NTLMAUDIT_WINLOG_EVTX_VALUE_H
#define NTLMAUDIT_WINLOG_EVTX_VALUE_H

#include "winlog/evtx-out.h"

enum evtx_type {
	EVTX_NULL,
	EVTX_STRING, /* UTF-16LE */
	EVTX_ANSI,
	EVTX_INT8,
	EVTX_UINT8,
	EVTX_INT16,
	EVTX_UINT16,
	EVTX_INT32,
	EVTX_UINT32,
	EVTX_INT64,
	EVTX_UINT64,
	EVTX_REAL32,
	EVTX_REAL64,
	EVTX_BOOL,
	EVTX_BINARY,
	EVTX_GUID,
	EVTX_SIZE, /* 4 or 8 bytes */
	EVTX_FILETIME,
	EVTX_SYSTEMTIME,
	EVTX_SID,
	EVTX_HEX32,
	EVTX_HEX64,
	EVTX_BINXML = 0x21,
	EVTX_ARRAY = 0x80, /* of the type in the other bits */
};

/* A value as it stands in a record. */
struct evtx_value {
	uint8_t type;
	struct span bytes;
};

/* Adds the text of a value that is no array and no BinXml. One whose size is not its type's is shown as bytes. */
void evtx_value_print(struct evtx_out *out, struct evtx_value v);

/* The number that an integer type holds, unsigned. False for other types and for wrong sizes. */
bool evtx_value_as_number(struct evtx_value v, uint64_t *ret_number);

/* A FILETIME's or SYSTEMTIME's nanoseconds since 1970; false for other types, and where they are out of range. */
bool evtx_value_time(struct evtx_value v, int64_t *ret_nsec);

/*
 * Takes the next value of an array from *rest. False at its end, and where what is left is shorter than a value: that
 * is then still in *rest.
 */
bool evtx_value_next(uint8_t array_type, struct span *rest, struct evtx_value *ret_item);

/* How many bytes a value of this type has where it stands alone in the text; 0 where that is not fixed. */
size_t evtx_type_size(uint8_t type);

/* FILETIME: 100 ns since 1601. */
bool evtx_filetime(uint64_t ticks, int64_t *ret_nsec);

#endif
