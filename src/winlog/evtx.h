/*
 * Reads a Windows event log file (.evtx): chunk by chunk of 64 KiB, from anything that can be read once from its
 * beginning to its end. What is damaged is told and passed over. [MS-EVEN6] has the events' BinXml, libevtx's
 * "Windows XML Event Log (EVTX) format" all around it.
 */
#ifndef NTLMAUDIT_WINLOG_EVTX_H
#define NTLMAUDIT_WINLOG_EVTX_H

#include "base/span.h"
#include "winlog/record.h"

#include <stdio.h>

struct evtx_options {
	/* Also what unused and broken parts still hold, marked as recovered. */
	bool recover;
};

/* Does a file with these first bytes (at least 8) look like a log? */
bool evtx_is(struct span head);

/*
 * Reads `in`, which stands at the log's first byte, to its end. Records come in the order of the file. 0; what
 * ops->record ended the reading with; or -EIO, -ENOMEM. Any input is read as far as it can be: without a single
 * right byte there are problems and no records. A record of which a part can't be read is a problem and no
 * record, but for who wants to recover. NULL options: none.
 */
int evtx_read(FILE *in, const struct evtx_options *options, const struct winlog_ops *ops, void *ctx)
	__attribute__((warn_unused_result));

#endif
