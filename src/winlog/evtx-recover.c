#include "winlog/evtx-recover.h"

#include "event/schema.h"

#include <strings.h>

#define SYSTEM_VALUES 14 /* that all of Windows' System templates begin with */

/* [type] at its position in the values of the System template; what is not here is optional or of no use. */
static const struct {
	uint8_t position, type;
} system_types[] = {
	{0, EVTX_UINT8}, {1, EVTX_UINT8},    {2, EVTX_UINT16},	{3, EVTX_UINT16},
	{5, EVTX_HEX64}, {6, EVTX_FILETIME}, {10, EVTX_UINT64}, {11, EVTX_UINT8},
};

#define OPEN(atom)                                                                                 \
	{OP_OPEN, atom, 0, 0, ""},                                                                 \
	{                                                                                          \
		OP_CONTENT, 0, 0, 0, NULL                                                          \
	}
#define VALUE(number)                                                                              \
	{                                                                                          \
		OP_VALUE, 0, number, 0, NULL                                                       \
	}
#define CLOSE                                                                                      \
	{                                                                                          \
		OP_CLOSE, 0, 0, 0, NULL                                                            \
	}
#define ELEMENT(atom, number) OPEN(atom), VALUE(number), CLOSE
#define EMPTY(atom)                                                                                \
	{                                                                                          \
		OP_OPEN, atom, 0, 0, ""                                                            \
	}
#define ATTRIBUTE(atom, number) {OP_ATTRIBUTE, atom, 0, 0, NULL}, VALUE(number)

/* Windows' template, as far as its values go. */
static const struct evtx_step system_steps[] = {
	OPEN(ATOM_EVENT),
	OPEN(ATOM_SYSTEM),
	EMPTY(ATOM_PROVIDER),
	ATTRIBUTE(ATOM_NAME, 14),
	ATTRIBUTE(ATOM_GUID, 15),
	CLOSE,
	ELEMENT(ATOM_EVENT_ID, 3),
	ELEMENT(ATOM_VERSION, 11),
	ELEMENT(ATOM_LEVEL, 0),
	ELEMENT(ATOM_TASK, 2),
	ELEMENT(ATOM_OPCODE, 1),
	ELEMENT(ATOM_KEYWORDS, 5),
	EMPTY(ATOM_TIME_CREATED),
	ATTRIBUTE(ATOM_SYSTEM_TIME, 6),
	CLOSE,
	ELEMENT(ATOM_EVENT_RECORD_ID, 10),
	EMPTY(ATOM_CORRELATION),
	ATTRIBUTE(ATOM_ACTIVITY_ID, 7),
	CLOSE,
	EMPTY(ATOM_EXECUTION),
	ATTRIBUTE(ATOM_PROCESS_ID, 8),
	ATTRIBUTE(ATOM_THREAD_ID, 9),
	CLOSE,
	ELEMENT(ATOM_CHANNEL, 16),
	EMPTY(ATOM_SECURITY),
	ATTRIBUTE(ATOM_USER_ID, 12),
	CLOSE,
	CLOSE, /* System */
	CLOSE,
};

/* The event's own data come after System, as a value that is BinXml. */
static const struct evtx_step event_steps[] = {OPEN(ATOM_EVENT), VALUE(0), CLOSE};

static bool is_system(struct evtx_values v)
{
	if (v.n < SYSTEM_VALUES)
		return false;
	for (size_t i = 0; i < sizeof(system_types) / sizeof(system_types[0]); i++)
		if (v.values[system_types[i].position].type != system_types[i].type)
			return false;
	return true;
}

/* Do the provider's name and GUID, and the channel, stand in the values? Else they stood in the template. */
static bool has_names(struct evtx_values v)
{
	return v.n > 16 && v.values[14].type == EVTX_STRING && v.values[15].type == EVTX_GUID &&
	       v.values[16].type == EVTX_STRING;
}

static bool recover_system(struct evtx_engine *e, const struct evtx_instance *instance)
{
	static const struct evtx_program system = {system_steps,
						   sizeof(system_steps) / sizeof(system_steps[0])};
	static const struct evtx_program event = {event_steps,
						  sizeof(event_steps) / sizeof(event_steps[0])};
	struct evtx_values values = instance->values, head = values;

	if (!is_system(values))
		return evtx_engine_fail(e, "its template is gone", instance->pos);
	head.n = has_names(values) ? values.n : SYSTEM_VALUES;
	if (!evtx_run(e, &system, head))
		return false;
	for (size_t i = SYSTEM_VALUES; i < values.n; i++)
		if (values.values[i].type == EVTX_BINXML)
			return evtx_run(e, &event, (struct evtx_values){&values.values[i], 1});
	return true;
}

static bool fits(const struct event_layout *layout, struct evtx_values v)
{
	static const uint8_t types[] = {[WIN_STRING] = EVTX_STRING,
					[WIN_U32] = EVTX_UINT32,
					[WIN_H32] = EVTX_HEX32,
					[WIN_H64] = EVTX_HEX64,
					[WIN_BOOL] = EVTX_BOOL};

	if (layout->n_fields != v.n)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (v.values[i].type != EVTX_NULL &&
		    v.values[i].type != types[layout->fields[i].type])
			return false;
	return true;
}

static const struct event_layout *layout_of(const struct winlog_record *r, struct evtx_values v)
{
	for (size_t i = 0; i < n_event_layouts; i++) {
		const struct event_layout *l = &event_layouts[i];

		if (l->id == r->event_id && strcasecmp(l->provider->name, r->provider) == 0 &&
		    fits(l, v))
			return l;
	}
	return NULL;
}

static bool recover_data(struct evtx_engine *e, struct evtx_values v)
{
	const struct event_layout *layout = layout_of(&e->fields.record, v);

	for (size_t i = 0; i < v.n; i++)
		evtx_fields_add(&e->fields, layout ? layout->fields[i].name : "",
				evtx_fields_print(&e->fields, v.values[i]));
	return true;
}

bool evtx_recover(struct evtx_engine *e, const struct evtx_instance *instance)
{
	if (e->nesting == 1)
		return recover_system(e, instance);
	return recover_data(e, instance->values);
}
