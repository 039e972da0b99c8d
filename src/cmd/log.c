#include "cmd/log.h"

#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>

int log_failed(int rc, const struct text *why)
{
	if (why->len)
		say("%s", why->ptr);
	else
		say("the log: %s", strerror(-rc));
	return EXIT_PARTLY;
}

int log_open(const char *path, enum store_mode mode, struct text *ret_path,
	     struct store **ret_store)
{
	struct text named, why;
	int rc = 0;

	text_init(&named, 0);
	text_init(&why, 0);
	if (!path) {
		rc = store_default_path(&named);
		path = named.ptr;
		if (rc == -ENOENT)
			text_puts(&why, "there is no HOME with a log in it: name one by --log, "
					"--store=PATH or "
					"NTLMAUDIT_LOG");
	}
	if (rc == 0)
		rc = store_open(path, mode, &why, ret_store);
	if (rc == 0 && ret_path)
		text_puts(ret_path, path);
	rc = rc < 0 ? log_failed(rc, &why) : EXIT_DONE;
	text_finish(&why);
	text_finish(&named);
	return rc;
}
