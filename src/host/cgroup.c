#include "host/cgroup.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>

#define ID_DIGITS 64

struct naming {
	const char *before, *behind; /* of a container's name in a part of the path */
};

/* Containers that have names: LXC (its payload, by version), systemd-nspawn. */
static const struct naming by_name[] = {
	{"lxc.payload.", ""},
	{"machine-", ".scope"},
	{"systemd-nspawn@", ".service"},
};

/* What runs a container, but not in it; and machined's virtual machines. */
static const char *const outside[] = {"libpod-conmon-", "crio-conmon-", "lxc.monitor.",
				      "machine-qemu"};

static bool starts(struct span s, const char *head)
{
	return span_starts(s, head, strlen(head));
}

static bool ends(struct span s, const char *tail)
{
	size_t n = strlen(tail);

	return s.len >= n && memcmp(s.ptr + s.len - n, tail, n) == 0;
}

/* The next part of a path, without its slashes; empty at the end. */
static struct span next_part(struct span *path)
{
	struct span part = {0};

	while (path->len && path->ptr[0] == '/')
		*path = span_from(*path, 1);
	part.ptr = path->ptr;
	while (part.len < path->len && path->ptr[part.len] != '/')
		part.len++;
	*path = span_from(*path, part.len);
	return part;
}

/* Names in paths have \xHH for what units may not be called. */
static void unescape(struct span s, char out[CGROUP_NAME_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < CGROUP_NAME_BYTES - 1; i++) {
		bool is_escape = s.len - i >= 4 && s.ptr[i] == '\\' && s.ptr[i + 1] == 'x' &&
				 hex_digit(s.ptr[i + 2]) >= 0 && hex_digit(s.ptr[i + 3]) >= 0;

		if (is_escape) {
			out[n++] = (char)(hex_digit(s.ptr[i + 2]) * 16 + hex_digit(s.ptr[i + 3]));
			i += 3;
		} else {
			out[n++] = (char)s.ptr[i];
		}
	}
	out[n] = '\0';
}

static void copy(struct span s, char out[CGROUP_NAME_BYTES])
{
	snprintf(out, CGROUP_NAME_BYTES, "%.*s", (int)s.len, (const char *)s.ptr);
}

/* "docker-ID.scope", "cri-containerd-ID.scope", "libpod-ID", "ID": the id, where it stands alone. */
static bool id_in(struct span part, struct span *ret_id)
{
	size_t run = 0;

	for (size_t i = 0; i < part.len; i++) {
		run = isxdigit(part.ptr[i]) ? run + 1 : 0;
		if (run != ID_DIGITS)
			continue;
		if ((i + 1 < part.len && part.ptr[i + 1] != '.') ||
		    (i >= ID_DIGITS && part.ptr[i - ID_DIGITS] != '-'))
			return false;
		*ret_id = span_make(part.ptr + i + 1 - ID_DIGITS, ID_DIGITS);
		return true;
	}
	return false;
}

static bool name_in(struct span part, struct span *ret_name)
{
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++) {
		size_t before = strlen(by_name[i].before),
		       around = before + strlen(by_name[i].behind);

		if (part.len <= around || !starts(part, by_name[i].before) ||
		    !ends(part, by_name[i].behind))
			continue;
		*ret_name = span_make(part.ptr + before, part.len - around);
		return true;
	}
	return false;
}

static bool is_outside(struct span part)
{
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		if (starts(part, outside[i]))
			return true;
	return false;
}

static bool is_unit(struct span part)
{
	return ends(part, ".service") || ends(part, ".scope");
}

/* Older LXC: /lxc/NAME, /lxc.payload/NAME. */
static bool names_next(struct span part)
{
	return span_equal(part, span_str("lxc")) || span_equal(part, span_str("lxc.payload"));
}

void cgroup_place_of_path(struct span path, struct cgroup_place *ret_place)
{
	struct cgroup_place place = {0};
	struct span part, found;
	bool is_named = false;

	while ((part = next_part(&path)).len) {
		if (!place.unit[0] && is_unit(part))
			copy(part, place.unit);
		if (is_outside(part))
			continue;
		if (is_named || id_in(part, &found) || name_in(part, &found))
			unescape(is_named ? part : found, place.container);
		is_named = names_next(part);
	}
	*ret_place = place;
}

/* A line of the file, `N:CONTROLLERS:PATH`. Which hierarchy: 2 unified, 1 systemd's, 0 another. */
static int take_line(const char **text, struct span *ret_path)
{
	const char *line = *text, *end = line + strcspn(line, "\n"), *which, *path;

	*text = *end ? end + 1 : end;
	*ret_path = (struct span){0};
	which = memchr(line, ':', (size_t)(end - line));
	path = which ? memchr(which + 1, ':', (size_t)(end - which - 1)) : NULL;
	if (!path)
		return 0;
	*ret_path = span_make(path + 1, (size_t)(end - path - 1));
	if (path == which + 1)
		return 2;
	return starts(span_make(which, (size_t)(end - which)), ":name=systemd:");
}

void cgroup_place_of_file(const char *text, struct cgroup_place *ret_place)
{
	struct cgroup_place best = {0}, place;
	int best_rank = -1;

	while (*text) {
		struct span path;
		int rank = take_line(&text, &path);

		cgroup_place_of_path(path, &place);
		if (rank > 0 && rank > best_rank && place.unit[0]) {
			memcpy(best.unit, place.unit, sizeof(best.unit));
			best_rank = rank;
		}
		if (place.container[0] && !best.container[0])
			memcpy(best.container, place.container, sizeof(best.container));
	}
	*ret_place = best;
}
