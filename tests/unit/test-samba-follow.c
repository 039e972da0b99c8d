/* What tests/samba/follow.py can't see of a followed log: its descriptor, its errors, no memory. */
#include "base/mem.h"
#include "samba/follow.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/ntlmaudit-follow-XXXXXX";
static int folder;

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(path))
		return -1;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlinkat(folder, "log", 0);
	close(folder);
	return rmdir(path);
}

static void append(const char *text)
{
	int fd = openat(folder, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static bool is_told(const struct samba_follow *f)
{
	struct pollfd p = {.fd = samba_follow_fd(f), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void refuses_paths(void **state)
{
	struct samba_follow *f = NULL;

	(void)state;
	assert_int_equal(samba_follow_new(folder, "a/b", NULL, SAMBA_FROM_START, &f), -EINVAL);
	assert_int_equal(samba_follow_new(folder, "", NULL, SAMBA_FROM_START, &f), -EINVAL);
	assert_null(f);
	samba_follow_free(NULL);
}

static void tells_when_there_is_more(void **state)
{
	struct samba_checkpoint place;
	struct samba_follow *f;
	struct span line;

	(void)state;
	assert_int_equal(samba_follow_new(folder, "log", NULL, SAMBA_FROM_START, &f), 0);
	if (samba_follow_fd(f) < 0)
		skip(); /* this system has no inotify to give */
	assert_int_equal(samba_follow_next(f, &line), 0);
	assert_int_equal(samba_follow_error(f), ENOENT);
	assert_false(is_told(f));
	append("one\ntwo");
	assert_true(is_told(f));
	assert_int_equal(samba_follow_next(f, &line), 1);
	assert_memory_equal(line.ptr, "one", 3);
	samba_follow_checkpoint(f, &place);
	assert_int_equal(place.now.offset, 4);
	assert_int_equal(samba_follow_next(f, &line), 0);
	assert_false(is_told(f));
	assert_int_equal(samba_follow_error(f), 0);
	samba_follow_free(f);
	append("\n");
	assert_int_equal(samba_follow_new(folder, "log", &place, SAMBA_FROM_END, &f), 0);
	assert_int_equal(samba_follow_next(f, &line), 1);
	assert_memory_equal(line.ptr, "two", 3);
	/* A place that is senseless is a lost one. */
	samba_follow_free(f);
	place.now.offset = UINT64_MAX;
	assert_int_equal(samba_follow_new(folder, "log", &place, SAMBA_FROM_END, &f), 0);
	assert_int_equal(samba_follow_counts(f)->lost, 1);
	samba_follow_free(f);
}

static void survives_without_memory(void **state)
{
	struct samba_follow *f = NULL;
	struct span line;

	(void)state;
	append("one\n");
	mem_fail_from(1);
	assert_int_equal(samba_follow_new(folder, "log", NULL, SAMBA_FROM_START, &f), -ENOMEM);
	mem_fail_from(2);
	assert_int_equal(samba_follow_new(folder, "log", NULL, SAMBA_FROM_START, &f), 0);
	assert_int_equal(samba_follow_next(f, &line), -ENOMEM);
	mem_fail_from(0);
	assert_int_equal(samba_follow_next(f, &line), 1);
	samba_follow_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_paths),
		cmocka_unit_test(tells_when_there_is_more),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
