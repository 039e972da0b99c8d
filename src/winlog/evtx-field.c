#include "winlog/evtx-field.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdlib.h>
#include <time.h>

enum place {
	PLACE_OTHER,
	PLACE_TOP, /* outside the event */
	PLACE_EVENT,
	PLACE_SYSTEM,
	PLACE_PROVIDER,
	PLACE_EVENT_ID,
	PLACE_VERSION,
	PLACE_LEVEL,
	PLACE_TASK,
	PLACE_OPCODE,
	PLACE_KEYWORDS,
	PLACE_TIME,
	PLACE_RECORD_ID,
	PLACE_CORRELATION,
	PLACE_EXECUTION,
	PLACE_CHANNEL,
	PLACE_COMPUTER,
	PLACE_SECURITY,
	PLACE_RENDERING,
	PLACE_MESSAGE,
	PLACE_DATA_ROOT, /* EventData, UserData */
	PLACE_DATA,	 /* whatever is in them */
	PLACE__COUNT
};

enum slot {
	SLOT_NONE,
	SLOT_PROVIDER,
	SLOT_GUID,
	SLOT_CHANNEL,
	SLOT_COMPUTER,
	SLOT_SID,
	SLOT_RENDERED,
	SLOT_EVENT_ID,
	SLOT_VERSION,
	SLOT_LEVEL,
	SLOT_TASK,
	SLOT_OPCODE,
	SLOT_PROCESS_ID,
	SLOT_THREAD_ID,
	SLOT_KEYWORDS,
	SLOT_RECORD_ID,
	SLOT_TIME,
	SLOT_ACTIVITY,
	SLOT__COUNT
};

enum target { TARGET_NONE, TARGET_SLOT, TARGET_NAME, TARGET_VALUE };

static const uint8_t children[PLACE__COUNT][ATOM__COUNT] = {
	[PLACE_TOP] = {[ATOM_EVENT] = PLACE_EVENT},
	[PLACE_EVENT] = {[ATOM_SYSTEM] = PLACE_SYSTEM,
			 [ATOM_EVENT_DATA] = PLACE_DATA_ROOT,
			 [ATOM_USER_DATA] = PLACE_DATA_ROOT,
			 [ATOM_RENDERING_INFO] = PLACE_RENDERING},
	[PLACE_SYSTEM] = {[ATOM_PROVIDER] = PLACE_PROVIDER,
			  [ATOM_EVENT_ID] = PLACE_EVENT_ID,
			  [ATOM_VERSION] = PLACE_VERSION,
			  [ATOM_LEVEL] = PLACE_LEVEL,
			  [ATOM_TASK] = PLACE_TASK,
			  [ATOM_OPCODE] = PLACE_OPCODE,
			  [ATOM_KEYWORDS] = PLACE_KEYWORDS,
			  [ATOM_TIME_CREATED] = PLACE_TIME,
			  [ATOM_EVENT_RECORD_ID] = PLACE_RECORD_ID,
			  [ATOM_CORRELATION] = PLACE_CORRELATION,
			  [ATOM_EXECUTION] = PLACE_EXECUTION,
			  [ATOM_CHANNEL] = PLACE_CHANNEL,
			  [ATOM_COMPUTER] = PLACE_COMPUTER,
			  [ATOM_SECURITY] = PLACE_SECURITY},
	[PLACE_RENDERING] = {[ATOM_MESSAGE] = PLACE_MESSAGE},
};

