/* Until when all that was seen is stored: told to the next daemon, and learned of the one before. */
#include "daemon/keeper.h"

#include "daemon/alive.h"

#include <errno.h>

#define ALIVE_NSEC (10 * NSEC_PER_SEC)

/* As one that was told: it stays with the keeper until it is in the log for good. */
static void tell(struct keeper *k, const struct gap *gap)
{
	struct pack out;

	parcel_begin(&out, k->st->out, PARCEL_GAP);
	parcel_put_gap(&out, gap);
	if (!out.full) /* behind the type */
		waiting_add(&k->waiting, PARCEL_GAP, pack_span(&out, 1), clock_monotonic());
}

void keeper_alive_begin(struct keeper *k)
{
	struct alive before;
	struct gap gap;

	if (k->has_begun)
		return;
	k->has_begun = true;
	if (alive_read(k->st->options->log, &before) == 0 &&
	    alive_gap(&before, k->st->since, k->st->ended_before, &gap))
		tell(k, &gap);
}

/* Only the decoder knows of what is under way to us: the next daemon takes off a moment for that. */
static bool is_all_stored(const struct keeper *k)
{
	return k->store && !k->is_lost && !k->uncommitted && k->latest == k->acked &&
	       !k->waiting.first && !k->gaps.first;
}

void keeper_alive_look(struct keeper *k, bool ends)
{
	const struct alive now = {.since = k->st->since, .until = clock_wall(), .is_stopped = ends};
	int64_t at = clock_monotonic();

	if (!is_all_stored(k) || (at < k->next_alive && !ends))
		return;
	k->next_alive = at + ALIVE_NSEC;
	if (alive_write(k->st->options->log, &now) < 0)
		return; /* a full disk, or somebody else's folder: the log says so when it is written to */
}
