#include "policy/policy.h"

#include "base/mem.h"
#include "policy/file.h"
#include "policy/imported.h"
#include "policy/reading.h"
#include "policy/rollout.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)16 << 20)
#define DROP_INS "/etc/ntlmaudit/ntlmaudit.conf.d"
#define DROP_INS_MAX 256
#define MACHINE_ID "/etc/machine-id"

typedef void read_function(struct reading *r, struct span data);

static void read_any(struct reading *r, struct span data)
{
	policy_read(r, policy_format_of(data), data);
}

/* One file into a layer that is put on top of `below`, unless it has errors. -ENOENT where there is none. */
static int add_file(struct arena *arena, struct layer *below, struct problems *problems,
		    const char *path, read_function *read)
{
	struct layer layer = {0};
	struct reading r = {.arena = arena, .layer = &layer, .problems = problems};
	size_t errors = problems->errors;
	struct span data;
	int rc = file_read(path, POLICY_FILE_MAX, &data);

	if (rc < 0)
		return rc;
	r.file = arena_string(arena, span_str(path));
	if (r.file)
		read(&r, data);
	file_free(&data);
	if (!r.file)
		return -ENOMEM;
	if (problems->errors == errors)
		layer_merge(below, &layer);
	return 0;
}

const char *policy_error(int rc)
{
	return rc == -EFBIG    ? "too large for a policy"
	       : rc == -EINVAL ? "not a regular file"
			       : strerror(-rc);
}

/* A file of the system: that it is not there is no error. */
static int add_system_file(struct policy *p, const char *root, const char *name,
			   struct problems *problems, read_function *read)
{
	char path[PATH_MAX];
	int rc;

