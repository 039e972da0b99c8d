/* ntlmaudit watch, in the foreground, and ntlmauditd, the service: options, then daemon/ has it. */
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/completion.h"
#include "cmd/dc-keys.h"
#include "cmd/keyfile.h"
#include "cmd/option.h"
#include "cmd/query.h"
#include "cmd/shown.h"
#include "daemon/daemon.h"
#include "daemon/part.h"
#include "daemon/status.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define INTERFACES_MAX STATUS_RINGS_MAX
#define SAMBA_LOGS_MAX 8
#define SERVICE_LOG "/var/lib/ntlmaudit/log.db"

struct watch_options {
	struct shown shown; /* first: the shared setters; of watch alone */
	struct daemon_options daemon;
	const char *interfaces[INTERFACES_MAX];
	const char *samba_logs[SAMBA_LOGS_MAX];
	const char *key_file;
	struct dc_key_files keys; /* of controllers */
	bool store;
	const char *log; /* NULL: the default */
};

static const char *add_interface(void *options, const char *value)
{
	struct watch_options *o = options;

	if (o->daemon.n_interfaces == INTERFACES_MAX)
		return "is given too often";
	o->interfaces[o->daemon.n_interfaces++] = value;
	return *value ? NULL : "should name an interface";
}

static const char *add_samba_log(void *options, const char *value)
{
	struct watch_options *o = options;

	if (o->daemon.n_samba_logs == SAMBA_LOGS_MAX)
		return "is given too often";
	o->samba_logs[o->daemon.n_samba_logs++] = value;
	return *value == '/' || strcmp(value, "off") == 0 || strcmp(value, "auto") == 0
		       ? NULL
		       : "should be an absolute path, auto or off";
}

static const char *set_tap(void *options, const char *value)
{
	(void)value;
	((struct watch_options *)options)->daemon.tap = true;
	return NULL;
}

static const char *set_ring(void *options, const char *value)
{
	struct watch_options *o = options;
	uint64_t mib;

	if (!query_number(value, &mib) || mib < 1 || mib > 1024)
		return "should be 1 to 1024";
	o->daemon.ring_mib = (unsigned)mib;
	return NULL;
}

static const char *set_log(void *options, const char *value)
{
	struct watch_options *o = options;

	o->store = true;
	o->log = value;
	return value && !*value ? "should name a file" : NULL;
}

static const char *set_run_dir(void *options, const char *value)
{
	((struct watch_options *)options)->daemon.run_dir = value;
	return *value ? NULL : "should name a folder";
}

static const char *set_part(void *options, const char *value)
{
	const struct part *part = part_find(value);

	((struct watch_options *)options)->daemon.part = part;
	return part ? NULL : "should be capture, decode, keep or forward";
}

static const char *set_user(void *options, const char *value)
{
	((struct watch_options *)options)->daemon.user = value;
	return *value ? NULL : "should name a user";
}

static const char *set_root(void *options, const char *value)
{
	((struct watch_options *)options)->daemon.root = strcmp(value, "/") == 0 ? "" : value;
	return NULL;
}

static const char *set_no_bpf(void *options, const char *value)
{
	(void)value;
	((struct watch_options *)options)->daemon.no_bpf = true;
	return NULL;
}

static const char *set_no_sandbox(void *options, const char *value)
{
	(void)value;
	((struct watch_options *)options)->daemon.no_sandbox = true;
	return NULL;
}

static const char *set_quiet(void *options, const char *value)
{
	(void)value;
	((struct watch_options *)options)->daemon.quiet = true;
	return NULL;
}

static const char *set_key_file(void *options, const char *value)
{
	((struct watch_options *)options)->key_file = value;
	return NULL;
}

static const char *add_keytab(void *options, const char *value)
{
	return dc_keys_add_keytab(&((struct watch_options *)options)->keys, value);
}

static const char *add_private(void *options, const char *value)
{
	return dc_keys_add_folder(&((struct watch_options *)options)->keys, value);
}

static const char *set_role(void *options, const char *value)
{
	static const struct choice_word roles[] = {{"client", 1 << ROLE_CLIENT},
						   {"server", 1 << ROLE_SERVER},
						   {"all", ROLES_ALL},
						   {NULL, 0}};

	return choice_find(roles, value, &((struct watch_options *)options)->shown.roles)
		       ? NULL
		       : "should be client, server or all";
}

/* What both have. */
#define CAPTURE_ROWS                                                                               \
	{'i', "interface", "IF", "this one only, or a pattern; may be given again (default: all)", \
	 add_interface},                                                                           \
		{0, "tap", NULL, "a mirror port: both sides of everything, whoever they are",      \
		 set_tap},                                                                         \
		{0, "samba-log", "FILE",                                                           \
		 "Samba's audit log to follow, auto or off; may be given again", add_samba_log},   \
		{0, "ring-mib", "MIB", "what may wait to be read, each interface (default 16)",    \
		 set_ring},                                                                        \
		{0, "key-file", "FILE", "the key that ActivityIDs derive from, 64 hex digits",     \
		 set_key_file},                                                                    \
		{0, "keytab", "FILE",                                                              \
		 "keys of domain controllers, to read secure channels; may be given again",        \
		 add_keytab},                                                                      \
		{0, "samba-private", "DIR", "those that Samba has: its private folder",            \
		 add_private},                                                                     \
		{0, "user", "NAME", "whom the processes run as that read (default ntlmaudit)",     \
		 set_user},                                                                        \
		{0, "root", "DIR", "look for the policy below DIR instead of /", set_root},        \
		{0, "no-bpf", NULL, "find processes in /proc, even where BPF would load",          \
		 set_no_bpf},                                                                      \
		{0, "no-sandbox", NULL, "for debugging: with all privileges to the end",           \
		 set_no_sandbox},                                                                  \
	{                                                                                          \
		'q', "quiet", NULL, "say only what is wrong", set_quiet                            \
	}

