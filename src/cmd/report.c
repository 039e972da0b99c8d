/* ntlmaudit report: who, why and where, from the usage counts of the log. */
#include "cmd/report.h"

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/chart.h"
#include "cmd/cmd.h"
#include "cmd/log.h"
#include "cmd/option.h"
#include "cmd/query.h"
#include "cmd/report-kerberos.h"
#include "cmd/report-sum.h"
#include "cmd/report-tables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Rows of names are kept until the greatest are known. */
#define MEMORY_MAX ((size_t)192 << 20)
#define PARTS_MAX 24 /* more than there are reports; what is named beyond is not shown */
#define ROWS_SHOWN 20
#define DAYS_SHOWN 30
#define NEW_DEFAULT "7d"

struct report_options {
	const char *log;
	const struct table_output *output;
	int64_t since, until, new_since;
	uint64_t rows; /* 0: all */
	bool has_rows, has_order;
	enum measure order;
};

static const char *set_since(void *options, const char *value)
{
	return query_moment(&((struct report_options *)options)->since, value);
}

static const char *set_until(void *options, const char *value)
{
	return query_moment(&((struct report_options *)options)->until, value);
}

static const char *set_new_since(void *options, const char *value)
{
	return query_moment(&((struct report_options *)options)->new_since, value);
}

static const char *set_rows(void *options, const char *value)
{
	struct report_options *o = options;

	o->has_rows = true;
	return query_number(value, &o->rows) ? NULL : "should be a number; 0 for all";
}

static const char *set_sort(void *options, const char *value)
{
	struct report_options *o = options;

	o->has_order = true;
	for (o->order = 0; o->order < MEASURE__COUNT; o->order++)
		if (strcmp(measures[o->order].column.key, value) == 0)
			return NULL;
	return "should be logons, failed, ntlmv1, warnings, users, clients, servers, first or last";
}

static const char *set_output(void *options, const char *value)
{
	const struct table_output *output = table_outputs;

	while (output->name && strcmp(output->name, value) != 0)
		output++;
	((struct report_options *)options)->output = output;
	return output->name ? NULL : "should be text, json, csv or html";
}

static const char *set_log(void *options, const char *value)
{
	((struct report_options *)options)->log = value;
	return NULL;
}

static const struct option_row report_table[] = {
	{0, "since", "TIME", "from this time on, to the hour: a date, a time, -2d", set_since},
	{0, "until", "TIME", "before this time, to the hour", set_until},
	{0, "new-since", "TIME", "what counts as new (default 7d, a week)", set_new_since},
	{'n', "rows", "N", "rows of each report (default 20; 0: all)", set_rows},
	{0, "sort", "COLUMN", "the greatest of this column first: logons, failed, ntlmv1, ...",
	 set_sort},
	{'o', "output", "FORMAT", "text (default), json, csv or html", set_output},
	{0, "log", "PATH", "the log; else $NTLMAUDIT_LOG, else the installation's", set_log},
	{0},
};

static const struct option_help report_help = {
	.usage = "ntlmaudit report [OPTION...] [who|why|where|processes|servers|ntlmv1|warnings|\n"
		 "                                    failures|trusts|members|systems|mschapv2|\n"
		 "                                    ntlm-only|new|trend|findings|all]...",
	.about = "Sums up the channel log; without a name, on one screen. A logon is counted once "
		 "where\n"
		 "its client, its server and domain controllers each have an event of it. Times "
		 "are UTC.\n"
		 "Exit status: 0 shown, 1 there are no events, 2 wrong usage, 3 the log could not "
		 "be "
		 "read.\n",
	.examples = "examples:\n"
		    "  ntlmaudit report\n"
		    "  ntlmaudit report who --sort ntlmv1\n"
		    "  ntlmaudit report all --since -30d -o html > ntlm.html\n",
};

struct reporting {
	struct report_options options;
	struct store *store;
	struct table_set set;
	struct text out, why;
	int failed; /* errno: standard output */
	bool incomplete;
	uint64_t shown; /* rows */
};

static void put_table(struct reporting *r, const struct table *table)
{
	r->options.output->table(&r->out, &r->set, table);
	r->set.n++;
	r->shown += table->n_rows;
	if (r->out.failed ||
	    (r->out.len && fwrite(r->out.ptr, 1, r->out.len, stdout) != r->out.len))
		r->failed = r->out.failed ? ENOMEM : errno;
	text_reset(&r->out);
}

