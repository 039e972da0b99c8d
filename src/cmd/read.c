/* ntlmaudit read: capture files and logs in, events out. */
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/dc-keys.h"
#include "cmd/interrupt.h"
#include "cmd/keep.h"
#include "cmd/keyfile.h"
#include "cmd/logs.h"
#include "cmd/option.h"
#include "cmd/progress.h"
#include "cmd/shown.h"
#include "cmd/summary.h"
#include "format/format.h"
#include "policy/setting.h"
#include "samba/smb-conf.h"
#include "source/capture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_BYTES ((size_t)64 << 10)
#define CLOUD_SUFFIXES_MAX 64
#define SEALED_SHOWN 20
#define MALFORMED_SHOWN 20 /* the rest is counted; the same of logs */

struct read_options {
	struct shown shown; /* first: the shared setters */
	const char *key_file;
	enum choice progress;
	bool quiet;
	bool recover; /* EVTX: what unused space still holds, too */
	bool store;
	const char *store_path; /* NULL: the default */
	struct store_limits limits;
	const char *cloud_suffixes[CLOUD_SUFFIXES_MAX];
	size_t n_cloud_suffixes;
	struct dc_key_files keys;
	const char *smb_conf; /* NULL: none */
};

struct reading {
	struct read_options options;
	struct keep *keep; /* NULL: not stored */
	bool prints;
	struct format_style style;
	struct text out;
	struct progress progress;
	struct summary summary;
	uint64_t malformed;
	uint64_t last; /* the highest EventRecordID of an event */
	bool live;     /* somebody waits for it: show each event at once */
	int failed;    /* errno: why standard output is not complete */
	uint64_t sealed;
	bool keys_partly; /* a file of keys could be read in part */
};

/* Of domain controllers and servers, from their own files. */
struct known {
	struct netlogon_keys *keys; /* NULL: none */
	struct smb_conf conf;
};

static const char *set_role(void *options, const char *value)
{
	static const struct choice_word roles[] = {
		{"client", 1 << ROLE_CLIENT},
		{"server", 1 << ROLE_SERVER},
		{"domain", 1 << ROLE_DOMAIN},
		{"all", ROLES_ALL},
		{"both", ROLES_ALL}, /* of a capture, which has no others */
		{NULL, 0}};

	if (!choice_find(roles, value, &((struct read_options *)options)->shown.roles))
		return "should be client, server, domain or all";
	return NULL;
}

static const char *set_key_file(void *options, const char *value)
{
	((struct read_options *)options)->key_file = value;
	return NULL;
}

static const char *add_keytab(void *options, const char *value)
{
	return dc_keys_add_keytab(&((struct read_options *)options)->keys, value);
}

static const char *add_private(void *options, const char *value)
{
	return dc_keys_add_folder(&((struct read_options *)options)->keys, value);
}

static const char *set_smb_conf(void *options, const char *value)
{
	((struct read_options *)options)->smb_conf = value;
	return *value ? NULL : "should name a file";
}

static const char *add_cloud_suffix(void *options, const char *value)
{
	struct read_options *o = options;

	if (!*value)
		return "should be a domain as contoso.onmicrosoft.com";
	if (o->n_cloud_suffixes == CLOUD_SUFFIXES_MAX)
		return "can be given 64 times";
	o->cloud_suffixes[o->n_cloud_suffixes++] = value;
	return settings[SETTING_CLOUD_SUFFIXES].check_item(span_str(value));
}

static const char *set_progress(void *options, const char *value)
{
	return choice_set(&((struct read_options *)options)->progress, value);
}

static const char *set_quiet(void *options, const char *value)
{
	(void)value;
	((struct read_options *)options)->quiet = true;
	return NULL;
}

static const char *set_recover(void *options, const char *value)
{
	(void)value;
	((struct read_options *)options)->recover = true;
	return NULL;
}

static const char *set_store(void *options, const char *value)
{
	struct read_options *o = options;

	o->store = true;
	o->store_path = value;
	return value && !*value ? "should name a file" : NULL;
}

static const char *set_max_size(void *options, const char *value)
{
	return keep_set_size(&((struct read_options *)options)->limits, value);
}

static const char *set_max_age(void *options, const char *value)
{
	return keep_set_age(&((struct read_options *)options)->limits, value);
}

