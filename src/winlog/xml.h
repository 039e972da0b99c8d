/*
 * Windows Event XML, by expat: one Event, a list of them, or one after the other without a root, as wevtutil writes
 * them; and our own, with what it has beside. Each Event is found in the text first and parsed for itself, so that a
 * broken one costs nothing but itself, no document type is ever seen, and one Event is all that is held.
 */
#ifndef NTLMAUDIT_WINLOG_XML_H
#define NTLMAUDIT_WINLOG_XML_H

#include "base/span.h"
#include "winlog/record.h"

#define WINLOG_XML_MAX ((size_t)1 << 20) /* bytes of one Event in UTF-8 */
#define WINLOG_XML_DEPTH 64		 /* elements inside one another */

/*
 * Reads all of a file descriptor, from where it stands. 0, what an operation ended the reading with, or a negative
 * errno.
 */
int winlog_xml_read(int fd, const struct winlog_ops *ops, void *ctx)
	__attribute__((warn_unused_result));

/* For one Event that stands in something else: a parser, and an Event or finding for it, which begins at `line`. */
struct winlog_xml;

int winlog_xml_new(const struct winlog_ops *ops, void *ctx, struct winlog_xml **ret_parser)
	__attribute__((warn_unused_result));
void winlog_xml_free(struct winlog_xml *x);
int winlog_xml_parse(struct winlog_xml *x, struct span element, uint64_t line)
	__attribute__((warn_unused_result));

#endif
