#include "host/cgroup-id.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#define KERNFS_HANDLE 0xfe /* the kernel's FILEID_KERNFS: its 64-bit number is the handle */
#define WAYS 4
#define SETS (CGROUP_IDS_MAX / WAYS)

struct known {
	uint64_t id;
	uint64_t used;
	bool is_root; /* and so says nothing */
	struct cgroup_place place;
};

struct cgroup_ids {
	int root;
	char root_path[PATH_MAX]; /* what paths begin with */
	uint64_t clock;
	struct known known[CGROUP_IDS_MAX];
};

static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

static int open_mounted(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		if (fd < 0)
			continue;
		if (fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return fd;
		close(fd);
	}
	return -ENOENT;
}

/* Where it is not mounted, as behind `ip netns exec`, a mount that only we have will do. */
static int open_own(void)
{
	int fs = fsopen("cgroup2", FSOPEN_CLOEXEC), fd = -1;

	if (fs >= 0 && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (fs >= 0)
		close(fs);
	return fd < 0 ? -ENOENT : fd;
}

static bool read_path(int fd, char *path, size_t size)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	path[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static int open_root(struct cgroup_ids *c)
{
	int fd = open_mounted();

	if (fd < 0)
		fd = open_own();
	if (fd < 0)
		return fd;
	if (!read_path(fd, c->root_path, sizeof(c->root_path))) {
		close(fd);
		return -ENOENT;
	}
	if (strcmp(c->root_path, "/") == 0)
		c->root_path[0] = '\0';
	return fd;
}

int cgroup_ids_new(struct cgroup_ids **ret_ids)
{
	struct cgroup_ids *c = mem_zalloc(1, sizeof(*c));
	int fd;

	if (!c)
		return -ENOMEM;
	fd = open_root(c);
	if (fd < 0) {
		mem_free(c);
		return fd;
	}
	c->root = fd;
	*ret_ids = c;
	return 0;
}

void cgroup_ids_free(struct cgroup_ids *c)
{
	if (!c)
		return;
	close(c->root);
	mem_free(c);
}

int cgroup_ids_root(const struct cgroup_ids *c)
{
	return c->root;
}

/* The group's folder, by its number alone. */
static int open_group(const struct cgroup_ids *c, uint64_t id)
{
	union {
		struct file_handle handle;
		uint8_t bytes[sizeof(struct file_handle) + sizeof(id)];
	} u = {.handle = {.handle_bytes = sizeof(id), .handle_type = KERNFS_HANDLE}};

	memcpy(u.bytes + offsetof(struct file_handle, f_handle), &id, sizeof(id));
	return open_by_handle_at(c->root, &u.handle, O_PATH | O_CLOEXEC);
}

static bool read_group(const struct cgroup_ids *c, uint64_t id, struct known *ret_known)
{
	size_t above = strlen(c->root_path);
	char path[PATH_MAX], *below;
	int fd = open_group(c, id);
	bool is_read;

	if (fd < 0)
		return false;
	is_read = read_path(fd, path, sizeof(path));
	close(fd);
	if (!is_read || strncmp(path, c->root_path, above) != 0)
		return false;
	below = path + above;
	*ret_known = (struct known){.id = id, .is_root = strcmp(below, "/") == 0 || !*below};
	cgroup_place_of_path(span_str(below), &ret_known->place);
	return true;
}

static struct known *find(struct cgroup_ids *c, uint64_t id)
{
	struct known *set = c->known + (id % SETS) * WAYS, *oldest = set;

	for (struct known *k = set; k < set + WAYS; k++) {
		if (k->id == id)
			return k;
		if (k->used < oldest->used)
			oldest = k;
	}
	return read_group(c, id, oldest) ? oldest : NULL;
}

bool cgroup_ids_find(struct cgroup_ids *c, uint64_t id, struct cgroup_place *ret_place)
{
	struct known *k = c && id ? find(c, id) : NULL;

	if (!k)
		return false;
	k->used = ++c->clock;
	if (k->is_root)
		return false;
	*ret_place = k->place;
	return true;
}
