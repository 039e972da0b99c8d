/* Names of users, remembered: asking for one may mean asking a server. */
#ifndef NTLMAUDIT_HOST_USERS_H
#define NTLMAUDIT_HOST_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USERS_MAX 1024	    /* the least recently asked for of a few goes */
#define USERS_SECONDS 600   /* so long a name is good */
#define USERS_NO_SECONDS 60 /* and so long, that there is none */
#define USER_NAME_BYTES 256

struct users;

int users_new(struct users **ret_users) __attribute__((warn_unused_result));
/* NULL is fine. */
void users_free(struct users *u);

/*
 * The name of a user, or NULL where it has none. `now`: seconds of any clock that does not go back. May block as long as the
 * system's name service does. Valid until the next call.
 */
const char *users_name(struct users *u, uint32_t uid, int64_t now);

#endif
