/* ntlmaudit: finds the subcommand and runs it. */
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/completion.h"
#include "cmd/output.h"
#include "format/escape.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Reading takes about 5 MiB; the rest is for the worst that strangers can do. */
#define MEMORY_MAX ((size_t)60 << 20)

static const struct command commands[] = {
	{"read", "read capture files and print Windows' NTLM audit events", cmd_read},
	{"watch", "print this machine's NTLM authentications as they happen", cmd_watch},
	{"search", "find events in the channel log", cmd_search},
	{"show", "tell the whole story of one logon", cmd_show},
	{"export", "write events of the channel log to a file", cmd_export},
	{"report", "sum up the channel log: who, why and where", cmd_report},
	{"verify", "check the channel log, and seal it", cmd_verify},
	{"explain", "say what a reason, status, flags or field means, and what to do", cmd_explain},
	{"policy", "show, check and import what says which events are written", cmd_policy},
	{"status", "tell how it stands with the daemon", cmd_status},
	{"doctor", "look for what keeps NTLM from being audited, and say what mends it",
	 cmd_doctor},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

void say(const char *format, ...)
{
	struct text shown;
	char message[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	text_init(&shown, 0);
	text_visible(&shown, message); /* names of files are strangers' too */
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, shown.ptr ? shown.ptr : "");
	text_finish(&shown);
}

static void print_help(FILE *out)
{
	fputs("Sees NTLM where Windows' own auditing is blind: who uses it, why, and where.\n\n"
	      "usage: ntlmaudit COMMAND [OPTION...] [ARGUMENT...]\n\ncommands:\n",
	      out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].doc);
	fputs("\nntlmaudit COMMAND --help tells more. Try: ntlmaudit read CAPTURE.pcap\n", out);
}

static int no_command(const char *name)
{
	say("there is no command '%s'; ntlmaudit --help lists them", name);
	return EXIT_USAGE;
}

static int main_help(int argc, char **argv)
{
	char help[] = "--help";
	char *command_help[] = {NULL, help, NULL};

	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		command_help[0] = argv[1];
		return commands[i].run(2, command_help);
	}
	if (argc > 1 && strcmp(argv[0], "help") == 0)
		return no_command(argv[1]);
	print_help(stdout);
	return EXIT_DONE;
}

static int main_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("ntlmaudit " NTLMAUDIT_VERSION);
	return EXIT_DONE;
}

/* For whoever builds a package. */
static int main_completion(int argc, char **argv)
{
	return completion_main(argc, argv, "ntlmaudit", commands, N_COMMANDS);
}

static const struct command about[] = {
	{"completion", "", main_completion}, {"help", "", main_help},
	{"--help", "", main_help},	     {"-h", "", main_help},
	{"--version", "", main_version},     {"version", "", main_version},
};

static const struct command *find(const struct command *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* The same program is the service, under its own name. */
static const struct command service[] = {{"ntlmauditd", "", cmd_daemon}};

static int main_service(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "completion") == 0)
		return completion_main(argc - 1, argv + 1, service[0].name, service, 1);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return main_version(argc, argv);
	return cmd_daemon(argc, argv);
}

int main(int argc, char **argv)
{
	const struct command *command;
	int rc;

	setrlimit(RLIMIT_CORE, &(struct rlimit){0}); /* a core would hold what we never write */
	mem_limit(MEMORY_MAX);
	if (strcmp(program_invocation_short_name, service[0].name) == 0)
		return main_service(argc, argv);
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	command = find(commands, N_COMMANDS, argv[1]);
	if (!command)
		command = find(about, sizeof(about) / sizeof(about[0]), argv[1]);
	if (!command)
		return no_command(argv[1]);
	rc = command->run(argc - 1, argv + 1);
	return rc != EXIT_DONE || output_text(NULL) ? rc : EXIT_PARTLY;
}
