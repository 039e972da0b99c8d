#include "base/folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_make_above(const char *path, mode_t mode)
{
	char folder[PATH_MAX];

	if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
		return -ENAMETOOLONG;
	if (!*folder)
		return 0;
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, mode) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

int folder_state(const char *file, struct text *ret_path)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0)
		text_printf(ret_path, "/var/lib/ntlmaudit/%s", file);
	else if (state && *state == '/') /* the specification has relative ones ignored */
		text_printf(ret_path, "%s/ntlmaudit/%s", state, file);
	else if (home && *home)
		text_printf(ret_path, "%s/.local/state/ntlmaudit/%s", home, file);
	else
		return -ENOENT;
	return ret_path->failed ? -ENOMEM : 0;
}
