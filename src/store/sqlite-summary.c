/* What the log holds, in numbers. */
#include "store/sqlite.h"

struct number_row {
	const char *sql;
	size_t member;
};

#define DROPPED "(SELECT ifnull(sum(last - first + 1), 0) FROM dropped)"
#define LAST                                                                                       \
	"max(ifnull((SELECT max(record) FROM event), 0),"                                          \
	" ifnull((SELECT max(last) FROM dropped), 0))"

#define MEMBER(member) offsetof(struct store_summary, member)

static const struct number_row numbers[] = {
	/* Records have no gaps but for what was dropped, so nothing has to be counted one by one. */
	{"SELECT " LAST " - " DROPPED, MEMBER(events)},
	{"SELECT count(*) FROM finding", MEMBER(findings)},
	{"SELECT min(record) FROM event", MEMBER(first_record)},
	{"SELECT max(record) FROM event", MEMBER(last_record)},
	{"SELECT (page_count - freelist_count) * page_size"
	 " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
	 MEMBER(bytes)},
	{"SELECT (SELECT time FROM event WHERE record = (SELECT record FROM seen ORDER BY tick "
	 "LIMIT 1))",
	 MEMBER(first_time)},
	{"SELECT (SELECT time FROM event WHERE record ="
	 " (SELECT record FROM seen ORDER BY tick DESC LIMIT 1))",
	 MEMBER(last_time)},
	{"SELECT sum(last - first + 1) FROM dropped", MEMBER(dropped)},
	{"SELECT count(*) FROM seal", MEMBER(seals)},
};

int sqlite_summary(struct store *s, struct store_summary *ret_summary, struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	struct store_summary summary = {0};
	int64_t number;
	int rc = sqlite_read_begin(q, why);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && rc == 0; i++) {
		rc = sqlite_number(q, numbers[i].sql, 0, &number, why);
		if (rc == 0)
			memcpy((char *)&summary + numbers[i].member, &number, sizeof(number));
	}
	sqlite_read_end(q);
	if (rc == 0)
		*ret_summary = summary;
	return rc;
}

/* ---- how far it has come ---- */

/* Its secret tells one log from another, and this tells nothing of the secret. */
static uint64_t identity(const struct sqlite *q)
{
	uint64_t mark = hash_bytes(&q->keys[0], span_str("identity of the log"));

	return mark ? mark : 1;
}

int sqlite_head(struct store *s, struct store_head *ret_head, struct text *why)
{
	struct sqlite *q = sqlite_of(s);
	sqlite3_stmt *st;
	int rc = sqlite_prepare(q,
				"SELECT " LAST ", " SQL_FINDINGS_EVER ", " LAST " - " DROPPED ","
				" (page_count - freelist_count) * page_size"
				" FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
				&st, why);

	if (rc < 0)
		return rc;
	rc = sqlite_step(q, st, why);
	if (rc > 0)
		*ret_head = (struct store_head){
			.identity = identity(q),
			.record = (uint64_t)column_i64(st, 0),
			.finding = (uint64_t)column_i64(st, 1),
			.events = (uint64_t)column_i64(st, 2),
			.bytes = (uint64_t)column_i64(st, 3),
		};
	sqlite3_finalize(st);
	return rc < 0 ? rc : 0;
}
