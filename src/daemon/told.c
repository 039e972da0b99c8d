#include "daemon/told.h"

#include "daemon/station.h"
#include "daemon/status.h"

static void tell(struct station *st, const struct told_gap *row)
{
	const struct gap gap = {
		.begin = row->begin,
		.end = row->end,
		.packets = row->packets,
		.reason = row->reason,
		.source = row->source[0] ? row->source : NULL,
	};
	struct pack out;

	parcel_begin(&out, st->out, PARCEL_GAP);
	parcel_put_gap(&out, &gap);
	station_send(st, MEMBER_KEEPER, &out);
}

void told_gap(struct station *st, const struct gap *gap)
{
	struct told_gap *row = &st->told.rows[st->told.n++ % TOLD_MAX];

	*row = (struct told_gap){.begin = gap->begin, .end = gap->end, .packets = gap->packets};
	status_copy(row->reason, sizeof(row->reason), gap->reason);
	status_copy(row->source, sizeof(row->source), gap->source);
	tell(st, row);
}

void told_again(struct station *st)
{
	const struct told *t = &st->told;

	for (size_t i = t->n > TOLD_MAX ? t->n - TOLD_MAX : 0; i < t->n; i++)
		tell(st, &t->rows[i % TOLD_MAX]);
}
