/* ntlmaudit search: the events of the log that match, now and as they come. */
#include "cmd/cmd.h"
#include "cmd/log.h"
#include "cmd/output.h"
#include "cmd/query.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FOLLOW_SHOWN 10 /* of the events that are there already, as tail and journalctl do */
#define POLL_MSEC 250

struct search_options {
	struct query_options query; /* first: the shared options */
	bool follow;
};

struct searching {
	struct output out;
	uint64_t found;
	uint64_t last; /* highest EventRecordID seen */
};

static volatile sig_atomic_t stopped;

static const char *set_follow(void *options, const char *value)
{
	(void)value;
	((struct search_options *)options)->follow = true;
	return NULL;
}

static const struct option_row search_table[] = {
	{'f', "follow", NULL, "the last ten, then new ones as they are stored, until ^C",
	 set_follow},
	{0},
};

static const struct option_help search_help = {
	.usage = "ntlmaudit search [OPTION...]",
	.about = "Prints the events of the channel log that match all that is asked for, in the "
		 "order\n"
		 "of the log. Times are UTC.\n"
		 "Exit status: 0 events were printed, 1 none matched, 2 wrong usage, 3 the log "
		 "could not\n"
		 "be read.\n",
	.examples = "examples:\n"
		    "  ntlmaudit search --since yesterday --min-level warning\n"
		    "  ntlmaudit search --user 'svc-*' --version NTLMv1 -o json\n"
		    "  ntlmaudit search --address 192.0.2.0/24 --outcome failed --follow\n",
};

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static int on_event(void *ctx, const struct event *e)
{
	struct searching *s = ctx;
	int rc = output_event(&s->out, e);

	s->found++;
	if (e->record > s->last)
		s->last = e->record;
	return rc < 0 ? rc : stopped;
}

static int on_finding(void *ctx, const struct finding *f)
{
	int rc = output_finding(&((struct searching *)ctx)->out, f);

	return rc < 0 ? rc : stopped;
}

static const struct query_ops ops = {on_event, on_finding};

/* Beyond what was there before the search, so that what does not match is looked at once. */
static int last_record(struct store *store, uint64_t *ret_last, struct text *why)
{
	struct store_summary summary;
	int rc = store_summarise(store, &summary, why);

	if (rc == 0)
		*ret_last = summary.last_record;
	return rc;
}

static int poll_once(struct store *store, struct query_options *o, struct searching *s,
		     struct text *why)
{
	uint64_t last = 0;
	int rc = last_record(store, &last, why);

	if (rc < 0 || last <= s->last)
		return rc;
	o->query.after = s->last;
	rc = query_run(store, o, &ops, s, why);
	if (s->last < last)
		s->last = last;
	return rc;
}

/* Until it is time to look again. Whoever read may be gone long before there is something to write to find that out by. */
static void wait_a_while(void)
{
	struct pollfd reader = {.fd = STDOUT_FILENO};

	if (poll(&reader, 1, POLL_MSEC) > 0) {
		raise(SIGPIPE);
		stopped = 1; /* it is ignored */
	}
}

static int follow(struct store *store, struct query_options *o, struct searching *s,
		  struct text *why)
{
	int rc = output_flush(&s->out);

	o->newest = 0;
	o->findings = false;
	while (rc == 0 && !stopped) {
		wait_a_while();
		rc = stopped ? 0 : poll_once(store, o, s, why);
	}
	return rc;
}

static int search(struct store *store, struct search_options *o, struct searching *s,
		  struct text *why)
{
	int rc = o->follow ? last_record(store, &s->last, why) : 0;

	if (rc == 0)
		rc = query_run(store, &o->query, &ops, s, why);
	if (rc == 0 && o->follow)
		rc = follow(store, &o->query, s, why);
	return rc;
}

static int search_log(struct store *store, struct search_options *o)
{
	struct searching s = {0};
	struct text why;
	int rc, written;

	text_init(&why, 0);
	output_init(&s.out, stdout, o->query.format, o->query.rendered);
	s.out.style.colour = choice_colour(o->query.color);
	s.out.style.explain = o->query.explain;
	s.out.live = o->follow || isatty(STDOUT_FILENO);
	rc = search(store, o, &s, &why);
	written = output_finish(&s.out);
	if (written < 0)
		say("standard output: %s", output_error(written));
	else if (rc < 0)
		log_failed(rc, &why);
	text_finish(&why);
	if (written < 0 || rc < 0)
		return EXIT_PARTLY;
	return s.found ? EXIT_DONE : EXIT_NOTHING;
}

static void catch_signals(void)
{
	struct sigaction stop = {.sa_handler = on_signal};

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
}

int cmd_search(int argc, char **argv)
{
	struct search_options o = {0};
	struct store *store;
	int first, rc;

	query_options_init(&o.query, "short");
	first = query_parse(argc, argv, search_table, &search_help, &o.query);
	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	if (first < argc) {
		say("search takes options only, not '%s'; see ntlmaudit search --help",
		    argv[first]);
		return EXIT_USAGE;
	}
	if (o.follow && o.query.query.newest_first) {
		say("--follow and --reverse do not go together");
		return EXIT_USAGE;
	}
	if (o.follow && !o.query.newest)
		o.query.newest = FOLLOW_SHOWN;
	rc = log_open(o.query.log, STORE_READ, NULL, &store);
	if (rc != EXIT_DONE)
		return rc;
	if (o.follow)
		catch_signals();
	rc = search_log(store, &o);
	store_close(store);
	return rc;
}