/* What an element's text and its attributes are; ATOM_OTHER stands for the text. */
static const uint8_t slots[PLACE__COUNT][ATOM__COUNT] = {
	[PLACE_PROVIDER] = {[ATOM_NAME] = SLOT_PROVIDER, [ATOM_GUID] = SLOT_GUID},
	[PLACE_EVENT_ID] = {[ATOM_OTHER] = SLOT_EVENT_ID},
	[PLACE_VERSION] = {[ATOM_OTHER] = SLOT_VERSION},
	[PLACE_LEVEL] = {[ATOM_OTHER] = SLOT_LEVEL},
	[PLACE_TASK] = {[ATOM_OTHER] = SLOT_TASK},
	[PLACE_OPCODE] = {[ATOM_OTHER] = SLOT_OPCODE},
	[PLACE_KEYWORDS] = {[ATOM_OTHER] = SLOT_KEYWORDS},
	[PLACE_TIME] = {[ATOM_SYSTEM_TIME] = SLOT_TIME},
	[PLACE_RECORD_ID] = {[ATOM_OTHER] = SLOT_RECORD_ID},
	[PLACE_CORRELATION] = {[ATOM_ACTIVITY_ID] = SLOT_ACTIVITY},
	[PLACE_EXECUTION] =
		{[ATOM_PROCESS_ID] = SLOT_PROCESS_ID, [ATOM_THREAD_ID] = SLOT_THREAD_ID},
	[PLACE_CHANNEL] = {[ATOM_OTHER] = SLOT_CHANNEL},
	[PLACE_COMPUTER] = {[ATOM_OTHER] = SLOT_COMPUTER},
	[PLACE_SECURITY] = {[ATOM_USER_ID] = SLOT_SID},
	[PLACE_MESSAGE] = {[ATOM_OTHER] = SLOT_RENDERED},
};

enum slot_kind { SLOT_TEXT = 1, SLOT_UPPER, SLOT_U32, SLOT_U64, SLOT_NSEC, SLOT_UUID };

#define AT(field) offsetof(struct winlog_record, field)

static const struct {
	enum slot_kind kind;
	size_t at;
} slot_rows[SLOT__COUNT] = {
	[SLOT_PROVIDER] = {SLOT_TEXT, AT(provider)},
	[SLOT_GUID] = {SLOT_UPPER, AT(provider_guid)},
	[SLOT_CHANNEL] = {SLOT_TEXT, AT(channel)},
	[SLOT_COMPUTER] = {SLOT_TEXT, AT(computer)},
	[SLOT_SID] = {SLOT_TEXT, AT(user_sid)},
	[SLOT_RENDERED] = {SLOT_TEXT, AT(rendered)},
	[SLOT_EVENT_ID] = {SLOT_U32, AT(event_id)},
	[SLOT_VERSION] = {SLOT_U32, AT(version)},
	[SLOT_LEVEL] = {SLOT_U32, AT(level)},
	[SLOT_TASK] = {SLOT_U32, AT(task)},
	[SLOT_OPCODE] = {SLOT_U32, AT(opcode)},
	[SLOT_PROCESS_ID] = {SLOT_U32, AT(process_id)},
	[SLOT_THREAD_ID] = {SLOT_U32, AT(thread_id)},
	[SLOT_KEYWORDS] = {SLOT_U64, AT(keywords)},
	[SLOT_RECORD_ID] = {SLOT_U64, AT(record_id)},
	[SLOT_TIME] = {SLOT_NSEC, AT(time)},
	[SLOT_ACTIVITY] = {SLOT_UUID, AT(activity)},
};

int evtx_fields_init(struct evtx_fields *f, size_t text_max)
{
	*f = (struct evtx_fields){0};
	return evtx_out_init(&f->out, text_max);
}

void evtx_fields_finish(struct evtx_fields *f)
{
	evtx_out_finish(&f->out);
}

void evtx_fields_reset(struct evtx_fields *f)
{
	struct winlog_record *r = &f->record;

	/* All but the table of data, which is large and written before it is read. */
	memset(r, 0, AT(data));
	memset((char *)r + AT(n_data), 0, sizeof(*r) - AT(n_data));
	r->provider = r->provider_guid = r->channel = r->computer = "";
	r->user_sid = r->rendered = "";
	evtx_out_reset(&f->out);
	f->places[0] = PLACE_TOP;
	f->depth = 1;
	f->target = TARGET_NONE;
	f->is_leaf = false;
}

static void begin_target(struct evtx_fields *f, enum target target, uint8_t slot)
{
	f->target = (uint8_t)target;
	f->slot = slot;
	f->literal = NULL;
	f->start = f->out.len;
}

static const char *target_text(struct evtx_fields *f)
{
	return f->literal ? f->literal : evtx_out_end(&f->out, f->start);
}

static void store_number(struct evtx_fields *f, uint8_t slot, uint64_t number)
{
	char *at = (char *)&f->record + slot_rows[slot].at;

	if (slot_rows[slot].kind == SLOT_U64)
		memcpy(at, &number, sizeof(number));
	else
		memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
}

