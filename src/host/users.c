#include "host/users.h"

#include "base/mem.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#define WAYS 4
#define SETS (USERS_MAX / WAYS)

struct known {
	uint32_t uid;
	bool used;
	int64_t until;
	char name[USER_NAME_BYTES]; /* empty = none */
};

struct users {
	struct known known[USERS_MAX];
};

int users_new(struct users **ret_users)
{
	*ret_users = mem_zalloc(1, sizeof(struct users));
	return *ret_users ? 0 : -ENOMEM;
}

void users_free(struct users *u)
{
	mem_free(u);
}

static void ask(struct known *k, uint32_t uid, int64_t now)
{
	struct passwd user, *found = NULL;
	char buffer[4096];

	*k = (struct known){.uid = uid, .used = true, .until = now + USERS_NO_SECONDS};
	if (getpwuid_r(uid, &user, buffer, sizeof(buffer), &found) != 0 || !found)
		return;
	snprintf(k->name, sizeof(k->name), "%s", user.pw_name);
	k->until = now + USERS_SECONDS;
}

const char *users_name(struct users *u, uint32_t uid, int64_t now)
{
	struct known *set = u->known + (uid % SETS) * WAYS, *k = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].used && set[i].uid == uid) {
			k = &set[i];
			break;
		}
		if (!set[i].used || set[i].until < k->until)
			k = &set[i];
	}
	if (!k->used || k->uid != uid || k->until <= now)
		ask(k, uid, now);
	return k->name[0] ? k->name : NULL;
}