static const struct option_row read_table[] = {
	{'o', "output", "FORMAT", "short (default), text, json, xml, csv, cef, ecs or ocsf",
	 shown_set_output},
	{0, "role", "ROLE", "events of the client, server, domain, or all (default)", set_role},
	{0, "min-level", "LEVEL", "information (default), or warning: insecure ones only",
	 shown_set_min_level},
	{0, "explain", NULL, "text, short: what shows the reason, under each client event",
	 shown_set_explain},
	{0, "recover", NULL, "of .evtx files: what their unused space still holds, too",
	 set_recover},
	{0, "store", "[=PATH]", "into the channel log; then they are printed only with -o",
	 set_store},
	{0, "max-size", "SIZE", "of that log; then the oldest days go (default 512M; 0: no limit)",
	 set_max_size},
	{0, "max-age", "DAYS", "of events in that log (default 400; 0: no limit)", set_max_age},
	{0, "key-file", "FILE", "the key that ActivityIDs derive from, 64 hex digits",
	 set_key_file},
	{0, "keytab", "FILE",
	 "keys of a domain: what secure channels to its controllers are unsealed with (again: "
	 "more)",
	 add_keytab},
	{0, "samba-private", "DIR", "the same, from a Samba machine's private folder", add_private},
	{0, "smb-conf", "FILE", "of the machine whose Samba log is read: its name and domain",
	 set_smb_conf},
	{0, "cloud-suffix", "DOMAIN", "a domain of cloud accounts, reason 4 (more than once: more)",
	 add_cloud_suffix},
	{0, "color", "WHEN", "auto (default), always or never", shown_set_color},
	{0, "progress", "WHEN", "auto (default), always or never", set_progress},
	{'q', "quiet", NULL, "no summary, no progress", set_quiet},
	{0},
};

static const struct option_help read_help = {
	.usage = "ntlmaudit read [OPTION...] FILE...",
	.about = "Reads capture files (pcap, pcapng, Network Monitor; - is standard input) and "
		 "prints\n"
		 "the NTLM audit events that Windows would have logged: 4020/4021 of the client "
		 "and\n"
		 "4022/4023 of the server. Several files are one capture, in the order of time.\n"
		 "Samba's JSON audit logs are read among them: a logon that several saw is told "
		 "once,\n"
		 "and by domain controllers' logs, or their secure channels with --keytab, "
		 "4030-4033, too.\n"
		 "Reads Windows' logs, too, and prints their events of NTLM after those: .evtx, "
		 "Event\n"
		 "XML, and the JSON of Winlogbeat, OpenWEC, NXLog and of this program.\n"
		 "Exit status: 0 events were printed, 1 none matched, 2 wrong usage, 3 some input\n"
		 "could not be read, wholly or in part.\n",
	.examples = "examples:\n"
		    "  ntlmaudit read office.pcap\n"
		    "  ntlmaudit read -o text --min-level warning office.pcap\n"
		    "  tcpdump -w - -i eth0 | ntlmaudit read -o json -\n"
		    "  ntlmaudit read office.pcap dc1-ntlm.evtx ws02.xml\n"
		    "  ntlmaudit read --keytab corp.keytab dc1.pcap auth_json.log\n"
		    "  ntlmaudit read --store office.pcap\n",
};

static void flush_out(struct reading *r)
{
	bool written = fwrite(r->out.ptr, 1, r->out.len, stdout) == r->out.len;

	if ((!written || fflush(stdout) != 0) && !r->failed)
		r->failed = errno;
	if (r->out.failed && !r->failed)
		r->failed = ENOMEM;
	text_reset(&r->out);
}

static bool is_wanted(const struct read_options *o, const struct event_layout *layout)
{
	return (o->shown.roles & 1 << layout->role) && layout->level <= o->shown.min_level;
}

/* Every event comes through here, whatever it was made of. */
static void on_event(void *ctx, const struct event *e)
{
	struct reading *r = ctx;

	if (e->record > r->last) /* what is joined comes in another order */
		r->last = e->record;
	if (!is_wanted(&r->options, e->layout)) {
		r->summary.filtered++;
		return;
	}
	r->summary.by_id[e->layout->id]++;
	r->summary.printed++;
	if (r->keep)
		keep_event(r->keep, e);
	if (!r->prints)
		return;
	progress_clear(&r->progress);
	r->options.shown.format->event(&r->out, &r->style, e);
	if (r->live || r->out.len >= FLUSH_BYTES)
		flush_out(r);
}

/* A file as messages name it. */
static const char *shown_name(const char *source)
{
	return strcmp(source, "-") == 0 ? "standard input" : source;
}

