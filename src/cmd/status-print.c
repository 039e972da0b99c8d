#include "cmd/status-print.h"

#include "base/clock.h"
#include "base/tally.h"
#include "cmd/table.h"
#include "cmd/when.h"
#include "format/escape.h"
#include "format/value.h"

#include <inttypes.h>

struct page {
	struct text *out;
	const struct format_style *style;
	json_t *status;
	int64_t now; /* when the daemon said it */
};

/* ---- what is in the answer ---- */

static const char *words(json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* A count below zero is nonsense, and shown as 0. */
static uint64_t count(json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

static bool flag(json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* 0 where it is not known, and for what is before 1970: so that any two can be subtracted. */
static int64_t moment(json_t *object, const char *key)
{
	int64_t time;

	if (when_parse(words(object, key), 0, &time) < 0 || time < 0)
		return 0;
	return time;
}

/* ---- how it is put ---- */

static void put(struct page *p, enum colour colour, const char *s)
{
	colour_on(p->out, p->style, colour);
	text_visible(p->out, s);
	colour_off(p->out, p->style, colour);
}

static void title(struct page *p, const char *s)
{
	put(p, COLOUR_BOLD, s);
	text_putc(p->out, '\n');
}

/* A number as the summary of `read` puts it, and what it counts. */
static void line(struct page *p, enum colour colour, uint64_t n, const char *label)
{
	struct text digits;

	text_init(&digits, 64);
	table_put_grouped(&digits, n);
	text_printf(p->out, "  %12s  ", digits.ptr ? digits.ptr : "");
	put(p, colour, label);
	text_putc(p->out, '\n');
	text_finish(&digits);
}

/* What is 0 is left out. */
static void line_if(struct page *p, enum colour colour, uint64_t n, const char *label)
{
	if (n)
		line(p, colour, n, label);
}

/* "3 d 4 h", "12 min", "5 s": the two largest parts. */
static void put_while(struct text *out, int64_t nsec)
{
	static const struct {
		int64_t sec;
		const char *unit;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	int64_t sec = nsec > 0 ? nsec / NSEC_PER_SEC : 0;
	int shown = 0;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && shown < 2; i++) {
		int64_t n = sec / units[i].sec;

		if (n == 0 && shown == 0 && units[i].sec > 1)
			continue;
		if (n || shown == 0)
			text_printf(out, "%s%" PRId64 " %s", shown ? " " : "", n, units[i].unit);
		sec %= units[i].sec;
		shown++;
	}
}

static void put_ago(struct page *p, int64_t time)
{
	put_while(p->out, p->now - time);
	text_puts(p->out, " ago");
}

/* ---- the parts ---- */

static void print_head(struct page *p)
{
	json_t *problems = json_object_get(p->status, "problems"), *problem;
	size_t n = status_n_problems(p->status), i;

	put(p, COLOUR_BOLD, "ntlmauditd ");
	put(p, COLOUR_BOLD, words(p->status, "version"));
	text_puts(p->out, " runs for ");
	put_while(p->out, p->now - moment(json_object_get(p->status, "daemon"), "start"));
	if (n == 0) {
		text_puts(p->out, ": ");
		put(p, COLOUR_GREEN, "all is well");
	} else {
		text_printf(p->out, ", with %zu problem%s:", n, n == 1 ? "" : "s");
	}
	text_putc(p->out, '\n');
	json_array_foreach(problems, i, problem)
	{
		text_puts(p->out, "  ");
		put(p, COLOUR_RED,
		    json_is_string(problem) ? json_string_value(problem) : "a problem");
		text_putc(p->out, '\n');
	}
}

static const struct {
	const char *policy, *sentence;
} role_words[] = {
	{"off", "nothing: switched off (enhanced-logging or domain-logging)"},
	{"role", "nothing: the policy for this role is none"},
	{"share", "nothing yet: this machine is not in the role's share"},
};

static const char *role_sentence(json_t *role)
{
	for (size_t i = 0; i < sizeof(role_words) / sizeof(role_words[0]); i++)
		if (strcmp(words(role, "policy"), role_words[i].policy) == 0)
			return role_words[i].sentence;
	return strcmp(words(role, "writes"), "warnings") == 0 ? "warnings only" : "all events";
}

static void print_roles(struct page *p)
{
	json_t *roles = json_object_get(json_object_get(p->status, "policy"), "roles"), *role;
	const char *name;

	title(p, "roles");
	json_object_foreach(roles, name, role)
	{
		text_puts(p->out, "  ");
		text_visible(p->out, name);
		text_puts(p->out, ": ");
		text_visible(p->out, role_sentence(role));
		text_putc(p->out, '\n');
	}
	if (flag(json_object_get(p->status, "daemon"), "tap"))
		text_puts(p->out, "  of all connections that are seen, whoever they are between "
				  "(--tap)\n");
}

static void print_processes(struct page *p)
{
	json_t *row;
	size_t i;

	title(p, "processes");
	json_array_foreach(json_object_get(p->status, "processes"), i, row)
	{
		bool runs = strcmp(words(row, "state"), "running") == 0;

		text_printf(p->out, "  %7" PRIu64 "  ", count(row, "pid"));
		put(p, COLOUR_NONE, words(row, "name"));
		text_puts(p->out, ": ");
		put(p, runs ? COLOUR_NONE : COLOUR_RED, words(row, "state"));
		if (moment(row, "since")) {
			text_puts(p->out, " for ");
			put_while(p->out, p->now - moment(row, "since"));
		}
		if (count(row, "restarts"))
			text_printf(p->out, ", put back %" PRIu64 " times", count(row, "restarts"));
		if (*words(row, "problem")) {
			text_puts(p->out, "; before: ");
			put(p, COLOUR_YELLOW, words(row, "problem"));
		}
		text_putc(p->out, '\n');
	}
}

static void print_ring(struct page *p, json_t *row)
{
	struct text label;

	text_init(&label, 0);
	text_printf(&label, "packets on %s%s%s", words(row, "interface"),
		    *words(row, "problem") ? ": " : "", words(row, "problem"));
	line(p, *words(row, "problem") ? COLOUR_RED : COLOUR_NONE, count(row, "packets"),
	     label.ptr ? label.ptr : "");
	text_finish(&label);
	line_if(p, COLOUR_RED, count(row, "dropped"), "dropped for want of room in the ring");
	line_if(p, COLOUR_YELLOW, count(row, "freezes"), "times that the ring was full");
	line_if(p, COLOUR_YELLOW, count(row, "skipped"), "passed over after a decoder's death");
}

static void print_capture(struct page *p)
{
	json_t *row;
	size_t i;

	title(p, "capture");
	json_array_foreach(json_object_get(p->status, "capture"), i, row) print_ring(p, row);
}

static void print_tally(struct page *p, enum tally_group group, const char *heading)
{
	json_t *decoder = json_object_get(p->status, "decoder");
	bool titled = false;

	for (int i = 0; i < TALLY__COUNT; i++) {
		uint64_t n = count(decoder, tally_rows[i].key);

		if (tally_rows[i].group != group || n == 0)
			continue;
		if (!titled)
			title(p, heading);
		titled = true;
		line(p, COLOUR_NONE, n, tally_rows[i].label);
	}
}

/* What the policy said to events that are not stored. */
static const struct {
	const char *key, *label;
} refusals[] = {
	{"off", "not written: auditing is switched off"},
	{"role", "not written: the role writes no such events"},
	{"share", "not written: this machine is not in the share yet"},
	{"carrier", "not written: the protocol is not audited"},
	{"exception", "not written: an exception"},
};

static void print_event(struct page *p, json_t *row)
{
	struct text label;
	uint64_t others = 0;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		others += count(row, refusals[i].key);
	if (count(row, "wanted") == 0 && others == 0)
		return; /* a legacy event that nobody asks for */
	text_init(&label, 0);
	text_printf(&label, "events %" PRIu64 ": %s", count(row, "id"), words(row, "title"));
	line(p, COLOUR_NONE, count(row, "wanted"), label.ptr ? label.ptr : "");
	text_finish(&label);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		line_if(p, COLOUR_DIM, count(row, refusals[i].key), refusals[i].label);
}

static void print_events(struct page *p)
{
	json_t *rows = json_object_get(p->status, "events"), *row;
	size_t i;

	if (json_array_size(rows))
		title(p, "events");
	json_array_foreach(rows, i, row) print_event(p, row);
}

static void print_host(struct page *p)
{
	json_t *host = json_object_get(p->status, "host");
	bool bpf = strcmp(words(host, "method"), "bpf") == 0;

	title(p, "processes of connections");
	if (!flag(host, "known")) {
		text_puts(p->out, "  nothing is known yet\n");
		return;
	}
	text_puts(p->out, bpf ? "  found by BPF\n" : "  found by SOCK_DIAG and /proc");
	if (!bpf && *words(host, "why")) {
		text_puts(p->out, ": ");
		put(p, COLOUR_YELLOW, words(host, "why"));
	}
	if (!bpf)
		text_putc(p->out, '\n');
	line(p, COLOUR_NONE, count(host, "told"), "ends of connections whose process was found");
	line_if(p, COLOUR_YELLOW, count(host, "unknown"), "whose process was gone");
	line_if(p, COLOUR_RED, count(host, "lost"), "lost, as the kernel's buffer was full");
}

static void print_log(struct page *p)
{
	json_t *log = json_object_get(p->status, "log");

	title(p, "log");
	if (*words(log, "path")) {
		text_puts(p->out, "  ");
		put(p, COLOUR_NONE, words(log, "path"));
		text_printf(p->out, ", %" PRIu64 " KiB", count(log, "bytes") / 1024);
		if (*words(log, "problem")) {
			text_puts(p->out, ": ");
			put(p, COLOUR_RED, words(log, "problem"));
		}
		text_putc(p->out, '\n');
	}
	if (moment(log, "last_time")) {
		text_printf(p->out, "  last event: record %" PRIu64 ", ",
			    count(log, "last_record"));
		put_ago(p, moment(log, "last_time"));
		text_puts(p->out, ", at ");
		put(p, COLOUR_NONE, words(log, "last_time"));
		text_putc(p->out, '\n');
	}
	line(p, COLOUR_NONE, count(log, "stored"), "events stored since the start");
	line_if(p, COLOUR_NONE, count(log, "findings"), "findings: signs of an attack");
	line_if(p, COLOUR_NONE, count(log, "known"), "events that were there already");
	line_if(p, COLOUR_YELLOW, count(log, "waiting"), "events that wait for a commit");
}

static void print_forward(struct page *p, json_t *row)
{
	text_puts(p->out, "  ");
	put(p, COLOUR_NONE, words(row, "target"));
	if (!flag(row, "reached") && *words(row, "problem")) {
		text_puts(p->out, ": ");
		put(p, COLOUR_RED, words(row, "problem"));
	}
	text_putc(p->out, '\n');
	line(p, COLOUR_NONE, count(row, "sent"), "records sent since the start");
	line_if(p, COLOUR_YELLOW, count(row, "waiting"), "records wait");
	line_if(p, COLOUR_RED, count(row, "dropped"), "records that it will never get");
	line_if(p, COLOUR_YELLOW, count(row, "cut"), "of them shortened to what it takes");
	line_if(p, COLOUR_YELLOW, count(row, "failures"), "times that it could not be reached");
}

static void print_forwards(struct page *p)
{
	json_t *rows = json_object_get(p->status, "forward"), *row;
	size_t i;

	if (json_array_size(rows))
		title(p, "forward");
	json_array_foreach(rows, i, row) print_forward(p, row);
}

static void print_key_file(struct page *p, json_t *row)
{
	bool failed = *words(row, "problem");

	text_puts(p->out, "  ");
	put(p, COLOUR_NONE, words(row, "path"));
	text_printf(p->out, ": %" PRIu64 " of accounts, %" PRIu64 " of channels",
		    count(row, "accounts"), count(row, "sessions"));
	if (failed) {
		text_puts(p->out, ": ");
		put(p, COLOUR_RED, words(row, "problem"));
	}
	text_putc(p->out, '\n');
}

static void print_keys(struct page *p)
{
	json_t *channels = json_object_get(p->status, "channels"), *row;
	json_t *rows = json_object_get(p->status, "keys");
	size_t i;

	if (json_array_size(rows) == 0 && !moment(channels, "sealed"))
		return;
	title(p, "keys of secure channels");
	json_array_foreach(rows, i, row) print_key_file(p, row);
	if (!moment(channels, "sealed"))
		return;
	text_puts(p->out, "  ");
	put_ago(p, moment(channels, "sealed"));
	text_puts(p->out, ": ");
	put(p, COLOUR_YELLOW, words(channels, "problem"));
	text_putc(p->out, '\n');
}

static void print_samba_log(struct page *p, json_t *row)
{
	text_puts(p->out, "  ");
	put(p, COLOUR_NONE, words(row, "path"));
	text_printf(p->out, ": %" PRIu64 " lines", count(row, "lines"));
	if (count(row, "behind"))
		text_printf(p->out, ", %" PRIu64 " bytes not read yet", count(row, "behind"));
	if (count(row, "lost"))
		text_printf(p->out, ", its place was lost %" PRIu64 " times", count(row, "lost"));
	if (*words(row, "problem")) {
		text_puts(p->out, ": ");
		put(p, COLOUR_RED, words(row, "problem"));
	}
	text_putc(p->out, '\n');
}

static void print_samba_logs(struct page *p)
{
	json_t *rows = json_object_get(p->status, "samba_logs"), *row;
	size_t i;

	if (json_array_size(rows) == 0)
		return;
	title(p, "logs of Samba");
	json_array_foreach(rows, i, row) print_samba_log(p, row);
}

static void print_policy(struct page *p)
{
	json_t *policy = json_object_get(p->status, "policy"), *file;
	json_t *files = json_object_get(policy, "files");
	size_t i;

	title(p, "policy");
	text_puts(p->out, "  in force for ");
	put_while(p->out, p->now - moment(policy, "loaded"));
	text_puts(p->out, flag(policy, "group_policy") ? ", with Group Policy\n" : "\n");
	if (json_array_size(files) == 0)
		text_puts(p->out, "  built-in defaults only\n");
	json_array_foreach(files, i, file)
	{
		text_puts(p->out, "  ");
		put(p, COLOUR_NONE, json_is_string(file) ? json_string_value(file) : "");
		text_putc(p->out, '\n');
	}
}

static void print_gaps(struct page *p)
{
	json_t *gaps = json_object_get(p->status, "gaps");

	if (count(gaps, "n") == 0)
		return;
	title(p, "gaps");
	line(p, COLOUR_YELLOW, count(gaps, "n"), "times in which nothing could be seen");
	text_puts(p->out, "  the last: ");
	put_ago(p, moment(gaps, "end"));
	text_printf(p->out,
		    ", %" PRId64 " ms: ", (moment(gaps, "end") - moment(gaps, "begin")) / 1000000);
	put(p, COLOUR_NONE, words(gaps, "why"));
	text_putc(p->out, '\n');
}

size_t status_n_problems(json_t *status)
{
	return json_array_size(json_object_get(status, "problems"));
}

void status_print(struct text *out, const struct format_style *style, json_t *status)
{
	struct page p = {out, style, status, 0};

	p.now = moment(json_object_get(status, "daemon"), "time");
	print_head(&p);
	print_roles(&p);
	print_processes(&p);
	print_capture(&p);
	print_tally(&p, TALLY_SEEN, "decoder");
	print_tally(&p, TALLY_EXCHANGE, "of the exchanges");
	print_tally(&p, TALLY_UNKNOWN, "not understood");
	print_tally(&p, TALLY_UNREAD, "not read, or noteworthy");
	print_events(&p);
	print_host(&p);
	print_log(&p);
	print_forwards(&p);
	print_samba_logs(&p);
	print_keys(&p);
	print_policy(&p);
	print_gaps(&p);
}
