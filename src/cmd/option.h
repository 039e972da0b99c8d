/* Options as a table: parsing, help and the manual's completeness all walk it. */
#ifndef NTLMAUDIT_CMD_OPTION_H
#define NTLMAUDIT_CMD_OPTION_H

struct option_row {
	char letter;	  /* 0: long form only */
	const char *name; /* long form, without dashes */
	const char *
		arg; /* what it takes: "FORMAT"; NULL for none; "[=PATH]": may be left out, no letter */
	const char *doc; /* one line */
	/* Takes the value (NULL where arg is NULL, or was left out) into `options`; a message says what it should be, or NULL. */
	const char *(*set)(void *options, const char *value);
};

struct option_help {
	const char *usage;    /* "ntlmaudit read [OPTION...] FILE..." */
	const char *about;    /* a paragraph, ends in a newline */
	const char *examples; /* ends in a newline */
};

/*
 * Parses argv by a table that a row without a name ends; --help is built in. Returns the index of the first
 * argument that is no option, -1 where help was printed, -2 after a usage error that was explained on stderr.
 * Options may stand after arguments; argv is reordered as getopt_long does.
 */
int option_parse(int argc, char **argv, const struct option_row *table,
		 const struct option_help *help, void *options);

/*
 * While `visit` is not NULL, option_parse() hands its table to it and returns -1: so what stands in the tables can be listed,
 * for a shell's completion. The table is valid during the call.
 */
void option_visit(void (*visit)(void *ctx, const struct option_row *table,
				const struct option_help *help, void *options),
		  void *ctx);

#endif
