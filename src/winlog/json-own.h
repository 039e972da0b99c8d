/* Our own JSON (format/json.c) back as the event or finding that it was. */
#ifndef NTLMAUDIT_WINLOG_JSON_OWN_H
#define NTLMAUDIT_WINLOG_JSON_OWN_H

#include "winlog/input-record.h"

#include <jansson.h>

/* Of one event; ours have fewer. More are counted in the draft's n_data_lost and not kept. */
#define JSON_OWN_FOREIGN 512
#define JSON_OWN_EVIDENCE 256

bool json_own_is_event(const json_t *object);
bool json_own_is_finding(const json_t *object);

/*
 * Texts are the object's or lie in the draft's arena. NULL, or a literal that says what is wrong: an event that
 * no layout knows, or one without a time.
 */
const char *json_own_event(const json_t *object, struct winlog_draft *d, struct event *ret_event);
const char *json_own_finding(const json_t *object, struct winlog_draft *d,
			     struct finding *ret_finding);

#endif
