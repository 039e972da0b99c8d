/* The SQLite engine: opening, closing, and the row of operations. */
#include "store/sqlite.h"

#include "base/folder.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SETS 16384
#define STENCIL_SETS 65536
#define KEY_SETS 4096
#define READER_SETS 1024 /* only verifying looks texts up */

/* ---- the one writer ---- */

static int say(const char *path, int error, const char *what, struct text *why)
{
	if (why)
		text_printf(why, "%s: %s", path, what ? what : strerror(error));
	return -error;
}

/* Beside a log of somebody else's, root's lock is that one's: it would keep the owner out for ever. */
static void give_to_owner(const struct sqlite *q, int fd)
{
	struct stat log;

	if (geteuid() == 0 && stat(q->path, &log) == 0 && log.st_uid != 0 &&
	    fchown(fd, log.st_uid, log.st_gid) < 0)
		errno = 0; /* then it stays root's */
}

/*
 * The lock is a file of its own: closing any descriptor of the log itself would drop SQLite's locks. Whoever has it
 * leaves its process number there.
 */
static int take_lock(struct sqlite *q, struct text *why)
{
	char name[4096], who[32] = "";
	int n = snprintf(name, sizeof(name), "%s-lock", q->path);

	if (n < 0 || (size_t)n >= sizeof(name))
		return say(q->path, ENAMETOOLONG, NULL, why);
	q->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (q->lock < 0)
		return say(name, errno, NULL, why);
	give_to_owner(q, q->lock);
	if (flock(q->lock, LOCK_EX | LOCK_NB) < 0) {
		if (read(q->lock, who, sizeof(who) - 1) <= 0)
			who[0] = '\0';
		who[strcspn(who, "\n")] = '\0';
		if (why)
			text_printf(why, "%s: another program is writing to this log%s%s%s",
				    q->path, *who ? " (process " : "", who, *who ? ")" : "");
		return -EBUSY;
	}
	if (ftruncate(q->lock, 0) < 0 || dprintf(q->lock, "%d\n", getpid()) < 0)
		return 0; /* a full disk: the number is only a courtesy */
	return 0;
}

