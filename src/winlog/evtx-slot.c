#include "winlog/evtx-slot.h"

#include "winlog/event-value.h"

#include <ctype.h>

enum kind { KIND_NONE, KIND_TEXT, KIND_UPPER, KIND_U32, KIND_U64, KIND_NSEC, KIND_UUID };

#define AT(field) offsetof(struct winlog_record, field)

static const struct {
	enum kind kind;
	size_t at;
} slot_rows[EVTX_SLOT__COUNT] = {
	[EVTX_SLOT_PROVIDER] = {KIND_TEXT, AT(provider)},
	[EVTX_SLOT_GUID] = {KIND_UPPER, AT(provider_guid)},
	[EVTX_SLOT_CHANNEL] = {KIND_TEXT, AT(channel)},
	[EVTX_SLOT_COMPUTER] = {KIND_TEXT, AT(computer)},
	[EVTX_SLOT_SID] = {KIND_TEXT, AT(user_sid)},
	[EVTX_SLOT_RENDERED] = {KIND_TEXT, AT(rendered)},
	[EVTX_SLOT_EVENT_ID] = {KIND_U32, AT(event_id)},
	[EVTX_SLOT_VERSION] = {KIND_U32, AT(version)},
	[EVTX_SLOT_LEVEL] = {KIND_U32, AT(level)},
	[EVTX_SLOT_TASK] = {KIND_U32, AT(task)},
	[EVTX_SLOT_OPCODE] = {KIND_U32, AT(opcode)},
	[EVTX_SLOT_PROCESS_ID] = {KIND_U32, AT(process_id)},
	[EVTX_SLOT_THREAD_ID] = {KIND_U32, AT(thread_id)},
	[EVTX_SLOT_KEYWORDS] = {KIND_U64, AT(keywords)},
	[EVTX_SLOT_RECORD_ID] = {KIND_U64, AT(record_id)},
	[EVTX_SLOT_TIME] = {KIND_NSEC, AT(time)},
	[EVTX_SLOT_ACTIVITY] = {KIND_UUID, AT(activity)},
};

static void store_number(struct winlog_record *r, enum evtx_slot slot, uint64_t number)
{
	char *at = (char *)r + slot_rows[slot].at;

	if (slot_rows[slot].kind == KIND_U64)
		memcpy(at, &number, sizeof(number));
	else
		memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
}

static void store_text(struct winlog_record *r, enum evtx_slot slot, const char *text)
{
	memcpy((char *)r + slot_rows[slot].at, &text, sizeof(text));
}

static const char *upper(const char *text, struct evtx_out *out)
{
	size_t start = out->len;

	for (; *text; text++)
		evtx_out_add(out, span_make(&(char){(char)toupper((unsigned char)*text)}, 1));
	return evtx_out_end(out, start);
}

bool evtx_slot_value(struct winlog_record *r, enum evtx_slot slot, struct evtx_value v)
{
	enum kind kind = slot_rows[slot].kind;
	uint64_t number;

	if (kind == KIND_NSEC)
		return r->has_time = evtx_value_time(v, &r->time);
	if ((kind != KIND_U32 && kind != KIND_U64) || !evtx_value_as_number(v, &number))
		return false;
	store_number(r, slot, number);
	return true;
}

/* Exported logs have texts where live ones have numbers, times and GUIDs. */
void evtx_slot_text(struct winlog_record *r, enum evtx_slot slot, const char *text,
		    struct evtx_out *out)
{
	enum kind kind = slot_rows[slot].kind;
	uint64_t number;

	if (kind == KIND_TEXT)
		store_text(r, slot, text);
	else if (kind == KIND_UPPER)
		store_text(r, slot, upper(text, out));
	else if (kind == KIND_NSEC)
		r->has_time = winlog_time(text, &r->time);
	else if (kind == KIND_UUID)
		r->has_activity = winlog_guid(text, r->activity);
	else if (winlog_number(text, &number))
		store_number(r, slot, number);
}
