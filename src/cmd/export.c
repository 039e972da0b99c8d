/* ntlmaudit export: everything that matches, into a file that is there whole or not at all. */
#include "cmd/cmd.h"
#include "cmd/log.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/query.h"
#include "cmd/target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_EVERY 1024

struct export_options {
	struct query_options query; /* first: the shared options */
	bool quiet;
};

struct exporting {
	struct output out;
	struct progress progress;
	uint64_t found, findings;
};

static const char *set_quiet(void *options, const char *value)
{
	(void)value;
	((struct export_options *)options)->quiet = true;
	return NULL;
}

static const struct option_row export_table[] = {
	{'q', "quiet", NULL, "no progress, no closing line", set_quiet},
	{0},
};

static const struct option_help export_help = {
	.usage = "ntlmaudit export [OPTION...] FILE",
	.about = "Writes the events of the channel log that match all that is asked for to FILE; "
		 "- is\n"
		 "standard output. The format is the one named, else that of FILE's ending "
		 "(.evtx, .csv,\n"
		 ".xml, .json, .txt), else json. FILE is replaced only once it is whole.\n"
		 "Exit status: 0 events were written, 1 none matched, 2 wrong usage, 3 the log "
		 "could "
		 "not\n"
		 "be read or the file not written.\n",
	.examples = "examples:\n"
		    "  ntlmaudit export --since -30d ntlm.evtx\n"
		    "  ntlmaudit export --version NTLMv1 -o csv ntlmv1.csv\n"
		    "  ntlmaudit export -o json - | gzip > ntlm.json.gz\n",
};

static int on_event(void *ctx, const struct event *e)
{
	struct exporting *x = ctx;

	if (++x->found % PROGRESS_EVERY == 0)
		progress_show(&x->progress, x->out.bytes, 0);
	return output_event(&x->out, e);
}

static int on_finding(void *ctx, const struct finding *f)
{
	struct exporting *x = ctx;

	x->findings++;
	return output_finding(&x->out, f);
}

/* What a file's ending says; NULL where it says nothing. */
static const char *format_of_name(const char *path)
{
	static const struct {
		const char *ending, *format;
	} endings[] = {{".evtx", "evtx"},   {".xml", "xml"}, {".json", "json"}, {".jsonl", "json"},
		       {".ndjson", "json"}, {".csv", "csv"}, {".txt", "text"}};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i].ending) == 0)
			return endings[i].format;
	return NULL;
}

static void say_done(const struct exporting *x, const char *path)
{
	if (strcmp(path, "-") != 0)
		say("%s: %" PRIu64 " event%s and %" PRIu64 " finding%s written", path, x->found,
		    x->found == 1 ? "" : "s", x->findings, x->findings == 1 ? "" : "s");
	if (x->out.cut)
		say("%s: %" PRIu64 " texts were longer than the format holds, and were cut", path,
		    x->out.cut);
}

/* Writes to an open target. Says what went wrong with the log; a failure to write is returned. */
static int export_to(struct store *store, struct exporting *x, FILE *file,
		     const struct query_options *o, int *ret_log)
{
	static const struct query_ops ops = {on_event, on_finding};
	struct text why;
	int rc, written;

	text_init(&why, 0);
	output_init(&x->out, file, o->format, o->rendered);
	x->out.style.explain = o->explain;
	rc = query_run(store, o, &ops, x, &why);
	written = output_finish(&x->out);
	progress_clear(&x->progress);
	*ret_log = rc < 0 && written == 0 ? log_failed(rc, &why) : EXIT_DONE;
	text_finish(&why);
	return written;
}

static int export_log(struct store *store, const struct export_options *o, const char *path)
{
	struct exporting x = {0};
	struct target target;
	int log = EXIT_DONE, rc = target_open(&target, path);

	progress_init(&x.progress, !o->quiet && isatty(STDERR_FILENO));
	if (rc == 0)
		rc = export_to(store, &x, target.file, &o->query, &log);
	rc = target_close(&target, rc == 0 && log != EXIT_DONE ? -EIO : rc);
	if (log != EXIT_DONE)
		return log;
	if (rc < 0) {
		say("%s: %s", strcmp(path, "-") == 0 ? "standard output" : path, output_error(rc));
		return EXIT_PARTLY;
	}
	if (!o->quiet)
		say_done(&x, path);
	return x.found ? EXIT_DONE : EXIT_NOTHING;
}

/* -o was not given: the name says it. */
static bool choose_format(struct query_options *o, const char *path)
{
	const char *name = format_of_name(path);
	bool evtx = name && strcmp(name, "evtx") == 0;

	o->format = evtx ? NULL : format_find(name ? name : "json");
	if (!o->format && !evtx)
		say("%s: there is no format %s", path, name);
	return o->format || evtx;
}

int cmd_export(int argc, char **argv)
{
	struct export_options o = {0};
	struct store *store;
	int first, rc;

	query_options_init(&o.query, "json");
	first = query_parse(argc, argv, export_table, &export_help, &o.query);
	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	if (argc - first != 1) {
		say("name one file to write, or - for standard output; see ntlmaudit export "
		    "--help");
		return EXIT_USAGE;
	}
	if (!o.query.has_format && !choose_format(&o.query, argv[first]))
		return EXIT_USAGE;
	rc = log_open(o.query.log, STORE_READ, NULL, &store);
	if (rc != EXIT_DONE)
		return rc;
	rc = export_log(store, &o, argv[first]);
	store_close(store);
	return rc;
}
