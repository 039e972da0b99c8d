/* The options with which events are chosen from the log, shared by the commands that search it. */
#ifndef NTLMAUDIT_CMD_QUERY_H
#define NTLMAUDIT_CMD_QUERY_H

#include "cmd/choice.h"
#include "cmd/option.h"
#include "format/format.h"
#include "store/store.h"

/* The first member of a command's options, so that the shared rows find it. */
struct query_options {
	struct store_query query;    /* its texts point into argv */
	const char *log;	     /* NULL: the default */
	const struct format *format; /* NULL: an .evtx file */
	bool has_format;	     /* one was asked for */
	bool rendered;
	enum choice color;
	uint64_t newest; /* -n: only so many, the newest; 0 = all */
	bool findings;
	bool explain;
};

/* The shared rows; one without a name ends them. */
extern const struct option_row query_rows[];
#define QUERY_ROWS_MAX 32 /* with those of a command */

void query_options_init(struct query_options *o, const char *format);

/* option_parse() with the shared rows after the command's own. */
int query_parse(int argc, char **argv, const struct option_row *own, const struct option_help *help,
		struct query_options *options);

/*
 * store_search(), with -n: the newest so many, in the order asked for. Then the findings of the same time where
 * they are wanted. Not 0 from one of the functions ends it; that is returned.
 */
struct query_ops {
	int (*event)(void *ctx, const struct event *e);
	int (*finding)(void *ctx, const struct finding *f);
};

int query_run(struct store *s, const struct query_options *o, const struct query_ops *ops,
	      void *ctx, struct text *why);

/* A GUID with or without braces and dashes; the bytes in the order of its digits. */
bool query_guid(const char *s, uint8_t ret_guid[16]);

/* A moment as when.h has it, for option rows: NULL, or what it should be. */
const char *query_moment(int64_t *ret_moment, const char *value);
/* Decimal digits and nothing else. */
bool query_number(const char *s, uint64_t *ret_number);

#endif
