/*
 * Who took part in a logon, as one event tells it: with these, events of several machines that share no ActivityID
 * are known to be of one logon. Invariant: a name that says nothing (`(NULL)`, `-`, anonymous) never agrees.
 */
#ifndef NTLMAUDIT_CMD_PARTY_H
#define NTLMAUDIT_CMD_PARTY_H

#include "event/event.h"

/* The fact's text where it says something; NULL where it is absent, a number, or a word for "none". */
const char *party_text(const struct event *e, enum fact fact);

/* The account that logged on; NULL where it is not known or anonymous. */
const char *party_user(const struct event *e);
/* Its domain, as that event has it; NULL where it has none. */
const char *party_domain(const struct event *e);
/* The best name of either end; NULL where none is known. */
const char *party_client(const struct event *e);
const char *party_server(const struct event *e);

/* Are these names of one host: `FS1`, `fs1.corp.example`, `cifs/fs1`? */
bool party_same_host(const char *a, const char *b);

/* Same user, at least one end the same, and neither end another. */
bool party_fits(const struct event *a, const struct event *b);

#endif
