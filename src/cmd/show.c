/* ntlmaudit show: the whole story of one logon. */
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/log.h"
#include "cmd/option.h"
#include "cmd/output.h"
#include "cmd/query.h"
#include "cmd/show.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct show_options {
	const char *log;
	bool json;
	enum choice color;
};

static const char *set_output(void *options, const char *value)
{
	static const struct choice_word words[] = {{"text", 0}, {"json", 1}, {NULL, 0}};
	int json;

	if (!choice_find(words, value, &json))
		return "should be text or json";
	((struct show_options *)options)->json = json != 0;
	return NULL;
}

static const char *set_log(void *options, const char *value)
{
	((struct show_options *)options)->log = value;
	return NULL;
}

static const char *set_color(void *options, const char *value)
{
	return choice_set(&((struct show_options *)options)->color, value);
}

static const struct option_row show_table[] = {
	{'o', "output", "FORMAT", "text (default) or json", set_output},
	{0, "log", "PATH", "the log; else $NTLMAUDIT_LOG, else the installation's", set_log},
	{0, "color", "WHEN", "auto (default), always or never", set_color},
	{0},
};

static const struct option_help show_help = {
	.usage = "ntlmaudit show [OPTION...] ACTIVITY|RECORD",
	.about = "Tells the whole story of one logon: all its events in the channel log, of the "
		 "client,\n"
		 "the server and domain controllers, and who asked whom; what shows the reason; "
		 "what is missing;\n"
		 "and the findings that rest on it. ACTIVITY is an ActivityID, RECORD an "
		 "EventRecordID.\n"
		 "Events that share no ActivityID are joined by logon ID, or by user, machines and "
		 "time, and\n"
		 "marked so.\n"
		 "Exit status: 0 shown, 1 there is no such event, 2 wrong usage, 3 the log could "
		 "not "
		 "be\n"
		 "read.\n",
	.examples = "examples:\n"
		    "  ntlmaudit show 1371\n"
		    "  ntlmaudit show '{E4D8D5C1-4F7E-0006-C2D5-D8E47E4FD601}'\n",
};

static bool key_parse(const char *s, struct story_key *key)
{
	key->by_record = query_number(s, &key->record) && key->record > 0;
	return key->by_record || query_guid(s, key->activity);
}

static int print(const struct story *story, const struct show_options *o)
{
	struct format_style style = {.colour = choice_colour(o->color), .explain = true};
	struct text out;
	int rc = EXIT_DONE;

	text_init(&out, 0);
	if (o->json)
		show_json(&out, story);
	else
		show_text(&out, &style, story);
	if (!output_text(&out))
		rc = EXIT_PARTLY;
	text_finish(&out);
	return rc;
}

static int show(struct store *s, const struct story_key *key, const struct show_options *o)
{
	static struct story story; /* its events are large */
	struct text why;
	int rc;

	text_init(&why, 0);
	rc = story_find(&story, s, key, &why);
	if (rc < 0)
		rc = log_failed(rc, &why);
	else if (story.n)
		rc = print(&story, o);
	else
		rc = EXIT_NOTHING;
	if (rc == EXIT_NOTHING)
		say("there is no such event in the log");
	story_finish(&story);
	text_finish(&why);
	return rc;
}

int cmd_show(int argc, char **argv)
{
	struct show_options o = {0};
	struct story_key key = {0};
	struct store *store;
	int first = option_parse(argc, argv, show_table, &show_help, &o), rc;

	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	if (argc - first != 1 || !key_parse(argv[first], &key)) {
		say("name one ActivityID or EventRecordID; see ntlmaudit show --help");
		return EXIT_USAGE;
	}
	rc = log_open(o.log, STORE_READ, NULL, &store);
	if (rc != EXIT_DONE)
		return rc;
	rc = show(store, &key, &o);
	store_close(store);
	return rc;
}
