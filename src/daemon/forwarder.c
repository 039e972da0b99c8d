/* A forwarder: brings what the log holds to one target. */
#include "daemon/log-folder.h"
#include "daemon/say.h"
#include "daemon/station.h"
#include "daemon/status.h"
#include "sink/forward.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

static void tell(const struct station *st, struct forward *f, const char *target)
{
	struct forward_status now;
	struct status_forward row = {0};

	forward_status(f, &now);
	status_copy(row.target, sizeof(row.target), target);
	status_take_forward(&row, &now);
	row.cut = forward_cut(f);
	station_count(st, &row, sizeof(row));
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
	text_printf(&folder, "%s/" LOG_FOLDER_FORWARD, member_folder(options.log));
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
