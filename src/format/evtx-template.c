/* BinXml by libevtx's "Windows XML Event Log (EVTX) format", 4, and [MS-EVEN6] 2.2.12. */
#include "format/evtx-template.h"

#include "base/hash.h"

#define NO_SLOT 0xffff

enum token {
	TOKEN_EOF = 0x00,
	TOKEN_OPEN = 0x01,
	TOKEN_CLOSE_START = 0x02,
	TOKEN_CLOSE_EMPTY = 0x03,
	TOKEN_CLOSE = 0x04,
	TOKEN_VALUE = 0x05,
	TOKEN_ATTRIBUTE = 0x06,
	TOKEN_SUBSTITUTION = 0x0d,
	TOKEN_OPTIONAL = 0x0e, /* without a value its element or attribute is left out */
	TOKEN_MORE = 0x40,     /* an element with attributes; an attribute before another */
};

#define ATTRIBUTES_MAX 2

struct attribute {
	const char *name;
	uint16_t slot;
	const char *literal; /* instead of a slot */
};

/* An element without children: its text, attributes, or nothing. */
struct element {
	const char *name;
	uint16_t text; /* slot, or NO_SLOT */
	struct attribute attributes[ATTRIBUTES_MAX];
};

static const uint8_t slot_types[EVTX_SLOT_RENDERED__COUNT] = {
	[SLOT_LEVEL] = EVTX_U8,		  [SLOT_OPCODE] = EVTX_U8,
	[SLOT_TASK] = EVTX_U16,		  [SLOT_EVENT_ID] = EVTX_U16,
	[SLOT_QUALIFIERS] = EVTX_U16,	  [SLOT_KEYWORDS] = EVTX_H64,
	[SLOT_TIME] = EVTX_FILETIME,	  [SLOT_ACTIVITY] = EVTX_GUID,
	[SLOT_PROCESS] = EVTX_U32,	  [SLOT_THREAD] = EVTX_U32,
	[SLOT_RECORD] = EVTX_U64,	  [SLOT_VERSION] = EVTX_U8,
	[SLOT_USER] = EVTX_SID,		  [SLOT_RELATED] = EVTX_GUID,
	[SLOT_PROVIDER] = EVTX_STRING,	  [SLOT_PROVIDER_GUID] = EVTX_GUID,
	[SLOT_CHANNEL] = EVTX_STRING,	  [SLOT_DATA] = EVTX_BINXML,
	[SLOT_COMPUTER] = EVTX_STRING,	  [SLOT_MESSAGE] = EVTX_STRING,
	[SLOT_LEVEL_NAME] = EVTX_STRING,  [SLOT_TASK_NAME] = EVTX_STRING,
	[SLOT_OPCODE_NAME] = EVTX_STRING,
};

static const struct attribute event_attribute = {
	.name = "xmlns", .literal = "http://schemas.microsoft.com/win/2004/08/events/event"};
static const struct attribute culture = {.name = "Culture", .literal = "en-US"};

static const struct element system_elements[] = {
	{"Provider", NO_SLOT, {{"Name", SLOT_PROVIDER, NULL}, {"Guid", SLOT_PROVIDER_GUID, NULL}}},
	{"EventID", SLOT_EVENT_ID, {{"Qualifiers", SLOT_QUALIFIERS, NULL}}},
	{"Version", SLOT_VERSION, {{0}}},
	{"Level", SLOT_LEVEL, {{0}}},
	{"Task", SLOT_TASK, {{0}}},
	{"Opcode", SLOT_OPCODE, {{0}}},
	{"Keywords", SLOT_KEYWORDS, {{0}}},
	{"TimeCreated", NO_SLOT, {{"SystemTime", SLOT_TIME, NULL}}},
	{"EventRecordID", SLOT_RECORD, {{0}}},
	{"Correlation",
	 NO_SLOT,
	 {{"ActivityID", SLOT_ACTIVITY, NULL}, {"RelatedActivityID", SLOT_RELATED, NULL}}},
	{"Execution",
	 NO_SLOT,
	 {{"ProcessID", SLOT_PROCESS, NULL}, {"ThreadID", SLOT_THREAD, NULL}}},
	{"Channel", SLOT_CHANNEL, {{0}}},
	{"Computer", SLOT_COMPUTER, {{0}}},
	{"Security", NO_SLOT, {{"UserID", SLOT_USER, NULL}}},
};

