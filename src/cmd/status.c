/* ntlmaudit status: what the daemon is doing, and whether it is well. */
#include "base/mem.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/option.h"
#include "cmd/output.h"
#include "cmd/status-ask.h"
#include "cmd/status-print.h"
#include "daemon/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Scripts ask by these: they are in the manual. */
enum { STATUS_WELL = 0, STATUS_UNWELL = 1, STATUS_ABSENT = 3 };

struct status_options {
	const char *run_dir;
	int json;
	enum choice color;
};

static const struct choice_word outputs[] = {{"text", false}, {"json", true}, {NULL, 0}};

static const char *set_output(void *options, const char *value)
{
	struct status_options *o = options;

	return choice_find(outputs, value, &o->json) ? NULL : "should be text or json";
}

static const char *set_run_dir(void *options, const char *value)
{
	((struct status_options *)options)->run_dir = value;
	return NULL;
}

static const char *set_color(void *options, const char *value)
{
	return choice_set(&((struct status_options *)options)->color, value);
}

static const struct option_row status_table[] = {
	{'o', "output", "FORMAT", "text (default) or json", set_output},
	{0, "run-dir", "DIR", "where the daemon's socket is; default: " STATUS_RUN_DIR,
	 set_run_dir},
	{0, "color", "WHEN", "auto (default), always or never", set_color},
	{0},
};

static const struct option_help status_help = {
	.usage = "ntlmaudit status [OPTION...]",
	.about = "Tells how it stands with ntlmauditd: its processes, what it captures and what it "
		 "had\nto drop, what became of that, the log, where events are forwarded, and the "
		 "policy in\nforce. Counters that are zero are left out.\n\n"
		 "Exit status: 0 it runs and all is well, 1 it runs with problems, 2 wrong usage,\n"
		 "3 it does not run, or does not answer.\n",
	.examples = "examples:\n"
		    "  ntlmaudit status\n"
		    "  ntlmaudit status -o json | jq .log\n"
		    "  curl --unix-socket " STATUS_RUN_DIR "/" STATUS_SOCKET " http://x/metrics\n",
};

static void put_json(struct text *out, json_t *status)
{
	/* ASCII: whatever a name holds, it does nothing to a terminal. */
	char *json = json_dumps(status, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (json)
		text_puts(out, json);
	else
		out->failed = true;
	text_putc(out, '\n');
	mem_free(json);
}

static int show(const struct status_options *o, json_t *status)
{
	struct format_style style = {.colour = choice_colour(o->color)};
	int rc = status_n_problems(status) ? STATUS_UNWELL : STATUS_WELL;
	struct text out;

	text_init(&out, 0);
	if (o->json)
		put_json(&out, status);
	else
		status_print(&out, &style, status);
	if (!output_text(&out))
		rc = STATUS_ABSENT;
	text_finish(&out);
	return rc;
}

int cmd_status(int argc, char **argv)
{
	struct status_options options = {.run_dir = STATUS_RUN_DIR};
	int first = option_parse(argc, argv, status_table, &status_help, &options), rc;
	struct text why;
	json_t *status;

	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	if (first < argc) {
		say("status takes no arguments: %s", argv[first]);
		return EXIT_USAGE;
	}
	text_init(&why, 0);
	rc = status_ask(options.run_dir, &why, &status);
	if (rc == 0) {
		rc = show(&options, status);
		json_decref(status);
	} else {
		if (status_is_absent(rc))
			say("ntlmauditd does not run; this starts it: %s", status_start_line());
		else
			say("%s", why.ptr ? why.ptr : strerror(-rc));
		rc = STATUS_ABSENT;
	}
	text_finish(&why);
	return rc;
}
