#include "cmd/option.h"

#include "cmd/cmd.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 32
#define HELP_VALUE 256 /* above all letters; rows follow */

static struct {
	void (*visit)(void *ctx, const struct option_row *table, const struct option_help *help,
		      void *options);
	void *ctx;
} visitor;

void option_visit(void (*visit)(void *ctx, const struct option_row *table,
				const struct option_help *help, void *options),
		  void *ctx)
{
	visitor.visit = visit;
	visitor.ctx = ctx;
}

/* `[=PATH]`: may be left out. */
static bool is_optional(const struct option_row *row)
{
	return row->arg && row->arg[0] == '[';
}

static int getopt_kind(const struct option_row *row)
{
	if (!row->arg)
		return no_argument;
	return is_optional(row) ? optional_argument : required_argument;
}

static void print_help(const struct option_row *table, const struct option_help *help)
{
	printf("usage: %s\n\n%s\noptions:\n", help->usage, help->about);
	for (; table->name; table++) {
		char left[64];

		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", table->letter ? '-' : ' ',
			 table->letter ? table->letter : ' ', table->letter ? "," : " ",
			 table->name, table->arg && !is_optional(table) ? " " : "",
			 table->arg ? table->arg : "");
		printf("  %-26s %s\n", left, table->doc);
	}
	printf("  %-26s %s\n\n%s", "-h, --help", "print this", help->examples);
}

/* getopt_long's two forms of the table. */
static void make_getopt(const struct option_row *table, char *letters, struct option *longs)
{
	size_t n = 0;

	*letters++ = 'h';
	longs[0] = (struct option){"help", no_argument, NULL, 'h'};
	for (; table[n].name && n < OPTIONS_MAX; n++) {
		longs[n + 1] = (struct option){
			.name = table[n].name,
			.has_arg = getopt_kind(&table[n]),
			.val = HELP_VALUE + 1 + (int)n,
		};
		if (!table[n].letter)
			continue;
		*letters++ = table[n].letter;
		if (table[n].arg)
			*letters++ = ':';
	}
	*letters = '\0';
}

static const struct option_row *row_of(const struct option_row *table, int value)
{
	if (value > HELP_VALUE)
		return &table[value - HELP_VALUE - 1];
	while (table->name && table->letter != value)
		table++;
	return table;
}

int option_parse(int argc, char **argv, const struct option_row *table,
		 const struct option_help *help, void *options)
{
	char program[64], *name = argv[0]; /* getopt_long's messages begin with argv[0] */
	struct option longs[OPTIONS_MAX + 2] = {0};
	char letters[2 * OPTIONS_MAX + 2];
	const struct option_row *row;
	const char *wrong;
	int value;

	if (visitor.visit) {
		visitor.visit(visitor.ctx, table, help, options);
		return -1;
	}
	make_getopt(table, letters, longs);
	/* `ntlmaudit read`, but `ntlmauditd`, whose argv[0] is a path: as its usage begins */
	snprintf(program, sizeof(program), "%.*s", (int)strcspn(help->usage, "[") - 1, help->usage);
	optind = 0; /* glibc: start anew */
	for (;;) {
		argv[0] = program;
		value = getopt_long(argc, argv, letters, longs, NULL);
		argv[0] = name;
		if (value == -1)
			return optind;
		if (value == 'h') {
			print_help(table, help);
			return -1;
		}
		if (value == '?') {
			say("try: %s --help", program);
			return -2;
		}
		row = row_of(table, value);
		wrong = row->set(options, row->arg ? optarg : NULL);
		if (wrong) {
			say("--%s %s: %s", row->name, row->arg && optarg ? optarg : "", wrong);
			return -2;
		}
	}
}
