/* How collectors write a record in JSON: which member stands where. A collector more is a row more. */
#ifndef NTLMAUDIT_WINLOG_JSON_FORM_H
#define NTLMAUDIT_WINLOG_JSON_FORM_H

#include "winlog/input-record.h"

#include <jansson.h>

struct json_form;

/* The form that an object has; NULL where it is none that we know. */
const struct json_form *json_form_find(const json_t *object);

/* Fills the draft, which was begun. */
void json_form_read(const struct json_form *form, const json_t *object, struct winlog_draft *d);

/* A member by its path ("winlog.process.pid"); NULL where there is none. */
const json_t *json_form_at(const json_t *object, const char *path);

/* A value as the text that Windows' XML has for it; in the arena, or the value's own. NULL for null. */
const char *json_form_text(const json_t *value, struct winlog_draft *d);

#endif
