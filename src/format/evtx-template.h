/*
 * What is the same in all events of a kind: Windows' element System with slots for its values, and EventData with a
 * slot a field. As in Windows' own logs EventData is an instance of its own within a slot of the first. A template
 * is known by a GUID that its content determines.
 */
#ifndef NTLMAUDIT_FORMAT_EVTX_TEMPLATE_H
#define NTLMAUDIT_FORMAT_EVTX_TEMPLATE_H

#include "event/event.h"
#include "format/evtx-chunk.h"

/* [MS-EVEN6] 2.2.12: value types. */
enum evtx_type {
	EVTX_NULL = 0x00,
	EVTX_STRING = 0x01,
	EVTX_U8 = 0x04,
	EVTX_U16 = 0x06,
	EVTX_U32 = 0x08,
	EVTX_U64 = 0x0a,
	EVTX_BOOL = 0x0d,
	EVTX_GUID = 0x0f,
	EVTX_FILETIME = 0x11,
	EVTX_SID = 0x13,
	EVTX_H32 = 0x14,
	EVTX_H64 = 0x15,
	EVTX_BINXML = 0x21,
};

/* In Windows' order up to SLOT_DATA; the computer's name, which Windows has in the template, and all after it are ours. */
enum evtx_slot {
	SLOT_LEVEL,
	SLOT_OPCODE,
	SLOT_TASK,
	SLOT_EVENT_ID,
	SLOT_QUALIFIERS,
	SLOT_KEYWORDS,
	SLOT_TIME,
	SLOT_ACTIVITY,
	SLOT_PROCESS,
	SLOT_THREAD,
	SLOT_RECORD,
	SLOT_VERSION,
	SLOT_USER,
	SLOT_RELATED,
	SLOT_PROVIDER,
	SLOT_PROVIDER_GUID,
	SLOT_CHANNEL,
	SLOT_DATA,
	SLOT_COMPUTER,
	EVTX_SLOT__COUNT,
	/* of RenderingInfo only */
	SLOT_MESSAGE = EVTX_SLOT__COUNT,
	SLOT_LEVEL_NAME,
	SLOT_TASK_NAME,
	SLOT_OPCODE_NAME,
	EVTX_SLOT_RENDERED__COUNT,
};

/* EventData may have so many fields beside its layout's; each takes two slots, its name and its value. */
#define EVTX_FOREIGN_MAX 256

/* A document's beginning, and the instance of a template up to its values; the definition where the chunk lacks it. */
void evtx_begin_event(struct evtx_chunk *c, bool rendered);
/*
 * For EventData the definition depends on the event's layout and how many foreign fields it has, and on the types of
 * its values, so that template and values always agree.
 */
void evtx_begin_data(struct evtx_chunk *c, const struct event *e, size_t n_foreign);

/* The field's type; another where that could not hold the value, which for an absent one is a string. */
enum evtx_type evtx_type_of(const struct field *field, const struct value *value);

#endif
