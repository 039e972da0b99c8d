#include "event/gap.h"

#include <stdio.h>
#include <time.h>

/* As clock_format() has it, without allocation, so that a gap can always be told. */
static void format_time(char out[GAP_TIME_SIZE], int64_t nsec)
{
	int64_t rest = nsec % NSEC_PER_SEC, sec = nsec / NSEC_PER_SEC;
	char seconds[GAP_TIME_SIZE];
	struct tm tm = {0};
	time_t t;

	if (rest < 0) {
		rest += NSEC_PER_SEC;
		sec--;
	}
	t = (time_t)sec;
	gmtime_r(&t, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, GAP_TIME_SIZE, "%.19s.%07dZ", seconds, (int)(rest / 100));
}

void event_gap(struct event *e, struct gap *gap)
{
	*e = (struct event){.layout = event_layout_find(GAP_EVENT_ID),
			    .time = gap->end,
			    .computer = gap->computer};
	format_time(gap->begin_text, gap->begin);
	format_time(gap->end_text, gap->end);
	event_set_text(e, FACT_GAP_REASON, gap->reason);
	event_set_text(e, FACT_GAP_BEGIN, gap->begin_text);
	event_set_text(e, FACT_GAP_END, gap->end_text);
	if (gap->packets)
		event_set_number(e, FACT_GAP_PACKETS, gap->packets);
	event_set_text(e, FACT_SOURCE, gap->source);
}