/* As forwarded events have it; our events' keywords have no names. */
static const struct element rendering_elements[] = {
	{"Message", SLOT_MESSAGE, {{0}}}, {"Level", SLOT_LEVEL_NAME, {{0}}},
	{"Task", SLOT_TASK_NAME, {{0}}},  {"Opcode", SLOT_OPCODE_NAME, {{0}}},
	{"Channel", SLOT_CHANNEL, {{0}}}, {"Provider", SLOT_PROVIDER, {{0}}},
	{"Keywords", NO_SLOT, {{0}}},
};

enum evtx_type evtx_type_of(const struct field *field, const struct value *value)
{
	static const struct {
		enum evtx_type type;
		enum evtx_type wide; /* for numbers of more than 32 bits */
	} types[] = {
		[WIN_STRING] = {EVTX_STRING, EVTX_STRING}, [WIN_U32] = {EVTX_U32, EVTX_U64},
		[WIN_H32] = {EVTX_H32, EVTX_H64},	   [WIN_H64] = {EVTX_H64, EVTX_H64},
		[WIN_BOOL] = {EVTX_BOOL, EVTX_BOOL},
	};

	if (value->kind != VALUE_NUMBER)
		return EVTX_STRING;
	return value->number > UINT32_MAX ? types[field->type].wide : types[field->type].type;
}

static void put_token(struct evtx_chunk *c, uint8_t token)
{
	evtx_put_number(c, token, 1);
}

static void put_document(struct evtx_chunk *c)
{
	static const uint8_t header[] = {0x0f, 1, 1, 0};

	evtx_put(c, header, sizeof(header));
}

/* Returns where its size stands, for close_element(). `needs`: the slot without which it is left out. */
static size_t open_element(struct evtx_chunk *c, const char *name, uint16_t needs, bool attributes)
{
	size_t size_at;

	put_token(c, attributes ? TOKEN_OPEN | TOKEN_MORE : TOKEN_OPEN);
	evtx_put_number(c, needs, 2);
	size_at = c->used;
	evtx_put_number(c, 0, 4);
	evtx_put_name(c, name);
	return size_at;
}

static void close_element(struct evtx_chunk *c, size_t size_at, enum token token)
{
	put_token(c, (uint8_t)token);
	evtx_patch_size(c, size_at);
}

static void put_slot(struct evtx_chunk *c, enum token token, size_t slot, uint8_t type)
{
	put_token(c, (uint8_t)token);
	evtx_put_number(c, slot, 2);
	evtx_put_number(c, type, 1);
}

static void put_literal(struct evtx_chunk *c, const char *s)
{
	put_token(c, TOKEN_VALUE);
	evtx_put_number(c, EVTX_STRING, 1);
	evtx_put_number(c, strlen(s), 2);
	evtx_put_ascii(c, s);
}

/* The list of attributes of an element that has some. */
static void put_attributes(struct evtx_chunk *c, const struct attribute *list, size_t n)
{
	size_t size_at = c->used;

	evtx_put_number(c, 0, 4);
	for (size_t i = 0; i < n; i++) {
		put_token(c, i + 1 < n ? TOKEN_ATTRIBUTE | TOKEN_MORE : TOKEN_ATTRIBUTE);
		evtx_put_name(c, list[i].name);
		if (list[i].literal)
			put_literal(c, list[i].literal);
		else
			put_slot(c, TOKEN_OPTIONAL, list[i].slot, slot_types[list[i].slot]);
	}
	evtx_patch_size(c, size_at);
}

static void put_element(struct evtx_chunk *c, const struct element *e)
{
	size_t n = 0, size_at;

	while (n < ATTRIBUTES_MAX && e->attributes[n].name)
		n++;
	size_at = open_element(c, e->name, e->text, n > 0);
	if (n)
		put_attributes(c, e->attributes, n);
	if (e->text == NO_SLOT) {
		close_element(c, size_at, TOKEN_CLOSE_EMPTY);
		return;
	}
	put_token(c, TOKEN_CLOSE_START);
	put_slot(c, TOKEN_OPTIONAL, e->text, slot_types[e->text]);
	close_element(c, size_at, TOKEN_CLOSE);
}

