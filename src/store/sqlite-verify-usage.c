/*
 * Do the counts of usage add up to the events? Events are counted again by key and by hour; from that the tables' counts
 * are taken away; nothing may be left. A stencil's keys follow from its first event.
 */
#include "store/verify.h"

#include "base/mem.h"
#include "store/hours.h"

#include <errno.h>
#include <inttypes.h>

struct verified_usage {
	uint32_t (*keys)[2]; /* by stencil */
	size_t n_stencils;
	struct count_map totals, days, hours;
};

int verify_usage_init(struct verifier *v)
{
	int64_t last;
	int rc = sqlite_number(v->q, "SELECT max(id) FROM stencil", 0, &last, v->why);

	if (rc < 0)
		return rc;
	v->usage = mem_zalloc(1, sizeof(*v->usage));
	if (!v->usage)
		return -ENOMEM;
	v->usage->n_stencils = (size_t)last + 1;
	v->usage->keys = mem_zalloc(v->usage->n_stencils, sizeof(*v->usage->keys));
	return v->usage->keys ? 0 : -ENOMEM;
}

int verify_usage_event(struct verifier *v, const struct event *e, uint32_t stencil)
{
	struct verified_usage *u = v->usage;
	uint32_t *keys = stencil < u->n_stencils ? u->keys[stencil] : u->keys[0];
	int rc = keys[0] ? 0 : usage_keys(v->q, e, keys, v->why);

	if (rc == 0)
		rc = count_map_add(&u->totals, keys[0], 1);
	if (rc == 0)
		rc = count_map_add(&u->totals, keys[1], 1);
	if (rc == 0)
		rc = count_map_add(&u->days, keys[0], 1);
	if (rc == 0)
		rc = count_map_add(&u->hours, floor_div(e->time, NSEC_PER_HOUR), 1);
	return rc;
}

static int take_totals(struct verifier *v)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(v->q, "SELECT key, count FROM usage_total", &st, v->why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(v->q, st, v->why)) > 0)
		if ((rc = count_map_add(&v->usage->totals, column_i64(st, 0), -column_i64(st, 1))) <
		    0)
			break;
	sqlite3_finalize(st);
	return rc;
}

static int take_hours(struct verifier *v, sqlite3_stmt *st)
{
	struct hours hours;
	bool is_coarse = column_i64(st, 0) != 0;
	int64_t day = column_i64(st, 1), key = column_i64(st, 2);
	int rc = 0;

	if (!hours_unpack(column_blob(st, 3), &hours)) {
		verifier_tell(v, FAULT_ROLLUP, 0, "hours of usage of key %" PRId64 " are damaged",
			      key);
		return 0;
	}
	for (unsigned i = 0; i < 24 && rc == 0; i++) {
		int64_t count = (int64_t)hours.hour[i].count;

		if (!count)
			continue;
		rc = is_coarse ? count_map_add(&v->usage->hours, day * 24 + i, -count)
			       : count_map_add(&v->usage->days, key, -count);
	}
	return rc;
}

static int take_days(struct verifier *v)
{
	sqlite3_stmt *st;
	int rc = sqlite_prepare(v->q, "SELECT coarse, day, key, hours FROM usage", &st, v->why);

	if (rc < 0)
		return rc;
	while ((rc = sqlite_step(v->q, st, v->why)) > 0)
		if ((rc = take_hours(v, st)) < 0)
			break;
	sqlite3_finalize(st);
	return rc;
}

static void tell_rest(struct verifier *v, const struct count_map *m, const char *what)
{
	for (size_t i = 0; i < m->cap; i++)
		if (m->entries[i].used && m->entries[i].count)
			verifier_tell(v, FAULT_ROLLUP, 0,
				      "usage of %s %" PRId64 " is %+" PRId64
				      " off what its events say",
				      what, m->entries[i].key, -m->entries[i].count);
}

int verify_usage_close(struct verifier *v)
{
	int rc = take_totals(v);

	if (rc == 0)
		rc = take_days(v);
	if (rc < 0)
		return rc;
	tell_rest(v, &v->usage->totals, "all time of key");
	tell_rest(v, &v->usage->days, "the days of key");
	tell_rest(v, &v->usage->hours, "hour");
	return 0;
}

void verify_usage_finish(struct verifier *v)
{
	if (!v->usage)
		return;
	count_map_finish(&v->usage->totals);
	count_map_finish(&v->usage->days);
	count_map_finish(&v->usage->hours);
	mem_free(v->usage->keys);
	mem_free(v->usage);
	v->usage = NULL;
}
