#include "event/event.h"

void event_set_text(struct event *e, enum fact f, const char *text)
{
	if (text)
		e->facts[f] = (struct value){.kind = VALUE_TEXT, .text = text};
	else
		e->facts[f] = (struct value){.kind = VALUE_ABSENT};
}

void event_set_number(struct event *e, enum fact f, uint64_t number)
{
	e->facts[f] = (struct value){.kind = VALUE_NUMBER, .number = number};
}

void event_set_status(struct event *e, uint32_t status)
{
	event_set_number(e, FACT_STATUS, status);
	event_set_number(e, FACT_STATUS_TEXT, status);
}

const char *event_origin_name(enum event_origin origin)
{
	static const char *const names[ORIGIN__COUNT] = {
		[ORIGIN_CAPTURE] = "capture",
		[ORIGIN_LOG] = "log",
	};

	return origin < ORIGIN__COUNT ? names[origin] : names[ORIGIN_LOG];
}
