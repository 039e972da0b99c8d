/* ntlmaudit doctor: is all as it must be for NTLM to be audited here? */
#include "cmd/doctor.h"

#include "base/clock.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/option.h"
#include "cmd/output.h"
#include "cmd/status-ask.h"
#include "daemon/status.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* Scripts ask by these: they are in the manual. */
enum { DOCTOR_WELL = 0, DOCTOR_WARNINGS = 1, DOCTOR_ERRORS = 3 };

const struct check checks[] = {
	{"daemon", "the daemon", check_daemon},
	{"unit", "starting with the machine", check_unit},
	{"user", "a user of its own", check_user},
	{"apparmor", "AppArmor", check_apparmor},
	{"clock", "the clock", check_clock},
	{"capture", "capturing packets", check_capture},
	{"interfaces", "interfaces to watch", check_interfaces},
	{"namespaces", "other networks on this machine", check_namespaces},
	{"tls", "NTLM inside TLS", check_tls},
	{"kernel", "what BPF needs of the kernel", check_kernel},
	{"bpf", "finding processes by BPF", check_bpf},
	{"policy-files", "files of the policy", check_policy_files},
	{"policies", "policies", check_policies},
	{"exceptions", "exceptions", check_exceptions},
	{"samba", "Samba's log level", check_samba},
	{"samba-log", "Samba's log of authentications", check_samba_log},
	{"keys", "keys of domain controllers", check_keys},
	{"folder", "room for the log", check_folder},
	{"log", "the log", check_log},
	{"forward", "targets of forwarding", check_forward},
	{NULL, NULL, NULL},
};

struct doctor_options {
	struct doctor doctor;
	const char *run_dir;
	int json;
	enum choice color;
	char **only; /* ids of checks */
	size_t n_only, n_run;
};

static const struct choice_word outputs[] = {{"text", false}, {"json", true}, {NULL, 0}};

static const char *set_output(void *options, const char *value)
{
	struct doctor_options *o = options;

	return choice_find(outputs, value, &o->json) ? NULL : "should be text or json";
}

static const char *set_run_dir(void *options, const char *value)
{
	((struct doctor_options *)options)->run_dir = value;
	return NULL;
}

static const char *set_log(void *options, const char *value)
{
	((struct doctor_options *)options)->doctor.log = value;
	return NULL;
}

static const char *set_online(void *options, const char *value)
{
	(void)value;
	((struct doctor_options *)options)->doctor.online = true;
	return NULL;
}

static const char *set_root(void *options, const char *value)
{
	if (strcmp(value, "/") != 0) /* so that no path begins with two */
		((struct doctor_options *)options)->doctor.root = value;
	return NULL;
}

static const char *set_color(void *options, const char *value)
{
	return choice_set(&((struct doctor_options *)options)->color, value);
}

static const struct option_row doctor_table[] = {
	{'o', "output", "FORMAT", "text (default) or json", set_output},
	{0, "log", "PATH", "the daemon's log; default: /var/lib/ntlmaudit/log.db", set_log},
	{0, "online", NULL, "connect to the targets of forwarding, too", set_online},
	{0, "root", "DIR", "look for every file below DIR instead of /, also /proc and /sys",
	 set_root},
	{0, "run-dir", "DIR", "where the daemon's socket is; default: " STATUS_RUN_DIR,
	 set_run_dir},
	{0, "color", "WHEN", "auto (default), always or never", set_color},
	{0},
};

static const struct option_help doctor_help = {
	.usage = "ntlmaudit doctor [OPTION...] [CHECK...]",
	.about =
		"Looks whether all is as it must be for NTLM to be audited here: the daemon, what "
		"the\nkernel and the machine give it, the policy, Samba's own log, the channel log "
		"and where\nevents are forwarded. Under what is wrong stands the line that mends "
		"it.\nChanges nothing. Some checks need root, and say so. Where checks are named, "
		"by the ids\nthat -o json shows, only those are made.\n\n"
		"Exit status: 0 all is well, 1 warnings, 2 wrong usage, 3 errors.\n",
	.examples = "examples:\n"
		    "  ntlmaudit doctor\n"
		    "  ntlmaudit doctor -o json | jq '.checks[] | select(.verdict != \"ok\")'\n",
};