/* SQLite would make the log readable by everybody. */
static int make_file(struct sqlite *q, struct text *why)
{
	int fd = open(q->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return say(q->path, errno, NULL, why);
	close(fd);
	return 0;
}

/* ---- opening ---- */

/* Milliseconds. A reader waits for nothing but the short while in which a log is made or its last writer leaves. */
#define READER_WAIT 60000
#define WRITER_WAIT 5000

static const char reader_settings[] = "PRAGMA query_only = 1; PRAGMA cell_size_check = 1;"
				      "PRAGMA cache_size = -16384;";

/*
 * Pages go to the disk at the commit and not before: a full disk then fails there. FULL waits for the disk at every
 * commit, which is what makes it an acknowledgement. None of these writes to the file: it was not looked at yet.
 */
static const char writer_settings[] =
	"PRAGMA synchronous = FULL; PRAGMA cell_size_check = 1; PRAGMA cache_size = -32768;"
	"PRAGMA cache_spill = 0; PRAGMA wal_autocheckpoint = 8192;"
	"PRAGMA journal_size_limit = 67108864;";

static int connect(struct sqlite *q, const char *suffix, struct text *why)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI |
		    (q->writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	struct text uri;
	int code;

	text_init(&uri, 0);
	text_puts(&uri, "file:");
	for (const char *p = q->path; *p; p++)
		text_printf(&uri, strchr("?#%", *p) ? "%%%02x" : "%c", (unsigned char)*p);
	text_puts(&uri, suffix);
	code = uri.failed ? SQLITE_NOMEM : sqlite3_open_v2(uri.ptr, &q->db, flags, NULL);
	text_finish(&uri);
	if (!q->db)
		return -ENOMEM;
	sqlite3_extended_result_codes(q->db, 1);
	/* Before the first of the settings, which looks at the file. */
	sqlite3_busy_timeout(q->db, q->writes ? WRITER_WAIT : READER_WAIT);
	if (code != SQLITE_OK)
		return sqlite_fail(q, why);
	/* The file may be anybody's. */
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* Closing would write what a killed writer left, also into a log that turns out to be damaged. */
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return sqlite_exec(q, q->writes ? writer_settings : reader_settings, why);
}

/* Is nothing in the log's WAL? Then the file alone is the whole log. */
static bool has_no_wal(const struct sqlite *q)
{
	char name[4096];
	struct stat wal;
	int n = snprintf(name, sizeof(name), "%s-wal", q->path);

	return n > 0 && (size_t)n < sizeof(name) &&
	       (stat(name, &wal) < 0 ? errno == ENOENT : wal.st_size == 0);
}

/* Reading takes part in the locks of WAL, which needs files beside the log. Where they can't be made, nobody writes. */
static int connect_reader(struct sqlite *q, struct text *why)
{
	int64_t version;
	int code, rc = connect(q, "", why);

	if (rc == 0)
		rc = sqlite_number(q, "PRAGMA user_version", 0, &version, why);
	code = sqlite3_errcode(q->db) & 0xff;
	if (rc == 0 || (code != SQLITE_CANTOPEN && code != SQLITE_READONLY) || !has_no_wal(q))
		return rc;
	sqlite3_close(q->db);
	if (why)
		text_reset(why);
	return connect(q, "?immutable=1", why);
}

static int make_caches(struct sqlite *q, size_t names, size_t stencils, size_t keys)
{
	int rc = idcache_init(&q->name_ids, names);

	if (rc == 0)
		rc = idcache_init(&q->stencil_ids, stencils);
	return rc < 0 ? rc : idcache_init(&q->key_ids, keys);
}

/* Whose file it is and whether it is whole, before anything is written. */
static int look_at(struct sqlite *q, struct text *why)
{
	int64_t version;
	int rc = sqlite_identify(q, &version, why);

	if (rc == 0 && version == 0)
		return sqlite_exec(q, "PRAGMA auto_vacuum = INCREMENTAL", why);
	return rc < 0 ? rc : sqlite_check(q, why);
}

static int open_database(struct sqlite *q, struct text *why)
{
	int rc = make_file(q, why);

	if (rc == 0)
		rc = connect(q, "", why);
	if (rc == 0)
		rc = look_at(q, why);
	if (rc < 0)
		return rc;
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	rc = sqlite_exec(q, "PRAGMA journal_mode = WAL", why);
	return rc < 0 ? rc : sqlite_schema(q, why);
}

static int open_writer(struct sqlite *q, struct text *why)
{
	int rc = folder_make_above(q->path, 0750);

	/* where they can't be made, what lies there decides */
	if (rc < 0 && rc != -EROFS && rc != -EACCES)
		return say(q->path, -rc, NULL, why);
	rc = take_lock(q, why);
	if (rc == 0)
		rc = open_database(q, why);
	if (rc == 0)
		rc = usage_init(&q->usage);
	if (rc == 0)
		rc = make_caches(q, NAME_SETS, STENCIL_SETS, KEY_SETS);
	if (rc == 0)
		rc = writer_load(q, why);
	return rc < 0 ? rc : usage_recount(q, why);
}

static int open_reader(struct sqlite *q, struct text *why)
{
	int rc;

	if (access(q->path, R_OK) < 0)
		return say(q->path, errno, errno == ENOENT ? "there is no such log" : NULL, why);
	rc = connect_reader(q, why);
	if (rc == 0)
		rc = make_caches(q, READER_SETS, READER_SETS, READER_SETS);
	return rc < 0 ? rc : sqlite_schema(q, why);
}

static void sqlite_close(struct store *s);

static int sqlite_open(struct store *s, const char *path, enum store_mode mode, struct text *why)
{
	struct sqlite *q = mem_zalloc(1, sizeof(*q));
	size_t n = strlen(path) + 1;
	int rc;

	if (!q)
		return -ENOMEM;
	s->state = q;
	q->lock = -1;
	q->writes = mode == STORE_WRITE;
	q->path = mem_alloc(n);
	text_init(&q->scratch, (size_t)1 << 20);
	rc = q->path ? encoder_init(&q->encoder) : -ENOMEM;
	if (rc == 0) {
		memcpy(q->path, path, n);
		rc = q->writes ? open_writer(q, why) : open_reader(q, why);
	}
	if (rc < 0)
		sqlite_close(s);
	return rc;
}

/*
 * Notes that the log was left in order; where that fails it is looked at more closely next time. What is in the WAL goes
 * into the log now: closing would do it, too, but keep readers out meanwhile.
 */
static void leave_in_order(struct sqlite *q)
{
	uint8_t closed = 0;

	if (q->in_transaction)
		writer_rollback(q);
	if (!q->marked_open || sqlite_run_fixed(q, SQL_BEGIN, NULL) < 0)
		return;
	if (meta_set(q, "open", span_make(&closed, 1), NULL) == 0 &&
	    sqlite_run_fixed(q, SQL_COMMIT, NULL) == 0)
		(void)sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void sqlite_close(struct store *s)
{
	struct sqlite *q = sqlite_of(s);

	if (q->writes && q->db)
		leave_in_order(q);
	sqlite_finish_statements(q);
	sqlite3_close(q->db);
	if (q->lock >= 0)
		close(q->lock);
	name_texts_finish(q);
	stencils_finish(q);
	usage_finish(&q->usage);
	mem_free(q->kerberos_seen);
	idcache_finish(&q->name_ids);
	idcache_finish(&q->stencil_ids);
	idcache_finish(&q->key_ids);
	encoder_finish(&q->encoder);
	for (size_t i = 0; i < SQL__COUNT - SQL__FIXED; i++)
		mem_free(q->made_sql[i]);
	mem_free(q->event_select);
	text_finish(&q->scratch);
	mem_free(q->path);
	mem_free(q);
}

/* ---- the operations ---- */

static int sqlite_add(struct store *s, const struct event *e, uint64_t *ret_record,
		      struct text *why)
{
	return writer_add(sqlite_of(s), e, ret_record, why);
}

static int sqlite_commit(struct store *s, struct text *why)
{
	return writer_commit(sqlite_of(s), why);
}

int sqlite_read_begin(struct sqlite *q, struct text *why)
{
	int rc = 0;

	/* Within a transaction of ours what it counted must be there to be read. */
	if (q->in_transaction)
		rc = usage_flush(q, why);
	else if (q->reading == 0)
		rc = sqlite_exec(q, "BEGIN", why);
	if (rc == 0)
		q->reading++;
	return rc;
}

void sqlite_read_end(struct sqlite *q)
{
	q->reading--;
	if (q->reading == 0 && !q->in_transaction)
		(void)sqlite_exec(q, "COMMIT", NULL);
}

const struct store_ops store_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.add = sqlite_add,
	.add_finding = sqlite_add_finding,
	.commit = sqlite_commit,
	.retain = sqlite_retain,
	.search = sqlite_search,
	.findings = sqlite_findings,
	.findings_after = sqlite_findings_after,
	.head = sqlite_head,
	.usage = sqlite_usage,
	.add_kerberos = sqlite_add_kerberos,
	.kerberos = sqlite_kerberos,
	.place_put = sqlite_place_put,
	.place_get = sqlite_place_get,
	.summary = sqlite_summary,
	.verify = sqlite_verify,
	.seal = sqlite_seal,
	.seals = sqlite_seals,
};
