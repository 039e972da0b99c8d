/* Filling the status, and judging it. Rendering is in status-json.c and status-metrics.c. */
#include "daemon/status.h"

#include "base/utf.h"

void status_copy(char *to, size_t size, const char *from)
{
	struct span all = span_str(from ? from : ""), left = all;
	size_t n = 0;

	while (left.len) {
		utf8_next(&left);
		if (all.len - left.len >= size)
			break;
		n = all.len - left.len;
	}
	memcpy(to, all.ptr, n);
	to[n] = '\0';
}

/* The row whose first field is this name, in a table whose rows begin with it; a new one is zero but for its name. */
static void *row_named(void *table, size_t stride, size_t name_size, size_t *n, size_t max,
		       const char *name)
{
	char cut[STATUS_PATH_SIZE];
	char *row = table;

	status_copy(cut, name_size, name);
	for (size_t i = 0; i < *n; i++, row += stride)
		if (strcmp(row, cut) == 0)
			return row;
	if (*n == max)
		return NULL;
	memset(row, 0, stride);
	status_copy(row, name_size, cut);
	(*n)++;
	return row;
}

struct status_process *status_process(struct daemon_status *s, const char *name)
{
	return row_named(s->processes, sizeof(s->processes[0]), STATUS_NAME_SIZE, &s->n_processes,
			 STATUS_PROCESSES_MAX, name);
}

struct status_ring *status_ring(struct daemon_status *s, const char *interface)
{
	return row_named(s->rings, sizeof(s->rings[0]), STATUS_NAME_SIZE, &s->n_rings,
			 STATUS_RINGS_MAX, interface);
}

struct status_forward *status_forward(struct daemon_status *s, const char *target)
{
	return row_named(s->forwards, sizeof(s->forwards[0]), STATUS_PATH_SIZE, &s->n_forwards,
			 STATUS_FORWARDS_MAX, target);
}

void status_forget_process(struct daemon_status *s, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_processes; i++)
		if (strcmp(s->processes[i].name, name) != 0)
			s->processes[n++] = s->processes[i];
	s->n_processes = n;
}

void status_forget_rings(struct daemon_status *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_rings; i++)
		if (s->rings[i].problem[0])
			s->rings[n++] = s->rings[i];
	s->n_rings = n;
}

bool status_is_target(const struct policy *policy, const char *target)
{
	char cut[STATUS_PATH_SIZE];

	for (const struct policy_item *i = policy_items(policy, SETTING_FORWARD); i; i = i->next) {
		status_copy(cut, sizeof(cut), i->text);
		if (strcmp(cut, target) == 0)
			return true;
	}
	return false;
}

void status_forget_forwards(struct daemon_status *s, const struct policy *policy)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_forwards; i++)
		if (status_is_target(policy, s->forwards[i].target))
			s->forwards[n++] = s->forwards[i];
	s->n_forwards = n;
}

void status_take_ring(struct status_ring *to, const struct ring_counts *counts, int64_t now)
{
	if (counts->dropped > to->counts.dropped)
		to->last_drop = now;
	to->counts = *counts;
}

void status_take_forward(struct status_forward *to, const struct forward_status *from)
{
	to->sent = from->sent;
	to->waiting = from->waiting;
	to->dropped = from->dropped;
	to->failures = from->failures;
	to->last_sent = from->last_sent;
	to->reached = from->reached;
	status_copy(to->problem, sizeof(to->problem), from->problem);
}

void status_count_event(struct daemon_status *s, uint16_t id, enum policy_answer answer)
{
	size_t i = 0;

	while (i < s->n_events && s->events[i].id != id)
		i++;
	if (i == STATUS_EVENTS_MAX)
		return; /* there are not so many IDs */
	if (i == s->n_events)
		s->events[s->n_events++] = (struct status_events){.id = id};
	s->events[i].by_answer[answer]++;
}

/* ---- policy ---- */

/* What no configuration file says was imported; its origin is wherever it was imported from. */
static bool is_group_policy(const char *file)
{
	return !strstr(file, "/etc/ntlmaudit/") && !strstr(file, "/usr/lib/ntlmaudit/");
}

static void take_file(struct status_policy *to, const char *file)
{
	if (!file)
		return; /* built in */
	to->has_group_policy |= is_group_policy(file);
	row_named(to->files, STATUS_PATH_SIZE, STATUS_PATH_SIZE, &to->n_files, STATUS_FILES_MAX,
		  file);
}

static void take_files(struct status_policy *to, const struct cell *cell)
{
	take_file(to, cell->place.file);
	for (const struct policy_item *i = cell->first; i; i = i->next)
		take_file(to, i->place.file);
}

static const struct {
	enum setting on, level, share;
} role_settings[STATUS_ROLE__COUNT] = {
	[STATUS_CLIENT] = {SETTING_ENHANCED_LOGGING, SETTING_CLIENT_EVENTS, SETTING_CLIENT_SHARE},
	[STATUS_SERVER] = {SETTING_ENHANCED_LOGGING, SETTING_SERVER_EVENTS, SETTING_SERVER_SHARE},
	[STATUS_DOMAIN] = {SETTING_DOMAIN_LOGGING, SETTING_DOMAIN_EVENTS, SETTING_DOMAIN_SHARE},
};

static struct status_role_state role_state(const struct policy *p, enum status_role r)
{
	struct status_role_state state = {
		.level = policy_number(p, role_settings[r].level),
		.share = policy_number(p, role_settings[r].share),
	};

	if (!policy_number(p, role_settings[r].on))
		state.answer = POLICY_OFF;
	else if (state.level == POLICY_LEVEL_NONE)
		state.answer = POLICY_ROLE;
	else if (p->place >= state.share)
		state.answer = POLICY_SHARE;
	else
		state.answer = POLICY_WANTED;
	return state;
}

void status_take_policy(struct status_policy *to, const struct policy *policy, int64_t now)
{
	to->loaded = now;
	to->loads++;
	to->is_refused = false;
	to->has_group_policy = false;
	to->place = policy->place;
	to->n_files = 0;
	for (enum setting s = 0; s < SETTING__COUNT; s++)
		take_files(to, &policy->effective.cells[s]);
	for (enum status_role r = 0; r < STATUS_ROLE__COUNT; r++)
		to->roles[r] = role_state(policy, r);
}

void status_forget_problems(struct status_policy *to)
{
	to->n_problems = 0;
	to->problems_left_out = 0;
}

void status_take_problem(void *status_policy, const struct problem *problem)
{
	struct status_policy *to = status_policy;
	struct text line;

	if (to->n_problems == STATUS_PROBLEMS_MAX) {
		to->problems_left_out++;
		return;
	}
	text_init(&line, 0);
	place_put(&line, &problem->place);
	text_printf(&line, ": %s%s", problem->is_warning ? "warning: " : "", problem->what);
	status_copy(to->problems[to->n_problems++], STATUS_LINE_SIZE, line.ptr);
	text_finish(&line);
}

/* ---- names ---- */

const char *status_state_name(enum status_state state)
{
	static const char *const names[STATUS_STATE__COUNT] = {
		[STATUS_DOWN] = "down",
		[STATUS_STARTING] = "starting",
		[STATUS_RUNNING] = "running",
	};

	return names[state];
}

const char *status_role_name(enum status_role role)
{
	static const char *const names[STATUS_ROLE__COUNT] = {
		[STATUS_CLIENT] = "client",
		[STATUS_SERVER] = "server",
		[STATUS_DOMAIN] = "domain",
	};

	return names[role];
}
