/* A forwarder: brings what the log holds to one target. */
#include "daemon/say.h"
#include "daemon/station.h"
#include "daemon/status.h"
#include "sink/forward.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define FOLDER_NAME "forward"

static void tell(const struct station *st, struct forward *f, const char *target)
{
	struct forward_status now;
	struct status_forward row = {0};
	struct pack out;

	forward_status(f, &now);
	status_copy(row.target, sizeof(row.target), target);
	status_take_forward(&row, &now);
	row.cut = forward_cut(f);
	parcel_begin(&out, st->out, PARCEL_COUNTS);
	pack_bytes(&out, &row, sizeof(row));
	station_send(st, MEMBER_KEEPER, &out);
}

/* Beside the log. */
static void folder_of(const char *log, struct text *out)
{
	const char *slash = strrchr(log, '/');

	text_add(out, log, slash ? (size_t)(slash - log) + 1 : 0);
	text_puts(out, FOLDER_NAME);
}

static void turn(const struct station *st, struct forward *f, const char *target)
{
	int wait;

	if (station_hung_up) {
		station_hung_up = 0;
		forward_reopen(f);
	}
	wait = forward_run(f);
	tell(st, f, target);
	station_beat(st);
	if (wait > 0 && !station_stopped)
		(void)poll(NULL, 0, wait);
}

int forwarder_main(struct station *st, const char *target)
{
	struct forward_options options = {
		.log = st->options->log,
		.target = target,
		.queue_bytes = (uint64_t)policy_number(st->policy, SETTING_FORWARD_QUEUE_MIB) << 20,
	};
	struct forward *f = NULL;
	struct text folder, why;
	int rc;

	text_init(&folder, 0);
	text_init(&why, 0);
	folder_of(options.log, &folder);
	options.folder = folder.ptr;
	rc = folder.failed ? -ENOMEM : forward_new(&options, &why, &f);
	if (rc < 0)
		daemon_say("%s: %s", target, why.ptr ? why.ptr : strerror(-rc));
	while (rc == 0 && !station_stopped)
		turn(st, f, target);
	if (rc == 0) { /* what the keeper wrote last */
		forward_run(f);
		tell(st, f, target);
	}
	forward_free(f);
	text_finish(&folder);
	text_finish(&why);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
