/*
 * Drives a forwarder as the daemon does:
 *   forward-run LOG TARGET FOLDER [QUEUE-BYTES]
 * Standard input says what to do, a line each: `status`, `reopen`, `stop`; its end is `stop`. Whoever says nothing has it run on.
 * A line on standard output for each status that changed, as JSON.
 */
#include "sink/forward.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_text(const char *s)
{
	putchar('"');
	for (; s && *s; s++)
		if ((unsigned char)*s >= ' ' && !strchr("\"\\", *s))
			putchar(*s);
	putchar('"');
}

static void put_status(const struct forward *f, int wait)
{
	struct forward_status s;

	forward_status(f, &s);
	printf("{\"sent\": %" PRIu64 ", \"waiting\": %" PRIu64 ", \"dropped\": %" PRIu64
	       ", \"failures\": %" PRIu64 ", \"cut\": %" PRIu64 ", \"reached\": %s, \"wait\": %d, ",
	       s.sent, s.waiting, s.dropped, s.failures, forward_cut(f),
	       s.reached ? "true" : "false", wait);
	printf("\"problem\": ");
	put_text(s.problem);
	printf("}\n");
	fflush(stdout);
}

static bool has_changed(const struct forward *f, struct forward_status *last)
{
	struct forward_status now;
	bool changed;

	forward_status(f, &now);
	changed = now.sent != last->sent || now.waiting != last->waiting ||
		  now.dropped != last->dropped || now.failures != last->failures ||
		  now.reached != last->reached || !now.problem != !last->problem;
	*last = now;
	return changed;
}

/* False: stop. */
static bool obey(struct forward *f, int wait)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	char line[64];

	if (poll(&in, 1, wait) <= 0)
		return true;
	if (!fgets(line, sizeof(line), stdin) || strcmp(line, "stop\n") == 0)
		return false;
	if (strcmp(line, "reopen\n") == 0)
		forward_reopen(f);
	if (strcmp(line, "status\n") == 0)
		put_status(f, wait);
	return true;
}

static void run(struct forward *f)
{
	struct forward_status last = {0};
	/* Waits that are shorter than the program's, so that tests are. */
	const char *cap = getenv("FORWARD_WAIT_MAX");
	int wait, max = cap ? atoi(cap) : 60000;

	do {
		wait = forward_run(f);
		if (has_changed(f, &last))
			put_status(f, wait);
	} while (obey(f, wait < max ? wait : max));
	put_status(f, 0);
}

int main(int argc, char **argv)
{
	struct forward_options options = {.log = argv[1]};
	struct forward *f = NULL;
	struct text why;
	int rc;

	if (argc < 4)
		return 2;
	signal(SIGXFSZ, SIG_IGN);
	setvbuf(stdin, NULL, _IONBF, 0);
	options.target = argv[2];
	options.folder = argv[3];
	options.queue_bytes = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	text_init(&why, 4096);
	rc = forward_new(&options, &why, &f);
	if (rc < 0) {
		printf("error %d %s\n", rc, why.ptr ? why.ptr : "");
	} else {
		printf("ready\n");
		fflush(stdout);
		run(f);
		forward_free(f);
	}
	text_finish(&why);
	return rc < 0;
}
