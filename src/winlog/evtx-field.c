#include "winlog/evtx-field.h"

#include "winlog/evtx-slot.h"

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
	PLACE_EVENT_DATA,
	PLACE_USER_DATA,
	PLACE_DATA, /* whatever is in them */
	PLACE__COUNT
};

enum target { TARGET_NONE, TARGET_SLOT, TARGET_NAME, TARGET_VALUE };

static const uint8_t children[PLACE__COUNT][ATOM__COUNT] = {
	[PLACE_TOP] = {[ATOM_EVENT] = PLACE_EVENT},
	[PLACE_EVENT] = {[ATOM_SYSTEM] = PLACE_SYSTEM,
			 [ATOM_EVENT_DATA] = PLACE_EVENT_DATA,
			 [ATOM_USER_DATA] = PLACE_USER_DATA,
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
	[PLACE_PROVIDER] = {[ATOM_NAME] = EVTX_SLOT_PROVIDER, [ATOM_GUID] = EVTX_SLOT_GUID},
	[PLACE_EVENT_ID] = {[ATOM_OTHER] = EVTX_SLOT_EVENT_ID},
	[PLACE_VERSION] = {[ATOM_OTHER] = EVTX_SLOT_VERSION},
	[PLACE_LEVEL] = {[ATOM_OTHER] = EVTX_SLOT_LEVEL},
	[PLACE_TASK] = {[ATOM_OTHER] = EVTX_SLOT_TASK},
	[PLACE_OPCODE] = {[ATOM_OTHER] = EVTX_SLOT_OPCODE},
	[PLACE_KEYWORDS] = {[ATOM_OTHER] = EVTX_SLOT_KEYWORDS},
	[PLACE_TIME] = {[ATOM_SYSTEM_TIME] = EVTX_SLOT_TIME},
	[PLACE_RECORD_ID] = {[ATOM_OTHER] = EVTX_SLOT_RECORD_ID},
	[PLACE_CORRELATION] = {[ATOM_ACTIVITY_ID] = EVTX_SLOT_ACTIVITY},
	[PLACE_EXECUTION] =
		{[ATOM_PROCESS_ID] = EVTX_SLOT_PROCESS_ID, [ATOM_THREAD_ID] = EVTX_SLOT_THREAD_ID},
	[PLACE_CHANNEL] = {[ATOM_OTHER] = EVTX_SLOT_CHANNEL},
	[PLACE_COMPUTER] = {[ATOM_OTHER] = EVTX_SLOT_COMPUTER},
	[PLACE_SECURITY] = {[ATOM_USER_ID] = EVTX_SLOT_SID},
	[PLACE_MESSAGE] = {[ATOM_OTHER] = EVTX_SLOT_RENDERED},
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
	memset(r, 0, offsetof(struct winlog_record, data));
	memset((char *)r + offsetof(struct winlog_record, n_data), 0,
	       sizeof(*r) - offsetof(struct winlog_record, n_data));
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
		evtx_slot_text(&f->record, f->slot, text, &f->out);
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
	if (parent == PLACE_EVENT_DATA || parent == PLACE_USER_DATA || parent == PLACE_DATA) {
		place = PLACE_DATA;
		/* What it is in is none; and UserData has one element around its leaves. */
		f->is_leaf = parent != PLACE_USER_DATA;
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
		begin_target(f, TARGET_NAME, EVTX_SLOT_NONE);
	else if (slot && atom != ATOM_OTHER)
		begin_target(f, TARGET_SLOT, slot);
}

void evtx_fields_content(struct evtx_fields *f)
{
	uint8_t place = f->places[f->depth - 1], slot = slots[place][ATOM_OTHER];

	end_target(f);
	if (place == PLACE_DATA)
		begin_target(f, TARGET_VALUE, EVTX_SLOT_NONE);
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

/* In Windows' XML an array makes as many elements as it has values; elsewhere they stand side by side. */
static void array(struct evtx_fields *f, struct evtx_value v)
{
	struct span rest = v.bytes;
	struct evtx_value item;

	for (bool first = true; evtx_value_next(v.type, &rest, &item); first = false) {
		if (!first && f->target == TARGET_VALUE) {
			end_target(f);
			add_leaf(f);
			begin_target(f, TARGET_VALUE, EVTX_SLOT_NONE);
		} else if (!first) {
			evtx_out_add(&f->out, span_str(" "));
		}
		evtx_value_print(&f->out, item);
	}
	evtx_out_bytes(&f->out, rest);
}

void evtx_fields_value(struct evtx_fields *f, struct evtx_value v)
{
	if (f->target == TARGET_NONE ||
	    (f->target == TARGET_SLOT && evtx_slot_value(&f->record, f->slot, v)))
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
