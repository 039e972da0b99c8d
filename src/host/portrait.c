#include "host/portrait.h"

#include "base/utf.h"
#include "host/proc.h"

#include <stdio.h>
#include <unistd.h>

#define NS_PER_TICK 10000000u /* of /proc/PID/stat, where USER_HZ is 100 on all that we run on */

/* Names and paths may hold any bytes; what is told is UTF-8. */
static const char *clean(struct span in, char *out, size_t size)
{
	size_t n = 0;

	while (in.len && n + 4 < size)
		n += utf8_encode(utf8_next(&in), (uint8_t *)out + n);
	out[n] = '\0';
	return n ? out : NULL;
}

static void put_user(struct portrait *p, const struct easel *easel, uint32_t uid)
{
	const char *name = users_name(easel->users, uid, clock_monotonic() / NSEC_PER_SEC);

	p->process.has_uid = true;
	p->process.uid = uid;
	p->process.user = name ? clean(span_str(name), p->user, sizeof(p->user)) : NULL;
}

static void put_place(struct portrait *p, const struct cgroup_place *place)
{
	p->process.unit = clean(span_str(place->unit), p->place.unit, sizeof(p->place.unit));
	p->process.container =
		clean(span_str(place->container), p->place.container, sizeof(p->place.container));
}

static void put_folder_place(struct portrait *p, int dir)
{
	char text[CGROUP_FILE_BYTES];
	struct cgroup_place place;

	if (proc_read_file(dir, "cgroup", text, sizeof(text)) < 0)
		return;
	cgroup_place_of_file(text, &place);
	put_place(p, &place);
}

static void put_folder_path(struct portrait *p, int dir)
{
	char path[PROCESS_TEXT_MAX];

	if (proc_read_exe(dir, path, sizeof(path)) == 0)
		p->process.path = clean(span_str(path), p->path, sizeof(p->path));
}

int portrait_of_folder(struct portrait *p, const struct easel *easel, int dir)
{
	struct proc_status s;
	int rc = proc_read_status(dir, &s);

	if (rc < 0)
		return rc;
	p->process = (struct process){.pid = s.pid, .is_kernel = s.is_kernel};
	p->process.name = clean(span_str(s.name), p->name, sizeof(p->name));
	if (s.has_uid)
		put_user(p, easel, s.uid);
	put_folder_path(p, dir);
	put_folder_place(p, dir);
	return 0;
}

/* The parts are there from the last to the first. */
bool portrait_join_path(const struct record_holder *r, char *out, size_t size)
{
	size_t end = r->path_len, n = 0;

	if (end == 0 || end > sizeof(r->path) || r->path[end - 1] != '\0' || size < end + 1)
		return false;
	while (end > 0) {
		size_t begin = end - 1;

		while (begin > 0 && r->path[begin - 1] != '\0')
			begin--;
		n += (size_t)snprintf(out + n, size - n, "/%s", r->path + begin);
		end = begin;
	}
	return true;
}

/* The folder of the very process of a record, or of none. */
static int open_same(const struct record_holder *r)
{
	struct proc_status s;
	int dir = proc_open(r->pid);

	if (dir < 0)
		return dir;
	if (proc_read_status(dir, &s) == 0 && s.started == r->started / NS_PER_TICK)
		return dir;
	close(dir);
	return -1;
}

void portrait_of_record(struct portrait *p, const struct easel *easel,
			const struct record_holder *r)
{
	struct cgroup_place place;
	char path[RECORD_PATH_BYTES + 1];
	bool has_path = portrait_join_path(r, path, sizeof(path));
	bool has_place = cgroup_ids_find(easel->groups, r->cgroup, &place);
	int dir = has_path && has_place ? -1 : open_same(r);

	p->process = (struct process){.pid = r->pid, .is_kernel = r->is_kernel || r->end.of_kernel};
	p->process.name = clean(span_make(r->comm, strnlen(r->comm, sizeof(r->comm))), p->name,
				sizeof(p->name));
	put_user(p, easel, r->uid);
	if (has_path)
		p->process.path = clean(span_str(path), p->path, sizeof(p->path));
	else if (dir >= 0)
		put_folder_path(p, dir);
	if (has_place)
		put_place(p, &place);
	else if (dir >= 0)
		put_folder_place(p, dir);
	if (dir >= 0)
		close(dir);
}