static void take_problem(void *context, const struct problem *problem)
{
	struct doctor *d = context;
	struct checkup *c = &d->policy_files;
	enum verdict verdict = problem->is_warning ? VERDICT_WARNING : VERDICT_ERROR;
	struct text place;

	text_init(&place, 0);
	place_put(&place, &problem->place);
	/* Group Policy as it was imported is not for everybody to read. */
	if (!d->is_root && strcmp(problem->what, strerror(EACCES)) == 0)
		verdict = VERDICT_SKIPPED;
	remark(c, verdict, "%s: %s", place.ptr ? place.ptr : "", problem->what);
	if (problem->place.file && verdict != VERDICT_SKIPPED)
		cure(c, "ntlmaudit policy check %s", problem->place.file);
	text_finish(&place);
}

static void begin(struct doctor *d)
{
	d->is_root = geteuid() == 0;
	d->now = clock_wall();
	checkup_init(&d->policy_files);
	d->problems = (struct problems){.tell = take_problem, .context = d};
	if (policy_load(d->root, &d->problems, &d->policy) < 0)
		remark(&d->policy_files, VERDICT_ERROR, "the policy can't be read");
	text_init(&d->status_why, 0);
	d->status_rc = status_ask(d->run_dir, &d->status_why, &d->status);
}

static void end(struct doctor *d)
{
	checkup_finish(&d->policy_files);
	text_finish(&d->status_why);
	policy_free(d->policy);
	json_decref(d->status);
}

static const struct check *find_check(const char *id)
{
	const struct check *check = checks;

	while (check->id && strcmp(check->id, id) != 0)
		check++;
	return check->id ? check : NULL;
}

/* All, where none is named. */
static bool is_wanted(const struct doctor_options *o, const struct check *check)
{
	for (size_t i = 0; i < o->n_only; i++)
		if (find_check(o->only[i]) == check)
			return true;
	return o->n_only == 0;
}

static void run_one(struct doctor_options *o, const struct check *check, struct text *out,
		    struct doctor_count *count)
{
	struct format_style style = {.colour = choice_colour(o->color)};
	struct checkup c;

	checkup_init(&c);
	check->run(&o->doctor, &c);
	if (o->json) {
		text_puts(out, o->n_run ? ",\n" : "");
		doctor_json(out, check, &c);
	} else {
		doctor_print(out, &style, check, &c);
	}
	count->n[c.verdict]++;
	o->n_run++;
	checkup_finish(&c);
}

static void run_all(struct doctor_options *o, struct text *out, struct doctor_count *count)
{
	if (o->json)
		text_puts(out, "{\"checks\":[\n");
	for (const struct check *check = checks; check->id; check++)
		if (is_wanted(o, check))
			run_one(o, check, out, count);
}

static int examine(struct doctor_options *o)
{
	struct doctor_count count = {0};
	struct text out;
	int rc;

	text_init(&out, 0);
	begin(&o->doctor);
	run_all(o, &out, &count);
	end(&o->doctor);
	if (o->json)
		text_printf(&out,
			    "\n],\"ok\":%zu,\"skipped\":%zu,\"warnings\":%zu,\"errors\":%zu}\n",
			    count.n[VERDICT_OK], count.n[VERDICT_SKIPPED], count.n[VERDICT_WARNING],
			    count.n[VERDICT_ERROR]);
	else
		doctor_print_end(&out, &count, o->doctor.is_root);
	rc = count.n[VERDICT_ERROR]	? DOCTOR_ERRORS
	     : count.n[VERDICT_WARNING] ? DOCTOR_WARNINGS
					: DOCTOR_WELL;
	if (!output_text(&out))
		rc = DOCTOR_ERRORS;
	text_finish(&out);
	return rc;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor_options options = {.doctor.root = ""};
	int first = option_parse(argc, argv, doctor_table, &doctor_help, &options);
	char run_dir[PATH_MAX];

	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	for (int i = first; i < argc; i++)
		if (!find_check(argv[i])) {
			say("doctor: there is no check '%s'; -o json tells their names", argv[i]);
			return EXIT_USAGE;
		}
	options.only = argv + first;
	options.n_only = (size_t)(argc - first);
	if (!doctor_path(&options.doctor, run_dir, sizeof(run_dir), STATUS_RUN_DIR)) {
		say("--root %s: too long", options.doctor.root);
		return EXIT_USAGE;
	}
	options.doctor.run_dir = options.run_dir ? options.run_dir : run_dir;
	return examine(&options);
}
