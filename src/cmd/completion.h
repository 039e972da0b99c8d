/*
 * What a shell offers after Tab, made from the tables that the program parses by: commands, options, and the words that
 * an option takes. Invariant: a word that is offered was accepted by the option's own row.
 */
#ifndef NTLMAUDIT_CMD_COMPLETION_H
#define NTLMAUDIT_CMD_COMPLETION_H

#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/option.h"

#define COMPLETION_OPTIONS_MAX 32
#define COMPLETION_COMMANDS_MAX 24

enum completion_kind {
	COMPLETION_NONE, /* anything may stand there */
	COMPLETION_WORDS,
	COMPLETION_FILE,
	COMPLETION_FOLDER,
	COMPLETION_INTERFACE,
};

struct completion_option {
	struct option_row row;
	enum completion_kind kind;
	struct text words; /* with blanks between */
};

struct completion_command {
	const char *name, *doc;
	struct completion_option options[COMPLETION_OPTIONS_MAX];
	size_t n_options;
	struct text words; /* arguments that are words */
	bool files;	   /* arguments that are files */
};

/* A program's commands; a program without any has one, here named "". */
struct completion {
	const char *program;
	struct completion_command commands[COMPLETION_COMMANDS_MAX];
	size_t n_commands;
};

/* Runs each command just as far as to its table of options. A single one of the program's name is the program. */
void completion_collect(struct completion *c, const char *program, const struct command *commands,
			size_t n);
void completion_finish(struct completion *c);

void completion_bash(struct text *out, const struct completion *c);
void completion_zsh(struct text *out, const struct completion *c);

/* `argv` is {"completion", "bash" or "zsh"}: prints the shell's file for a program. An exit code. */
int completion_main(int argc, char **argv, const char *program, const struct command *commands,
		    size_t n);

#endif