static const struct option_row watch_table[] = {
	{'o', "output", "FORMAT", "short (default), text, json, xml, csv, cef, ecs or ocsf",
	 shown_set_output},
	{0, "store", "[=PATH]", "into the channel log, too", set_log},
	{0, "role", "ROLE", "events of the client, server, or all (default)", set_role},
	{0, "min-level", "LEVEL", "information (default), or warning: insecure ones only",
	 shown_set_min_level},
	{0, "explain", NULL, "text, short: what shows the reason, under each client event",
	 shown_set_explain},
	{0, "color", "WHEN", "auto (default), always or never", shown_set_color},
	CAPTURE_ROWS,
	{0},
};

static const struct option_row daemon_table[] = {
	{0, "log", "PATH", "the channel log (default " SERVICE_LOG ")", set_log},
	{0, "run-dir", "DIR", "where the status socket is made (default " STATUS_RUN_DIR ")",
	 set_run_dir},
	{0, "part", "PART", "of the daemon: capture, decode, keep or forward (default: all in one)",
	 set_part},
	CAPTURE_ROWS,
	{0},
};

static const struct option_help watch_help = {
	.usage = "ntlmaudit watch [OPTION...]",
	.about =
		"Prints the NTLM authentications of this machine as they happen, with the process "
		"behind\n"
		"each: 4020/4021 of those that it makes, 4022/4023 of those that it accepts. Needs "
		"root.\n"
		"Exit status: 0 ended by ^C, 2 wrong usage, 3 it could not begin.\n",
	.examples = "examples:\n"
		    "  sudo ntlmaudit watch\n"
		    "  sudo ntlmaudit watch --explain -i eth0\n"
		    "  sudo ntlmaudit watch --tap -i span0 -o json --store\n",
};

static const struct option_help daemon_help = {
	.usage = "ntlmauditd [OPTION...]",
	.about =
		"Audits the NTLM authentications of this machine into the channel log, governed by "
		"the\n"
		"policy: see ntlmaudit.conf(5). Stays in the foreground; a service manager starts "
		"it.\n"
		"SIGHUP: read the policy again, reopen files. Exit status: 0 ended by SIGTERM, 2 "
		"wrong\n"
		"usage, 3 it could not begin.\n",
	.examples = "examples:\n"
		    "  systemctl enable --now ntlmauditd\n"
		    "  ntlmauditd --log /srv/ntlm/log.db\n",
};

static int run(int argc, char **argv, const struct option_row *table,
	       const struct option_help *help, struct watch_options *o)
{
	struct text log;
	int first = option_parse(argc, argv, table, help, o), rc;

	if (first < 0)
		return first == -1 ? EXIT_DONE : EXIT_USAGE;
	if (first < argc) {
		say("takes options only, not '%s'; see --help", argv[first]);
		return EXIT_USAGE;
	}
	/* the other parts are told it */
	if ((!o->daemon.part || part_captures(o->daemon.part)) &&
	    keyfile_read(o->key_file, o->daemon.key) < 0)
		return EXIT_USAGE;
	text_init(&log, 0);
	if (o->store && !o->log && store_default_path(&log) == 0)
		o->log = log.ptr;
	o->daemon.log = o->store ? o->log : NULL;
	o->daemon.interfaces = o->interfaces;
	o->daemon.keytabs = o->keys.keytab;
	o->daemon.n_keytabs = o->keys.n_keytabs;
	o->daemon.private_folders = o->keys.folder;
	o->daemon.n_private_folders = o->keys.n_folders;
	o->daemon.samba_logs = o->samba_logs;
	o->daemon.format = o->shown.format;
	o->daemon.roles = o->shown.roles;
	o->daemon.min_level = o->shown.min_level;
	o->daemon.style = shown_style(&o->shown);
	rc = daemon_run(&o->daemon);
	text_finish(&log);
	return rc;
}

int cmd_watch(int argc, char **argv)
{
	struct watch_options o = {.daemon = {.root = ""}};

	shown_init(&o.shown);
	return run(argc, argv, watch_table, &watch_help, &o);
}

int cmd_daemon(int argc, char **argv)
{
	/* Not from the environment: what somebody exported to look at another log would make it the service's. */
	struct watch_options o = {.daemon = {.root = "", .run_dir = STATUS_RUN_DIR},
				  .store = true,
				  .log = SERVICE_LOG};

	return run(argc, argv, daemon_table, &daemon_help, &o);
}