static void put_elements(struct evtx_chunk *c, const char *name, const struct attribute *attribute,
			 const struct element *elements, size_t n)
{
	size_t size_at = open_element(c, name, NO_SLOT, attribute != NULL);

	if (attribute)
		put_attributes(c, attribute, 1);
	put_token(c, TOKEN_CLOSE_START);
	for (size_t i = 0; i < n; i++)
		put_element(c, &elements[i]);
	close_element(c, size_at, TOKEN_CLOSE);
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void put_event(struct evtx_chunk *c, bool rendered)
{
	size_t size_at = open_element(c, "Event", SLOT_DATA, true);

	put_attributes(c, &event_attribute, 1);
	put_token(c, TOKEN_CLOSE_START);
	put_elements(c, "System", NULL, system_elements, COUNT(system_elements));
	put_slot(c, TOKEN_OPTIONAL, SLOT_DATA, EVTX_BINXML);
	if (rendered)
		put_elements(c, "RenderingInfo", &culture, rendering_elements,
			     COUNT(rendering_elements));
	close_element(c, size_at, TOKEN_CLOSE);
}

void evtx_begin_event(struct evtx_chunk *c, bool rendered)
{
	/* Any will do that no other template has. */
	static const uint8_t guids[2][16] = {
		{0x6e, 0x41, 0x0b, 0xd5, 0x93, 0x7c, 0x2f, 0x4e, 0x8a, 0x65, 0x1d, 0xf2, 0x30, 0xb7,
		 0xc4, 0x01},
		{0x6e, 0x41, 0x0b, 0xd5, 0x93, 0x7c, 0x2f, 0x4e, 0x8a, 0x65, 0x1d, 0xf2, 0x30, 0xb7,
		 0xc4, 0x02},
	};
	size_t size_at;

	put_document(c);
	if (!evtx_template_begin(c, guids[rendered], &size_at))
		return;
	put_document(c);
	put_event(c, rendered);
	put_token(c, TOKEN_EOF);
	evtx_patch_size(c, size_at);
}

static void mix(uint64_t halves[2], const void *bytes, size_t n)
{
	for (uint64_t i = 0; i < 2; i++) {
		struct hash_key key = {halves[i], i};

		halves[i] = hash_bytes(&key, span_make(bytes, n));
	}
}

/* No secret is in the key: what is the same has the same GUID everywhere. */
static void data_guid(const struct event *e, size_t n_foreign, uint8_t guid[16])
{
	uint64_t halves[2] = {n_foreign, 0};

	for (size_t i = 0; i < e->layout->n_fields; i++) {
		const struct field *f = &e->layout->fields[i];
		uint8_t type = (uint8_t)evtx_type_of(f, &e->facts[f->fact]);

		mix(halves, f->name, strlen(f->name));
		mix(halves, &type, 1);
	}
	for (size_t i = 0; i < 16; i++)
		guid[i] = (uint8_t)(halves[i / 8] >> i % 8 * 8);
}

/* `name` NULL: it is in the slot before the value's, and where that is empty there is none. */
static void put_data(struct evtx_chunk *c, const char *name, size_t slot, enum evtx_type type)
{
	size_t size_at = open_element(c, "Data", NO_SLOT, true), list_at = c->used;

	evtx_put_number(c, 0, 4);
	put_token(c, TOKEN_ATTRIBUTE);
	evtx_put_name(c, "Name");
	if (name)
		put_literal(c, name);
	else
		put_slot(c, TOKEN_OPTIONAL, slot - 1, EVTX_STRING);
	evtx_patch_size(c, list_at);
	put_token(c, TOKEN_CLOSE_START);
	put_slot(c, TOKEN_SUBSTITUTION, slot, (uint8_t)type);
	close_element(c, size_at, TOKEN_CLOSE);
}

static void put_event_data(struct evtx_chunk *c, const struct event *e, size_t n_foreign)
{
	size_t size_at = open_element(c, "EventData", NO_SLOT, false), n = e->layout->n_fields;

	put_token(c, TOKEN_CLOSE_START);
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &e->layout->fields[i];

		put_data(c, f->name, i, evtx_type_of(f, &e->facts[f->fact]));
	}
	for (size_t i = 0; i < n_foreign; i++)
		put_data(c, NULL, n + 2 * i + 1, EVTX_STRING);
	close_element(c, size_at, TOKEN_CLOSE);
}

void evtx_begin_data(struct evtx_chunk *c, const struct event *e, size_t n_foreign)
{
	uint8_t guid[16];
	size_t size_at;

	data_guid(e, n_foreign, guid);
	put_document(c);
	if (!evtx_template_begin(c, guid, &size_at))
		return;
	put_document(c);
	put_event_data(c, e, n_foreign);
	put_token(c, TOKEN_EOF);
	evtx_patch_size(c, size_at);
}
