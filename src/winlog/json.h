/*
 * Windows records in JSON, by jansson: objects one after the other, a line each or not, or in arrays; in the forms of
 * the collectors in json-form.c, and our own, which give back events and findings as they were. One object is all
 * that is held; a broken one costs itself.
 */
#ifndef NTLMAUDIT_WINLOG_JSON_H
#define NTLMAUDIT_WINLOG_JSON_H

#include "winlog/record.h"

#define WINLOG_JSON_MAX ((size_t)1 << 20) /* bytes of one object in UTF-8 */

/* As winlog_xml_read(). */
int winlog_json_read(int fd, const struct winlog_ops *ops, void *ctx)
	__attribute__((warn_unused_result));

#endif
