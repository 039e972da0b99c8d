/* Which unit and which container a process belongs to, from the path of its control group. */
#ifndef NTLMAUDIT_HOST_CGROUP_H
#define NTLMAUDIT_HOST_CGROUP_H

#include "base/span.h"

#define CGROUP_NAME_BYTES 256
#define CGROUP_FILE_BYTES 8192

struct cgroup_place {
	char unit[CGROUP_NAME_BYTES];	   /* "apache2.service", "session-3.scope"; empty = none */
	char container[CGROUP_NAME_BYTES]; /* 64 hex digits, or a name; empty = none */
};

/*
 * Of one path. The unit is what systemd calls so: the first part that is no slice and ends in .service or .scope, below
 * which the unit may have groups of its own. The container is the last part that names one.
 */
void cgroup_place_of_path(struct span path, struct cgroup_place *ret_place);

/*
 * Of the text of /proc/PID/cgroup: the unified hierarchy where it says something, else systemd's own, and the container of
 * whichever hierarchy tells of one.
 */
void cgroup_place_of_file(const char *text, struct cgroup_place *ret_place);

#endif
