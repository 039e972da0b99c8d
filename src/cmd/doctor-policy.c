/* What the policy says, and whether it can be meant so. */
#include "cmd/doctor.h"

#include <inttypes.h>

#define DAY (86400 * NSEC_PER_SEC)
#define SOON (30 * DAY)

static bool has_policy(const struct doctor *d, struct checkup *c)
{
	if (!d->policy)
		remark(c, VERDICT_SKIPPED, "the policy can't be read");
	return d->policy != NULL;
}

void check_policy_files(struct doctor *d, struct checkup *c)
{
	*c = d->policy_files; /* the texts go with it */
	checkup_init(&d->policy_files);
}

/* ---- switched on? ---- */

static bool is_configuration(const char *file)
{
	size_t len = file ? strlen(file) : 0, end = strlen(".conf");

	return !file || (len > end && strcmp(file + len - end, ".conf") == 0);
}

/* How a setting is changed where it stands. */
static void cure_setting(struct checkup *c, const struct policy *p, enum setting s,
			 const char *word)
{
	const struct place *place = &p->effective.cells[s].place;
	uint32_t number = 0;
	struct text where;

	text_init(&where, 0);
	place_put(&where, place);
	(void)setting_number(s, span_str(word), &number);
	if (is_configuration(place->file))
		cure(c, "%s: %s = %s",
		     place->file && where.ptr ? where.ptr : "/etc/ntlmaudit/ntlmaudit.conf",
		     settings[s].key, word);
	else
		cure(c, "in Group Policy (%s): %s\\%s = %" PRIu32, where.ptr ? where.ptr : "",
		     settings[s].registry_key, settings[s].registry_name, number);
	text_finish(&where);
}

static const struct role {
	const char *name;
	enum setting level, share;
	bool domain;
} roles[] = {
	{"client", SETTING_CLIENT_EVENTS, SETTING_CLIENT_SHARE, false},
	{"server", SETTING_SERVER_EVENTS, SETTING_SERVER_SHARE, false},
	{"domain controller", SETTING_DOMAIN_EVENTS, SETTING_DOMAIN_SHARE, true},
};

static void look_at_role(struct doctor *d, struct checkup *c, const struct role *role)
{
	uint32_t share = policy_number(d->policy, role->share);

	if (policy_number(d->policy, role->level) == POLICY_LEVEL_NONE) {
		remark(c, VERDICT_WARNING, "as a %s this machine writes no events: %s is none",
		       role->name, settings[role->level].key);
		cure_setting(c, d->policy, role->level, "all");
	} else if (d->policy->place >= share) {
		remark(c, VERDICT_OK,
		       "as a %s this machine writes no events yet: its place %u is not in the "
		       "share of %" PRIu32,
		       role->name, d->policy->place, share);
		cure_setting(c, d->policy, role->share, "100");
	}
}

void check_policies(struct doctor *d, struct checkup *c)
{
	bool is_dc = doctor_is_dc(d);

	if (!has_policy(d, c))
		return;
	if (!policy_number(d->policy, SETTING_ENHANCED_LOGGING)) {
		remark(c, VERDICT_ERROR,
		       "enhanced-logging is off: no event of clients and servers "
		       "(4020 to 4023) is written");
		cure_setting(c, d->policy, SETTING_ENHANCED_LOGGING, "on");
	}
	if (!policy_number(d->policy, SETTING_DOMAIN_LOGGING)) {
		remark(c, is_dc ? VERDICT_ERROR : VERDICT_WARNING,
		       "domain-logging is off: no event of domain controllers (4030 to 4033) is "
		       "written");
		cure_setting(c, d->policy, SETTING_DOMAIN_LOGGING, "on");
	}
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!roles[i].domain || is_dc)
			look_at_role(d, c, &roles[i]);
}

/* ---- exceptions ---- */

/* "2026-11-22": the last day on which it holds. */
static void put_last_day(struct text *out, int64_t until)
{
	struct text time;

	text_init(&time, 0);
	clock_format(&time, until - 1);
	text_printf(out, "%.10s", time.ptr ? time.ptr : "");
	text_finish(&time);
}

static void look_at_exception(struct doctor *d, struct checkup *c, enum setting s,
			      const struct policy_item *item)
{
	const struct exception *e = &item->exception;
	struct text place, day;

	if (e->until == EXCEPTION_FOREVER || e->until - d->now > SOON)
		return;
	text_init(&place, 0);
	text_init(&day, 0);
	place_put(&place, &item->place);
	put_last_day(&day, e->until);
	remark(c, VERDICT_WARNING, "%s: the exception for %.*s (%s, owner %.*s) %s %s",
	       place.ptr ? place.ptr : "", (int)e->name.len, (const char *)e->name.ptr,
	       settings[s].key, (int)e->owner.len, (const char *)e->owner.ptr,
	       e->until <= d->now ? "ended on" : "ends on", day.ptr ? day.ptr : "");
	if (e->until <= d->now)
		cure(c, "%s: delete it, or ask %.*s for a new date", place.ptr ? place.ptr : "",
		     (int)e->owner.len, (const char *)e->owner.ptr);
	else
		cure(c, "ask %.*s whether it is still needed", (int)e->owner.len,
		     (const char *)e->owner.ptr);
	text_finish(&day);
	text_finish(&place);
}

void check_exceptions(struct doctor *d, struct checkup *c)
{
	if (!has_policy(d, c))
		return;
	for (enum setting s = 0; s < SETTING__COUNT; s++) {
		if (settings[s].type != SETTING_EXCEPTIONS)
			continue;
		for (const struct policy_item *i = policy_items(d->policy, s); i; i = i->next)
			look_at_exception(d, c, s, i);
	}
}
