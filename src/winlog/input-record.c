#include "winlog/input-record.h"

#include "winlog/event-value.h"

#include <ctype.h>

enum member_type { TYPE_TEXT, TYPE_GUID, TYPE_U32, TYPE_U64, TYPE_TIME, TYPE_ACTIVITY };

#define AT(member) offsetof(struct winlog_record, member)

static const struct {
	enum member_type type;
	size_t at;
} members[WINLOG_MEMBER__COUNT] = {
	[MEMBER_PROVIDER] = {TYPE_TEXT, AT(provider)},
	[MEMBER_PROVIDER_GUID] = {TYPE_GUID, AT(provider_guid)},
	[MEMBER_CHANNEL] = {TYPE_TEXT, AT(channel)},
	[MEMBER_COMPUTER] = {TYPE_TEXT, AT(computer)},
	[MEMBER_USER_SID] = {TYPE_TEXT, AT(user_sid)},
	[MEMBER_RENDERED] = {TYPE_TEXT, AT(rendered)},
	[MEMBER_EVENT_ID] = {TYPE_U32, AT(event_id)},
	[MEMBER_VERSION] = {TYPE_U32, AT(version)},
	[MEMBER_LEVEL] = {TYPE_U32, AT(level)},
	[MEMBER_TASK] = {TYPE_U32, AT(task)},
	[MEMBER_OPCODE] = {TYPE_U32, AT(opcode)},
	[MEMBER_KEYWORDS] = {TYPE_U64, AT(keywords)},
	[MEMBER_RECORD_ID] = {TYPE_U64, AT(record_id)},
	[MEMBER_PROCESS_ID] = {TYPE_U32, AT(process_id)},
	[MEMBER_THREAD_ID] = {TYPE_U32, AT(thread_id)},
	[MEMBER_TIME] = {TYPE_TIME, AT(time)},
	[MEMBER_ACTIVITY] = {TYPE_ACTIVITY, AT(activity)},
};

void winlog_draft_init(struct winlog_draft *d)
{
	arena_init(&d->arena, WINLOG_DRAFT_MAX);
}

void winlog_draft_finish(struct winlog_draft *d)
{
	arena_finish(&d->arena);
}

void winlog_draft_begin(struct winlog_draft *d, uint64_t offset)
{
	struct winlog_record *r = &d->record;

	arena_reset(&d->arena);
	d->have = 0;
	d->failed = false;
	memset(r, 0, offsetof(struct winlog_record, data));
	r->provider = r->provider_guid = r->channel = r->computer = "";
	r->user_sid = r->rendered = "";
	r->n_data = r->n_data_lost = 0;
	r->recovered = false;
	r->offset = offset;
	r->own = NULL;
}

const char *winlog_draft_text(struct winlog_draft *d, struct span s)
{
	char *text = arena_string(&d->arena, s);

	if (!text)
		d->failed = true;
	return text ? text : "";
}

static const char *upper_guid(struct winlog_draft *d, const char *text)
{
	char *guid = arena_string(&d->arena, span_str(text));

	for (size_t i = 0; guid && guid[i]; i++)
		guid[i] = (char)toupper((unsigned char)guid[i]);
	return guid ? guid : "";
}

static bool set_number(enum member_type type, void *to, const char *text)
{
	uint64_t n;

	if (!winlog_number(text, &n) || (type == TYPE_U32 && n > UINT32_MAX))
		return false;
	if (type == TYPE_U32)
		*(uint32_t *)to = (uint32_t)n;
	else
		*(uint64_t *)to = n;
	return true;
}

static bool set_member(struct winlog_draft *d, enum member_type type, void *to, const char *text)
{
	switch (type) {
	case TYPE_TEXT:
		*(const char **)to = text;
		return true;
	case TYPE_GUID:
		*(const char **)to = upper_guid(d, text);
		return true;
	case TYPE_U32:
	case TYPE_U64:
		return set_number(type, to, text);
	case TYPE_TIME:
		return d->record.has_time = winlog_time(text, to);
	case TYPE_ACTIVITY:
		return d->record.has_activity = winlog_guid(text, to);
	}
	return false;
}

void winlog_draft_set(struct winlog_draft *d, enum winlog_member member, struct span value)
{
	uint8_t *record = (uint8_t *)&d->record;

	if (d->have & 1u << member || value.len == 0)
		return;
	if (set_member(d, members[member].type, record + members[member].at,
		       winlog_draft_text(d, value)))
		d->have |= 1u << member;
}

void winlog_draft_data(struct winlog_draft *d, const char *name, const char *value)
{
	struct winlog_record *r = &d->record;

	if (r->n_data < WINLOG_DATA_MAX)
		r->data[r->n_data++] = (struct winlog_data){.name = name, .value = value};
	else
		r->n_data_lost++;
}
