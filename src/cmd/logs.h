/*
 * The log files among those that `read` was given: told from captures by content before anything is read, and read
 * after them in the order in which they were named.
 */
#ifndef NTLMAUDIT_CMD_LOGS_H
#define NTLMAUDIT_CMD_LOGS_H

#include "winlog/input.h"

#include <stddef.h>

struct logs_ops {
	/* Its `record` is set: the next of the run. Valid during the call. */
	void (*event)(void *ctx, const struct event *e);
	/* Its records are those of the events as they were handed out. */
	void (*finding)(void *ctx, const struct finding *f);
	/* As winlog_input_ops, with the file's name. */
	void (*problem)(void *ctx, const char *name, const char *unit, uint64_t at,
			const char *where, const char *why);
	/* The file can't be read, or not further. */
	void (*failed)(void *ctx, const char *name, int rc, bool partly);
};

struct logs;

/*
 * Looks at the files. `names` then holds the others, *ret_n of them: captures, and what can't be opened. Nothing
 * is taken from a pipe. -ENOMEM.
 */
int logs_new(char **names, size_t n, struct logs **ret_logs, size_t *ret_n)
	__attribute__((warn_unused_result));
void logs_free(struct logs *l);

size_t logs_count(const struct logs *l);
/* How many of the others are Samba's logs. */
size_t logs_samba(const struct logs *l);

/*
 * Reads them all. `last` is the run's last EventRecordID so far. `recover`: of EVTX what unused space still
 * holds, too.
 */
void logs_read(struct logs *l, bool recover, uint64_t last, const struct logs_ops *ops, void *ctx,
	       struct winlog_counts *counts);

#endif
