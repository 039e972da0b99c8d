/* A process as it is told of, with the memory for its texts. */
#ifndef NTLMAUDIT_HOST_PORTRAIT_H
#define NTLMAUDIT_HOST_PORTRAIT_H

#include "host/cgroup-id.h"
#include "host/process.h"
#include "host/record.h"
#include "host/users.h"

struct portrait {
	struct process process; /* its texts are the fields below */
	char name[96];
	char path[PROCESS_TEXT_MAX];
	char user[USER_NAME_BYTES];
	struct cgroup_place place;
};

/* What a portrait is drawn with; `groups` may be NULL. */
struct easel {
	struct users *users;
	struct cgroup_ids *groups;
};

/* Of a process by its folder in /proc. 0 or a negative errno; what can't be seen stays unknown. */
int portrait_of_folder(struct portrait *p, const struct easel *easel, int dir)
	__attribute__((warn_unused_result));
/* Of a process as the kernel's record has it, which may be gone; what the record lacks is asked of /proc. */
void portrait_of_record(struct portrait *p, const struct easel *easel,
			const struct record_holder *r);

/* The path of a record, put together from its parts; false where it has none. For tests. */
bool portrait_join_path(const struct record_holder *r, char *out, size_t size);

#endif
