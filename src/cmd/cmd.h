/* What the subcommands share: their table, exit codes, and how they talk on stderr. */
#ifndef NTLMAUDIT_CMD_CMD_H
#define NTLMAUDIT_CMD_CMD_H

#include <stdbool.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_NOTHING = 1, /* nothing matched */
	EXIT_USAGE = 2,
	EXIT_PARTLY = 3, /* some input could not be read, wholly or in part */
};

struct command {
	const char *name;
	const char *doc;		   /* one line, for the list of commands */
	int (*run)(int argc, char **argv); /* argv[0] is the command's name; an exit code */
};

int cmd_read(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_daemon(int argc, char **argv); /* ntlmauditd */

/* Prints "ntlmaudit: ..." and a newline on stderr. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