/* So does every finding. */
static void on_finding(void *ctx, const struct finding *f)
{
	struct reading *r = ctx;

	if (r->keep)
		keep_finding(r->keep, f);
	if (!r->prints)
		return;
	progress_clear(&r->progress);
	r->options.shown.format->finding(&r->out, &r->style, f);
	if (r->live)
		flush_out(r);
}

static void on_malformed(void *ctx, const char *source, uint64_t frame, const char *where,
			 const char *why, size_t pos)
{
	struct reading *r = ctx;

	if (++r->malformed > MALFORMED_SHOWN + 1)
		return;
	progress_clear(&r->progress);
	if (r->malformed > MALFORMED_SHOWN)
		say("further malformed messages are counted only");
	else if (strcmp(where, "line") == 0) /* of a log */
		say("%s: line %" PRIu64 ": %s at byte %zu", shown_name(source), frame, why, pos);
	else
		say("%s: frame %" PRIu64 ": %s: %s at byte %zu", shown_name(source), frame, where,
		    why, pos);
}

static void count_file(struct summary *s, bool partly)
{
	if (partly)
		s->files_partly++;
	else
		s->files_unread++;
}

static void on_problem(void *ctx, const char *source, const char *why, bool partly)
{
	struct reading *r = ctx;

	progress_clear(&r->progress);
	say("%s: %s", shown_name(source), why);
	count_file(&r->summary, partly);
}

static void on_log_problem(void *ctx, const char *name, const char *unit, uint64_t at,
			   const char *where, const char *why)
{
	struct reading *r = ctx;

	if (r->summary.log.problems > MALFORMED_SHOWN + 1)
		return;
	progress_clear(&r->progress);
	if (r->summary.log.problems > MALFORMED_SHOWN)
		say("further places in logs that can't be read are counted only");
	else
		say("%s: %s %" PRIu64 ": %s: %s", shown_name(name), unit, at, where, why);
}

static void on_log_failed(void *ctx, const char *name, int rc, bool partly)
{
	struct reading *r = ctx;

	progress_clear(&r->progress);
	if (rc < 0)
		say("%s: %s", shown_name(name), strerror(-rc));
	count_file(&r->summary, partly);
}

static void on_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct reading *r = ctx;

	progress_show(&r->progress, done, total);
	if (r->keep)
		keep_idle(r->keep);
}

static void on_encrypted(void *ctx, const struct encrypted_row *row)
{
	summary_encrypted(&((struct reading *)ctx)->summary, row);
}

/* A secure channel that stays sealed. */
static void on_sealed(void *ctx, const char *line)
{
	struct reading *r = ctx;

	if (r->options.quiet || ++r->sealed > SEALED_SHOWN + 1)
		return;
	progress_clear(&r->progress);
	if (r->sealed > SEALED_SHOWN)
		say("further secure channels that can't be unsealed are counted only");
	else
		say("%s", line);
}

/* What a machine's own configuration says of its log. False where the file that was named can't be read. */
static bool read_smb_conf(const char *path, struct smb_conf *ret_conf)
{
	if (!path)
		return true;
	smb_conf_read(&smb_conf_system, path, ret_conf);
	if (!ret_conf->is_there || ret_conf->error)
		say("%s: %s", path, strerror(ret_conf->error ? -ret_conf->error : ENOENT));
	return ret_conf->is_there && !ret_conf->error;
}

static void on_kerberos(void *ctx, const char *user, const char *domain, int64_t time)
{
	struct reading *r = ctx;

	if (r->keep)
		keep_kerberos(r->keep, user, domain, time);
}

static int read_captures(struct reading *r, const char *const names[], size_t n,
			 const uint8_t key[AUDIT_KEY_SIZE], const struct known *known)
{
	const struct capture_ops ops = {
		.event = on_event,
		.finding = on_finding,
		.malformed = on_malformed,
		.problem = on_problem,
		.progress = on_progress,
		.encrypted = on_encrypted,
		.cloud_suffixes = r->options.cloud_suffixes,
		.n_cloud_suffixes = r->options.n_cloud_suffixes,
		.sealed = on_sealed,
		.kerberos = on_kerberos,
		.keys = known->keys,
		.smb_conf = r->options.smb_conf ? &known->conf : NULL,
	};

	return n ? capture_read(names, n, key, &ops, r, &r->summary.tally) : 0;
}