/* A part of the output. */
struct part {
	const struct report *report; /* NULL: findings */
	uint64_t rows;		     /* 0: as many as usual */
	const struct part *asked; /* the part whose question to the log answers this one's, too */
	struct sums sums;
};

struct parts {
	struct part part[PARTS_MAX];
	size_t n;
	const struct part *asking;
};

static int on_usage(void *ctx, const struct usage_row *row)
{
	struct parts *parts = ctx;

	for (size_t i = 0; i < parts->n; i++)
		if (parts->part[i].asked == parts->asking)
			sums_add(&parts->part[i].sums, row);
	return 0;
}

static bool shows(const struct report *report, enum measure m)
{
	for (size_t i = 0; report->shown[i] != MEASURE__COUNT; i++)
		if (report->shown[i] == m)
			return true;
	return false;
}

static struct sums_choice choose(const struct reporting *r, const struct report *report,
				 uint64_t rows)
{
	bool days = report->chart == CHART_TIME;
	uint64_t usual = rows ? rows : days ? DAYS_SHOWN : ROWS_SHOWN;

	return (struct sums_choice){
		.order = r->options.has_order && shows(report, r->options.order) ? r->options.order
										 : report->order,
		.limit = r->options.has_rows ? r->options.rows : usual,
		.new_since = r->options.new_since,
	};
}

/* What is new can't be told from the time asked for alone: its query begins with the log. */
static struct usage_query query_of(const struct reporting *r, const struct report *report)
{
	struct usage_query q = {
		.dims = sums_dims(report),
		.since = report->is_new ? INT64_MIN : r->options.since,
		.until = r->options.until,
	};

	q.only[USAGE_ROLE] = report->role;
	return q;
}

/* Is all that this report needs in what the other asks for? */
static bool is_answered_by(const struct report *report, const struct report *other)
{
	return (sums_dims(report) & ~sums_dims(other)) == 0 && report->role == other->role &&
	       report->is_new == other->is_new;
}

/* The finest question that answers this part's. A question of the finest kind answers itself only. */
static const struct part *finest(const struct parts *parts, const struct part *part)
{
	const struct part *best = NULL;
	int dims = -1;

	for (const struct part *p = parts->part; p < parts->part + parts->n; p++) {
		if (!p->report || !is_answered_by(part->report, p->report) ||
		    __builtin_popcount(sums_dims(p->report)) <= dims)
			continue;
		best = p;
		dims = __builtin_popcount(sums_dims(p->report));
	}
	return best;
}

/* Asks each question once: going through the counts is what takes time. */
static int ask(struct reporting *r, struct parts *parts)
{
	int rc = 0;

	for (size_t i = 0; i < parts->n; i++) {
		struct part *p = &parts->part[i];

		p->asked = p->report ? finest(parts, p) : NULL;
		if (p->report)
			sums_init(&p->sums, p->report);
	}
	for (size_t i = 0; rc == 0 && i < parts->n; i++) {
		struct usage_query q;

		parts->asking = &parts->part[i];
		if (parts->asking->asked != parts->asking)
			continue;
		q = query_of(r, parts->asking->report);
		rc = store_usage(r->store, &q, on_usage, parts, &r->why);
	}
	return rc;
}

static bool has_no_kerberos(void *ctx, const struct sum *sum)
{
	return !kerberos_users_has(ctx, sum->part[0]);
}

static int drop_kerberos(struct reporting *r, struct sums *sums)
{
	struct kerberos_users users;
	int rc = kerberos_users_load(&users, r->store, r->options.since, r->options.until, &r->why);

	if (rc == 0)
		sums_drop(sums, has_no_kerberos, &users);
	kerberos_users_finish(&users);
	return rc;
}

static void put_sums(struct reporting *r, struct sums *sums, uint64_t rows)
{
	struct sums_choice choice = choose(r, sums->report, rows);
	struct table table = {0};

	r->incomplete |= !sums_table(sums, &choice, &table);
	if (table.cells)
		put_table(r, &table);
	sums_table_free(&table);
}

static int run_findings(struct reporting *r, uint64_t rows)
{
	struct table table = {0};
	uint64_t limit = r->options.has_rows ? r->options.rows : rows ? rows : ROWS_SHOWN;
	struct findings findings;
	int rc;

	findings_init(&findings, limit);
	rc = store_findings(r->store, r->options.since, r->options.until, findings_add, &findings,
			    &r->why);
	if (rc == 0) {
		findings_table(&findings, &table);
		put_table(r, &table);
	}
	findings_finish(&findings);
	return rc;
}