	if (snprintf(path, sizeof(path), "%s%s", root, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	rc = add_file(&p->arena, &p->effective, problems, path, read);
	if (rc < 0 && rc != -ENOENT && rc != -ENOTDIR && rc != -ENOMEM)
		problem_error(problems, &(struct place){.file = path}, "%s", policy_error(rc));
	return rc == -ENOMEM ? rc : 0;
}

static bool is_drop_in(const char *name)
{
	size_t len = strlen(name), end = strlen(".conf");

	return name[0] != '.' && len > end && strcmp(name + len - end, ".conf") == 0;
}

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Names of the drop-ins, in the arena, sorted. */
static size_t list_drop_ins(struct policy *p, const char *folder, const char **names,
			    struct problems *problems)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	if (!dir && errno != ENOENT && errno != ENOTDIR)
		problem_error(problems, &(struct place){.file = folder}, "%s", strerror(errno));
	while (dir && (entry = readdir(dir))) {
		if (!is_drop_in(entry->d_name))
			continue;
		if (n == DROP_INS_MAX) {
			problem_error(problems, &(struct place){.file = folder},
				      "more than %d files", DROP_INS_MAX);
			break;
		}
		names[n] = arena_string(&p->arena, span_str(entry->d_name));
		if (!names[n]) {
			problem_error(problems, &(struct place){.file = folder}, "out of memory");
			break;
		}
		n++;
	}
	if (dir)
		closedir(dir);
	qsort(names, n, sizeof(names[0]), by_name);
	return n;
}

static int add_drop_ins(struct policy *p, const char *root, struct problems *problems)
{
	const char *names[DROP_INS_MAX];
	char path[PATH_MAX];
	size_t n;
	int rc = 0;

	if (snprintf(path, sizeof(path), "%s%s", root, DROP_INS) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	n = list_drop_ins(p, path, names, problems);
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", DROP_INS, names[i]) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		rc = add_system_file(p, root, path, problems, policy_read_conf);
	}
	return rc;
}

static void find_place(struct policy *p, const char *root)
{
	char path[PATH_MAX];
	struct span id;

	p->place = ROLLOUT_LAST;
	if (snprintf(path, sizeof(path), "%s%s", root, MACHINE_ID) >= (int)sizeof(path) ||
	    file_read(path, 4096, &id) < 0)
		return;
	p->place = rollout_place(id);
	file_free(&id);
}

static int add_layers(struct policy *p, const char *root, struct problems *problems)
{
	int rc = layer_defaults(&p->effective, &p->arena);

	if (rc == 0)
		rc = add_system_file(p, root, "/usr/lib/ntlmaudit/ntlmaudit.conf", problems,
				     policy_read_conf);
	if (rc == 0)
		rc = add_system_file(p, root, "/etc/ntlmaudit/ntlmaudit.conf", problems,
				     policy_read_conf);
	if (rc == 0)
		rc = add_drop_ins(p, root, problems);
	if (rc == 0)
		rc = add_system_file(p, root, POLICY_IMPORTED, problems, imported_read);
	return rc;
}

int policy_load(const char *root, struct problems *problems, struct policy **ret_policy)
{
	struct policy *p = mem_zalloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	arena_init(&p->arena, ARENA_MAX);
	find_place(p, root);
	rc = add_layers(p, root, problems);
	if (rc < 0) {
		policy_free(p);
		return rc;
	}
	*ret_policy = p;
	return 0;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	arena_finish(&policy->arena);
	mem_free(policy);
}

int policy_reload(const char *root, struct problems *problems, struct policy **policy)
{
	size_t errors = problems->errors;
	struct policy *fresh;
	int rc = policy_load(root, problems, &fresh);

	if (rc < 0)
		return rc;
	if (*policy && problems->errors > errors) {
		policy_free(fresh);
		return -EBADMSG;
	}
	policy_free(*policy);
	*policy = fresh;
	return 0;
}

int policy_check(const char *path, struct problems *problems)
{
	struct layer layer = {0};
	struct arena arena;
	int rc;

	arena_init(&arena, ARENA_MAX);
	rc = add_file(&arena, &layer, problems, path, read_any);
	arena_finish(&arena);
	return rc;
}

/* Our own configuration is not Group Policy's to bring. */
static void read_group_policy(struct reading *r, struct span data)
{
	enum policy_format format = policy_format_of(data);

	if (format == POLICY_CONF)
		problem_error(r->problems, &(struct place){.file = r->file},
			      "neither Registry.pol nor GptTmpl.inf");
	else
		policy_read(r, format, data);
}

/* Samba imports every hour and a half; what did not change is not to wake anybody. */
static bool is_there_already(const char *path, struct span wanted)
{
	struct span there;
	bool same;

	if (file_read(path, POLICY_FILE_MAX, &there) < 0)
		return false;
	same = span_equal(there, wanted);
	file_free(&there);
	return same;
}

static int write_imported(const char *root, const struct layer *layer)
{
	char path[PATH_MAX];
	struct text out;
	int rc = -ENOMEM;

	if (snprintf(path, sizeof(path), "%s%s", root, POLICY_IMPORTED) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	text_init(&out, POLICY_FILE_MAX);
	imported_put(&out, layer);
	if (!out.failed)
		rc = is_there_already(path, span_make(out.ptr, out.len))
			     ? 0
			     : file_replace(path, span_make(out.ptr, out.len));
	text_finish(&out);
	return rc;
}

int policy_import(const char *root, const char *const *paths, size_t n, struct problems *problems)
{
	size_t errors = problems->errors;
	struct layer layer = {0};
	struct arena arena;
	char full[PATH_MAX]; /* origins are read long after, from another folder */
	int rc = 0;

	arena_init(&arena, ARENA_MAX);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = add_file(&arena, &layer, problems, realpath(paths[i], full) ? full : paths[i],
			      read_group_policy);
		if (rc < 0)
			problem_error(problems, &(struct place){.file = paths[i]}, "%s",
				      policy_error(rc));
	}
	if (rc == 0)
		rc = problems->errors > errors ? -EBADMSG : write_imported(root, &layer);
	arena_finish(&arena);
	return rc;
}
