/* The way that a logon went: from the client over the server to domain controllers, and what each of them says. */
#ifndef NTLMAUDIT_CMD_SHOW_PATH_H
#define NTLMAUDIT_CMD_SHOW_PATH_H

#include "cmd/story.h"

/* A machine a paragraph; nothing where the story is no one logon, or has one end only. */
void path_text(struct text *out, const struct story *story);
/* Members of an array: place, name, address, domain, over, record. */
void path_json(struct text *out, const struct story *story);
/* Is the account of another domain than the server, as the server's domain controller says? */
bool path_leaves_domain(const struct story *story);
/* "client", "server", "domain", "farside", "other". */
const char *place_name(enum story_place place);

#endif
