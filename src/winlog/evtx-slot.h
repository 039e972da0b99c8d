/* The fields of a record that System and RenderingInfo fill, each from text or from a typed value: one table. */
#ifndef NTLMAUDIT_WINLOG_EVTX_SLOT_H
#define NTLMAUDIT_WINLOG_EVTX_SLOT_H

#include "winlog/evtx-value.h"
#include "winlog/record.h"

enum evtx_slot {
	EVTX_SLOT_NONE,
	EVTX_SLOT_PROVIDER,
	EVTX_SLOT_GUID,
	EVTX_SLOT_CHANNEL,
	EVTX_SLOT_COMPUTER,
	EVTX_SLOT_SID,
	EVTX_SLOT_RENDERED,
	EVTX_SLOT_EVENT_ID,
	EVTX_SLOT_VERSION,
	EVTX_SLOT_LEVEL,
	EVTX_SLOT_TASK,
	EVTX_SLOT_OPCODE,
	EVTX_SLOT_PROCESS_ID,
	EVTX_SLOT_THREAD_ID,
	EVTX_SLOT_KEYWORDS,
	EVTX_SLOT_RECORD_ID,
	EVTX_SLOT_TIME,
	EVTX_SLOT_ACTIVITY,
	EVTX_SLOT__COUNT
};

/* A value that needs no text on its way: a number or a time. False where the field or the value is none. */
bool evtx_slot_value(struct winlog_record *r, enum evtx_slot slot, struct evtx_value v);

/* What has come as text, which lasts as long as the record; `out` takes what must be written anew. */
void evtx_slot_text(struct winlog_record *r, enum evtx_slot slot, const char *text,
		    struct evtx_out *out);

#endif
