#include "sink/backlog.h"

#include <errno.h>
#include <sys/stat.h>

static uint64_t inode_of(const char *path, uint64_t *ret_device)
{
	struct stat s;

	if (stat(path, &s) < 0)
		return 0;
	if (ret_device)
		*ret_device = s.st_dev;
	return s.st_ino;
}

/*
 * The WAL is looked at, too: who may not write beside the log reads it, without a WAL, as a file that nobody changes
 * (store/sqlite.c), and would never see that a writer has come.
 */
static struct backlog_files files_at(const char *path)
{
	struct backlog_files files = {0};
	struct text wal;

	text_init(&wal, 0);
	text_printf(&wal, "%s-wal", path);
	files.log = inode_of(path, &files.device);
	if (!wal.failed && files.log)
		files.wal = inode_of(wal.ptr, NULL);
	text_finish(&wal);
	return files;
}

bool backlog_is_replaced(const struct backlog *b)
{
	struct backlog_files now = files_at(b->path);

	/* nothing there: the next one is waited for with the old one in hand */
	return b->store && now.log &&
	       (now.log != b->files.log || now.device != b->files.device ||
		now.wal != b->files.wal);
}

void backlog_close(struct backlog *b)
{
	store_close(b->store);
	b->store = NULL;
}

static int open_log(struct backlog *b, struct text *why)
{
	int rc;

	if (!files_at(b->path).log) {
		text_printf(why, "%s: there is no such log", b->path);
		return -ENOENT;
	}
	rc = store_open(b->path, STORE_READ, why, &b->store);
	/* opening makes a WAL where there is none */
	b->files = files_at(b->path);
	return rc;
}

int backlog_look(struct backlog *b, struct text *why)
{
	int rc = b->store ? 0 : open_log(b, why);

	if (rc == 0)
		rc = store_head(b->store, &b->head, why);
	if (rc < 0)
		backlog_close(b);
	return rc;
}