static int run_parts(struct reporting *r, struct parts *parts)
{
	int rc = ask(r, parts);

	for (size_t i = 0; i < parts->n; i++) {
		struct part *p = &parts->part[i];

		if (rc == 0 && p->report && p->report->lacks_kerberos)
			rc = drop_kerberos(r, &p->sums);
		if (rc == 0 && p->report)
			put_sums(r, &p->sums, p->rows);
		else if (rc == 0)
			rc = run_findings(r, p->rows);
		if (p->report)
			sums_finish(&p->sums);
	}
	return rc;
}

static void add_part(struct parts *parts, const struct report *report, uint64_t rows)
{
	if (parts->n < PARTS_MAX)
		parts->part[parts->n++] = (struct part){.report = report, .rows = rows};
}

/* A report, findings, or all. */
static void add_named(struct parts *parts, const char *name, uint64_t rows)
{
	bool all = strcmp(name, "all") == 0;

	for (const struct report *report = reports; report->name; report++)
		if (all || strcmp(report->name, name) == 0)
			add_part(parts, report, rows);
	if (all || strcmp(name, "findings") == 0)
		add_part(parts, NULL, rows);
}

static int run_overview(struct reporting *r, struct parts *parts)
{
	static const struct {
		const char *name;
		uint64_t rows;
	} shown[] = {{"who", 5},    {"why", 5},	     {"where", 5},
		     {"ntlmv1", 3}, {"findings", 3}, {"trend", 7}};
	struct log_table log;
	int rc = log_table_make(&log, r->store, &r->why);

	if (rc < 0)
		return rc;
	put_table(r, &log.table);
	r->shown -= log.summary.events == 0;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		add_named(parts, shown[i].name, shown[i].rows);
	return run_parts(r, parts);
}

static bool is_report(const char *name)
{
	if (strcmp(name, "all") == 0 || strcmp(name, "findings") == 0)
		return true;
	for (const struct report *report = reports; report->name; report++)
		if (strcmp(report->name, name) == 0)
			return true;
	return false;
}

static int run_reports(struct reporting *r, char *const names[])
{
	const struct table_output *output = r->options.output;
	struct parts parts = {0};
	int rc;

	if (output->begin)
		output->begin(&r->out, &r->set);
	for (char *const *name = names; *name; name++)
		add_named(&parts, *name, 0);
	rc = *names ? run_parts(r, &parts) : run_overview(r, &parts);
	if (rc == 0 && output->end)
		output->end(&r->out, &r->set);
	if (r->out.len && fwrite(r->out.ptr, 1, r->out.len, stdout) != r->out.len)
		r->failed = errno;
	if (fflush(stdout) != 0 && !r->failed)
		r->failed = errno;
	return rc;
}

static int report_log(struct reporting *r, char *const names[], const char *path)
{
	int rc;

	r->set = (struct table_set){.title = "NTLM use",
				    .log = path,
				    .since = r->options.since,
				    .until = r->options.until,
				    .now = clock_wall(),
				    .unicode = chart_unicode()};
	text_init(&r->out, 0);
	text_init(&r->why, 0);
	rc = run_reports(r, names);
	if (rc < 0)
		log_failed(rc, &r->why);
	else if (r->failed)
		say("standard output: %s", strerror(r->failed));
	else if (r->incomplete)
		say("memory ran out: the counts are not complete");
	text_finish(&r->why);
	text_finish(&r->out);
	if (rc < 0 || r->failed || r->incomplete)
		return EXIT_PARTLY;
	return r->shown ? EXIT_DONE : EXIT_NOTHING;
}

int cmd_report(int argc, char **argv)
{
	struct reporting r = {
		.options = {.output = table_outputs, .since = INT64_MIN, .until = INT64_MAX}};
	struct text path;
	int first, rc;

	mem_limit(MEMORY_MAX);
	set_new_since(&r.options, NEW_DEFAULT);
	first = option_parse(argc, argv, report_table, &report_help, &r.options);
	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	for (int i = first; i < argc; i++) {
		if (is_report(argv[i]))
			continue;
		say("there is no report '%s'; see ntlmaudit report --help", argv[i]);
		return EXIT_USAGE;
	}
	text_init(&path, 0);
	rc = log_open(r.options.log, STORE_READ, &path, &r.store);
	if (rc == EXIT_DONE) {
		rc = report_log(&r, argv + first, path.ptr ? path.ptr : "");
		store_close(r.store);
	}
	text_finish(&path);
	return rc;
}