/* How it went, in words and as an exit code. */
static int conclude(struct reading *r, int rc)
{
	const struct summary *s = &r->summary;

	progress_clear(&r->progress);
	if (rc < 0 || r->failed)
		say(rc < 0 ? "reading: %s" : "standard output: %s",
		    strerror(rc < 0 ? -rc : r->failed));
	else if (!r->options.quiet && s->files_unread < s->files + s->samba_logs + s->logs)
		summary_print(stderr, s);
	if (rc < 0 || r->failed || s->files_partly || s->files_unread || r->keys_partly ||
	    s->tally.n[TALLY_NO_MEMORY] > 0)
		return EXIT_PARTLY;
	return s->printed ? EXIT_DONE : EXIT_NOTHING;
}

/* Captures first, then the logs in their order. */
static int read_files(struct reading *r, char **names, size_t n)
{
	static const struct logs_ops ops = {
		.event = on_event,
		.finding = on_finding,
		.problem = on_log_problem,
		.failed = on_log_failed,
	};
	const struct format *format = r->options.shown.format;
	struct logs *logs = NULL;
	uint8_t key[AUDIT_KEY_SIZE] = {0};
	size_t n_captures = 0;
	static struct known known; /* a configuration is large */
	int keys = 0, rc = logs_new(names, n, &logs, &n_captures);

	if (rc == 0 && (n_captures || r->options.key_file) &&
	    keyfile_read(r->options.key_file, key) < 0) {
		logs_free(logs);
		return EXIT_USAGE;
	}
	if (rc == 0 && (!read_smb_conf(r->options.smb_conf, &known.conf) ||
			(keys = dc_keys_read(&r->options.keys, &known.keys)) < 0)) {
		explicit_bzero(key, sizeof(key));
		logs_free(logs);
		return EXIT_USAGE;
	}
	r->keys_partly = keys > 0;
	r->summary.samba_logs = rc == 0 ? logs_samba(logs) : 0;
	r->summary.files = n_captures - r->summary.samba_logs;
	if (r->prints && format->begin)
		format->begin(&r->out, &r->style);
	if (rc == 0)
		rc = read_captures(r, (const char *const *)names, n_captures, key, &known);
	netlogon_keys_free(known.keys);
	explicit_bzero(key, sizeof(key));
	if (rc == 0 && (r->summary.logs = logs_count(logs)) > 0)
		logs_read(logs, r->options.recover, r->last, &ops, r, &r->summary.log);
	if (r->prints && format->end)
		format->end(&r->out, &r->style);
	flush_out(r);
	logs_free(logs);
	return conclude(r, rc);
}

/* The same, into the channel log where that is asked for. */
static int read_and_keep(struct reading *r, char **names, size_t n)
{
	const struct read_options *o = &r->options;
	int kept, rc = o->store ? keep_begin(o->store_path, &o->limits, &r->keep) : EXIT_DONE;

	r->prints = !o->store || o->shown.has_format;
	if (rc != EXIT_DONE)
		return rc;
	rc = read_files(r, names, n);
	progress_clear(&r->progress);
	kept = keep_finish(r->keep, o->quiet);
	return kept == EXIT_DONE ? rc : kept;
}

/* How often standard input is named. */
static int count_input(char *const files[])
{
	int n = 0;

	for (; *files; files++)
		n += strcmp(*files, "-") == 0;
	return n;
}

int cmd_read(int argc, char **argv)
{
	static struct reading r; /* its summary is large */
	int first, n_input, rc;

	r.options = (struct read_options){
		.limits = {STORE_DEFAULT_BYTES, STORE_DEFAULT_DAYS},
	};
	shown_init(&r.options.shown);
	first = option_parse(argc, argv, read_table, &read_help, &r.options);
	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	if (first == argc) {
		say("name one or more capture files or logs, or - for standard input; see "
		    "ntlmaudit read --help");
		return EXIT_USAGE;
	}
	n_input = count_input(argv + first);
	if (n_input > 1) {
		say("standard input can be read once: name - one time only");
		return EXIT_USAGE;
	}
	r.live = isatty(STDOUT_FILENO) || n_input; /* standard input may be one that goes on */
	if (n_input)
		interrupt_ends_input();
	r.style = shown_style(&r.options.shown);
	text_init(&r.out, 0);
	progress_init(&r.progress,
		      !r.options.quiet && choice_decide(r.options.progress, isatty(STDERR_FILENO)));
	rc = read_and_keep(&r, argv + first, (size_t)(argc - first));
	text_finish(&r.out);
	return rc;
}
