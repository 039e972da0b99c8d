/*
 * Control groups by the number that the kernel has for them, so that the unit of a process is known that is gone already. A
 * group that was seen once is remembered, and so survives its end.
 */
#ifndef NTLMAUDIT_HOST_CGROUP_ID_H
#define NTLMAUDIT_HOST_CGROUP_ID_H

#include "host/cgroup.h"

#define CGROUP_IDS_MAX 512 /* the least recently asked for goes */

struct cgroup_ids;

/* Opens the unified hierarchy. A negative errno where there is none. */
int cgroup_ids_new(struct cgroup_ids **ret_ids) __attribute__((warn_unused_result));
/* NULL is fine. */
void cgroup_ids_free(struct cgroup_ids *c);
/* A folder of it, to attach to; ours. */
int cgroup_ids_root(const struct cgroup_ids *c);

/*
 * The place of a group; false where it is gone and was never seen, or is the root, which says nothing. Needs
 * CAP_DAC_READ_SEARCH for a group that is new. `c` may be NULL.
 */
bool cgroup_ids_find(struct cgroup_ids *c, uint64_t id, struct cgroup_place *ret_place);

#endif
