/*
 * A file read through a window, step by step at random, is the file: taken, copied, passed over and gone back to, in memory as it
 * is and ahead by a thread, whole and shorter than it was when it was opened.
 */
#include "unit.h"

#include "source/ahead.h"
#include "source/window.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_BYTES ((size_t)5 << 20)
#define TAKE_MAX ((size_t)300 << 10) /* more than reading ahead keeps */

static uint8_t bytes[FILE_BYTES], copied[TAKE_MAX];

static int make_file(void)
{
	int fd = memfd_create("window", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < FILE_BYTES; i++)
		bytes[i] = (uint8_t)(random() >> 8);
	assert_int_equal(write(fd, bytes, FILE_BYTES), FILE_BYTES);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Small steps mostly, as packets are; a large one now and then. */
static size_t random_size(void)
{
	size_t max = random() % 200 == 0 ? TAKE_MAX : random() % 8 == 0 ? 70000 : 3000;

	return (size_t)random() % max;
}

static void take(struct window *w, size_t at, size_t n)
{
	const uint8_t *p = window_take(w, n);

	assert_non_null(p);
	assert_memory_equal(p, bytes + at, n);
}

static void copy(struct window *w, size_t at, size_t n)
{
	assert_true(window_copy(w, copied, n));
	assert_memory_equal(copied, bytes + at, n);
}

static void pass_over(struct window *w, size_t at, size_t n)
{
	(void)at;
	assert_true(window_skip(w, n));
}

/* As one packet after another is: most steps take. */
static void read_through(struct window *w, size_t size, bool may_jump)
{
	static void (*const steps[])(struct window *, size_t, size_t) = {take, take, take,
									 take, copy, pass_over};

	for (size_t at = 0, n; at < size; at += n) {
		n = random_size();
		n = n > size - at ? size - at : n;
		assert_int_equal(window_offset(w), at);
		steps[random() % (may_jump ? 6 : 4)](w, at, n);
	}
	assert_null(window_take(w, 1));
	assert_int_equal(w->error, 0);
}

static struct window open_window(int fd, bool wide)
{
	struct window w;

	assert_int_equal(window_init(&w, fd), 0);
	w.seekable = true;
	w.wide = wide;
	return w;
}

static void gives_the_file(void **state)
{
	int fd = make_file();

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct window w = open_window(fd, round % 4 != 0);

		read_through(&w, FILE_BYTES, round % 2);
		window_finish(&w);
		lseek(fd, 0, SEEK_SET);
	}
	close(fd);
}

static void reads_ahead_where_nothing_jumps(void **state)
{
	int fd = make_file();
	struct window w = open_window(fd, true);

	(void)state;
	for (size_t at = 0; at < FILE_BYTES / 2; at += 1000)
		take(&w, at, 1000);
	assert_non_null(w.ahead);
	window_finish(&w); /* in the midst of it */
	close(fd);
}

static void goes_back_and_on(void **state)
{
	int fd = make_file();
	struct window w = open_window(fd, true);

	(void)state;
	for (size_t at = 0; at < FILE_BYTES / 2; at += 1000)
		take(&w, at, 1000);
	assert_true(window_seek(&w, 17));
	take(&w, 17, 5000);
	assert_true(window_seek(&w, FILE_BYTES - 5));
	take(&w, FILE_BYTES - 5, 5);
	assert_null(window_take(&w, 1));
	window_finish(&w);
	close(fd);
}

static void ends_where_a_file_is_cut_meanwhile(void **state)
{
	int fd = make_file();
	struct window w = open_window(fd, true);
	size_t at = 0;

	(void)state;
	for (; at < FILE_BYTES / 2; at += 1000)
		take(&w, at, 1000);
	assert_int_equal(ftruncate(fd, 0), 0);
	while (window_take(&w, 1000)) /* what was read ahead is there still */
		at += 1000;
	assert_true(at < FILE_BYTES);
	assert_int_equal(w.error, 0);
	window_finish(&w);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_file),
		cmocka_unit_test(reads_ahead_where_nothing_jumps),
		cmocka_unit_test(goes_back_and_on),
		cmocka_unit_test(ends_where_a_file_is_cut_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