static void store_upper(struct evtx_fields *f, const char *text)
{
	struct evtx_out *out = &f->out;
	size_t start = out->len;

	for (; *text; text++)
		evtx_out_add(out, span_make(&(char){(char)toupper((unsigned char)*text)}, 1));
	f->record.provider_guid = evtx_out_end(out, start);
}

/* Digits of a fixed number of places, moved past. */
static int digits(const char **at, int places)
{
	int n = 0;

	for (; places > 0; places--, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		n = n * 10 + **at - '0';
	}
	return n;
}

/* `2026-11-22T14:00:00.1234567Z`: exported logs have text where live ones have a FILETIME. */
static void store_time(struct evtx_fields *f, const char *text)
{
	static const char ends[] = "--T::";
	int part[6] = {0};
	int64_t nsec = 0, unit = NSEC_PER_SEC;
	struct tm tm;

	for (int i = 0; i < 6; i++) {
		part[i] = digits(&text, i == 0 ? 4 : 2);
		if (part[i] < 0 || (i < 5 && *text++ != ends[i]))
			return;
	}
	if (*text++ == '.')
		for (; *text >= '0' && *text <= '9' && unit > 1; text++)
			nsec += (*text - '0') * (unit /= 10);
	if (part[0] < 1700 || part[0] > 2200)
		return;
	tm = (struct tm){.tm_year = part[0] - 1900,
			 .tm_mon = part[1] - 1,
			 .tm_mday = part[2],
			 .tm_hour = part[3],
			 .tm_min = part[4],
			 .tm_sec = part[5]};
	f->record.time = (int64_t)timegm(&tm) * NSEC_PER_SEC + nsec;
	f->record.has_time = true;
}

static void store_activity(struct evtx_fields *f, const char *text)
{
	uint8_t bytes[16];
	size_t n = 0;

	for (; *text && n < 32; text++) {
		int digit = hex_digit((uint8_t)*text);

		if (digit < 0 && *text != '{' && *text != '-')
			return;
		if (digit >= 0) {
			bytes[n / 2] = (uint8_t)(n % 2 ? bytes[n / 2] << 4 | digit : digit);
			n++;
		}
	}
	if (n < 32)
		return;
	memcpy(f->record.activity, bytes, sizeof(bytes));
	f->record.has_activity = true;
}

