#include "sink/cursor.h"

#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HEADING "ntlmaudit forward 1\n"
#define FILE_MAX 8192

static const struct {
	const char *name;
	size_t member;
} numbers[] = {
	{"log", offsetof(struct place, log)},
	{"record", offsetof(struct place, record)},
	{"finding", offsetof(struct place, finding)},
	{"dropped", offsetof(struct place, dropped)},
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

int cursor_init(struct cursor *c, const char *folder, const char *target)
{
	static const struct hash_key key = {UINT64_C(0x6e746c6d61756469),
					    UINT64_C(0x74666f7277617264)};
	size_t n = strlen(folder) + sizeof("/0123456789abcdef.cursor");

	*c = (struct cursor){.target = target, .path = mem_alloc(n)};
	if (!c->path)
		return -ENOMEM;
	snprintf(c->path, n, "%s/%016" PRIx64 ".cursor", folder,
		 hash_bytes(&key, span_str(target)));
	return 0;
}

void cursor_finish(struct cursor *c)
{
	mem_free(c->path);
	*c = (struct cursor){0};
}

static int say(const char *path, int error, struct text *why)
{
	text_printf(why, "%s: %s", path, strerror(error));
	return -error;
}

/* ---- reading ---- */

/* Takes `name value\n` off the front. */
static bool take_line(char **at, const char *name, char **ret_value)
{
	size_t n = strlen(name);
	char *end = strchr(*at, '\n');

	if (!end || strncmp(*at, name, n) != 0 || (*at)[n] != ' ')
		return false;
	*ret_value = *at + n + 1;
	*end = '\0';
	*at = end + 1;
	return true;
}

static bool parse(char *at, const char *target, struct place *ret_place)
{
	struct place place = {0};
	char *value, *end;

	if (strncmp(at, HEADING, strlen(HEADING)) != 0)
		return false;
	at += strlen(HEADING);
	if (!take_line(&at, "target", &value) || strcmp(value, target) != 0)
		return false;
	for (size_t i = 0; i < N_NUMBERS; i++) {
		uint64_t number;

		if (!take_line(&at, numbers[i].name, &value) || *value < '0' || *value > '9')
			return false;
		errno = 0;
		number = strtoull(value, &end, 10);
		if (*end || errno)
			return false;
		memcpy((char *)&place + numbers[i].member, &number, sizeof(number));
	}
	if (*at)
		return false;
	*ret_place = place;
	return true;
}

int cursor_read(const struct cursor *c, struct place *ret_place, struct text *why)
{
	char bytes[FILE_MAX + 1];
	ssize_t n;
	int fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return say(c->path, errno, why);
	n = read(fd, bytes, FILE_MAX);
	close(fd);
	if (n < 0)
		return say(c->path, errno, why);
	bytes[n] = '\0';
	if (strlen(bytes) == (size_t)n && parse(bytes, c->target, ret_place))
		return 0;
	text_printf(why, "%s: not what was written there", c->path);
	return -EUCLEAN;
}

/* ---- writing ---- */

static int write_new(int fd, const struct text *bytes)
{
	ssize_t n = write(fd, bytes->ptr, bytes->len);

	if (n < 0 || (size_t)n != bytes->len)
		return n < 0 ? -errno : -ENOSPC;
	return fdatasync(fd) < 0 ? -errno : 0;
}

static int replace(const char *path, const char *new_path, const struct text *bytes)
{
	int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	int rc;

	if (fd < 0)
		return -errno;
	rc = write_new(fd, bytes);
	close(fd);
	if (rc == 0 && rename(new_path, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(new_path);
	return rc;
}

static void put_place(struct text *out, const char *target, const struct place *place)
{
	text_printf(out, HEADING "target %s\n", target);
	for (size_t i = 0; i < N_NUMBERS; i++) {
		uint64_t number;

		memcpy(&number, (const char *)place + numbers[i].member, sizeof(number));
		text_printf(out, "%s %" PRIu64 "\n", numbers[i].name, number);
	}
}

int cursor_write(const struct cursor *c, const struct place *place, struct text *why)
{
	struct text bytes, name;
	int rc;

	text_init(&bytes, FILE_MAX);
	text_init(&name, 0);
	put_place(&bytes, c->target, place);
	text_printf(&name, "%s.new", c->path);
	rc = bytes.failed || name.failed ? -ENOMEM : replace(c->path, name.ptr, &bytes);
	text_finish(&bytes);
	text_finish(&name);
	return rc < 0 ? say(c->path, -rc, why) : 0;
}
