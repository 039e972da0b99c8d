#include "winlog/event-finding.h"

#include "winlog/event-value.h"

#include <string.h>

enum finding_type { TYPE_KIND, TYPE_TIME, TYPE_RECORD, TYPE_TEXT, TYPE_NUMBER };

#define AT(member) offsetof(struct finding, member)

static const struct {
	const char *name;
	enum finding_type type;
	size_t at;
} members[] = {
	{"finding", TYPE_KIND, AT(id)},		 {"time", TYPE_TIME, AT(time)},
	{"record", TYPE_RECORD, AT(records)},	 {"sentence", TYPE_TEXT, AT(sentence)},
	{"source_ip", TYPE_TEXT, AT(source_ip)}, {"target_ip", TYPE_TEXT, AT(target_ip)},
	{"user", TYPE_TEXT, AT(user)},		 {"domain", TYPE_TEXT, AT(domain)},
	{"count", TYPE_NUMBER, AT(count)},	 {"source", TYPE_TEXT, AT(capture)},
	{"frame", TYPE_NUMBER, AT(frame)},
};

static bool set_kind(struct finding *f, const char *key)
{
	for (enum finding_id id = 0; id < FINDING__COUNT; id++) {
		if (strcmp(finding_kinds[id].key, key) != 0)
			continue;
		f->id = id;
		return true;
	}
	return false;
}

static bool add_record(struct finding *f, const char *value)
{
	uint64_t record;

	if (!winlog_number(value, &record))
		return false;
	if (f->n_records < FINDING_RECORDS_MAX)
		f->records[f->n_records++] = record;
	return true;
}

static bool set_member(struct finding *f, enum finding_type type, size_t at, const char *value)
{
	uint8_t *to = (uint8_t *)f + at;

	switch (type) {
	case TYPE_KIND:
		return set_kind(f, value);
	case TYPE_TIME:
		return winlog_time(value, (int64_t *)(void *)to);
	case TYPE_RECORD:
		return add_record(f, value);
	case TYPE_TEXT:
		*(const char **)(void *)to = value;
		return true;
	case TYPE_NUMBER:
		return winlog_number(value, (uint64_t *)(void *)to);
	}
	return false;
}

bool winlog_finding_set(struct finding *f, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].name, name) == 0)
			return set_member(f, members[i].type, members[i].at, value);
	return true;
}