/* Decimal, or hexadecimal after 0x, as Keywords have it. */
static uint64_t number_of(const char *text)
{
	return strtoull(text, NULL, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
}

static void store_text(struct evtx_fields *f, uint8_t slot, const char *text)
{
	memcpy((char *)&f->record + slot_rows[slot].at, &text, sizeof(text));
}

/* What has come as text into a field that has one, or that is more than its text. */
static void store(struct evtx_fields *f, uint8_t slot, const char *text)
{
	static void (*const others[])(struct evtx_fields * f, const char *text) = {
		[SLOT_UPPER] = store_upper, [SLOT_NSEC] = store_time, [SLOT_UUID] = store_activity};
	enum slot_kind kind = slot_rows[slot].kind;

	if (kind == SLOT_TEXT)
		store_text(f, slot, text);
	else if (kind == SLOT_U32 || kind == SLOT_U64)
		store_number(f, slot, number_of(text));
	else
		others[kind](f, text);
}

static void end_target(struct evtx_fields *f)
{
	uint8_t target = f->target;
	const char *text;

	if (target == TARGET_NONE)
		return;
	f->target = TARGET_NONE;
	text = target_text(f);
	if (target == TARGET_NAME)
		f->leaf_name = text;
	else if (target == TARGET_VALUE)
		f->leaf_value = text;
	else if (*text)
		store(f, f->slot, text);
}

static void add_leaf(struct evtx_fields *f)
{
	evtx_fields_add(f, f->leaf_name, f->leaf_value);
}

void evtx_fields_add(struct evtx_fields *f, const char *name, const char *value)
{
	struct winlog_record *r = &f->record;

	if (r->n_data < WINLOG_DATA_MAX)
		r->data[r->n_data++] = (struct winlog_data){name, value};
	else
		r->n_data_lost++;
}

bool evtx_fields_open(struct evtx_fields *f, enum evtx_atom atom, const char *name)
{
	uint8_t parent = f->places[f->depth - 1], place = children[parent][atom];

	end_target(f);
	if (f->depth == EVTX_PLACES_MAX)
		return false;
	if (parent == PLACE_DATA_ROOT || parent == PLACE_DATA) {
		place = PLACE_DATA;
		f->is_leaf = true; /* and what it is in is none */
		f->leaf_name = atom == ATOM_DATA ? "" : name;
		f->leaf_value = "";
	}
	f->places[f->depth++] = place;
	return true;
}

void evtx_fields_attribute(struct evtx_fields *f, enum evtx_atom atom)
{
	uint8_t place = f->places[f->depth - 1], slot = slots[place][atom];

	end_target(f);
	if (place == PLACE_DATA && atom == ATOM_NAME)
		begin_target(f, TARGET_NAME, SLOT_NONE);
	else if (slot && atom != ATOM_OTHER)
		begin_target(f, TARGET_SLOT, slot);
}

void evtx_fields_content(struct evtx_fields *f)
{
	uint8_t place = f->places[f->depth - 1], slot = slots[place][ATOM_OTHER];

	end_target(f);
	if (place == PLACE_DATA)
		begin_target(f, TARGET_VALUE, SLOT_NONE);
	else if (slot)
		begin_target(f, TARGET_SLOT, slot);
}

/* A second piece of text: what was borrowed must be copied. */
static void own_literal(struct evtx_fields *f)
{
	if (!f->literal)
		return;
	evtx_out_add(&f->out, span_make(f->literal, f->literal_len));
	f->literal = NULL;
}

void evtx_fields_text(struct evtx_fields *f, const char *text, size_t len)
{
	if (f->target == TARGET_NONE || !len)
		return;
	if (!f->literal && f->out.len == f->start) {
		f->literal = text;
		f->literal_len = len;
		return;
	}
	own_literal(f);
	evtx_out_add(&f->out, span_make(text, len));
}

/* The common case: a number is one already and need not become text first. */
static bool store_typed(struct evtx_fields *f, struct evtx_value v)
{
	enum slot_kind kind = slot_rows[f->slot].kind;
	uint64_t number;

	if (kind == SLOT_NSEC)
		return f->record.has_time = evtx_value_time(v, &f->record.time);
	if ((kind != SLOT_U32 && kind != SLOT_U64) || !evtx_value_as_number(v, &number))
		return false;
	store_number(f, f->slot, number);
	return true;
}

/* In Windows' XML an array makes as many elements as it has values; elsewhere they stand side by side. */
static void array(struct evtx_fields *f, struct evtx_value v)
{
	struct span rest = v.bytes;
	struct evtx_value item;

	for (bool first = true; evtx_value_next(v.type, &rest, &item); first = false) {
		if (!first && f->target == TARGET_VALUE) {
			end_target(f);
			add_leaf(f);
			begin_target(f, TARGET_VALUE, SLOT_NONE);
		} else if (!first) {
			evtx_out_add(&f->out, span_str(" "));
		}
		evtx_value_print(&f->out, item);
	}
	evtx_out_bytes(&f->out, rest);
}

void evtx_fields_value(struct evtx_fields *f, struct evtx_value v)
{
	if (f->target == TARGET_NONE || (f->target == TARGET_SLOT && store_typed(f, v)))
		return;
	own_literal(f);
	if (v.type & EVTX_ARRAY)
		array(f, v);
	else
		evtx_value_print(&f->out, v);
}

void evtx_fields_absent(struct evtx_fields *f)
{
	if (f->target == TARGET_VALUE && !f->literal && f->out.len == f->start)
		f->is_leaf = false;
}

void evtx_fields_close(struct evtx_fields *f)
{
	end_target(f);
	if (f->is_leaf)
		add_leaf(f);
	f->is_leaf = false;
	f->depth--;
}

void evtx_fields_unwind(struct evtx_fields *f, size_t depth)
{
	while (f->depth > depth)
		evtx_fields_close(f);
}

const char *evtx_fields_print(struct evtx_fields *f, struct evtx_value v)
{
	size_t start = f->out.len;

	evtx_value_print(&f->out, v);
	return evtx_out_end(&f->out, start);
}
