/* A forwarder where memory runs out at each place: it says so, loses nothing, and goes on when there is some. */
#include "store-events.h"

#include "base/mem.h"
#include "sink/forward.h"

#include <sys/stat.h>

#define EVENTS 3

static size_t lines_of(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t n = 0;
	int c;

	if (!file)
		return 0;
	while ((c = getc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	return n;
}

static void finish_folder(const struct log *l)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -f %s/*.cursor %s/out", l->folder, l->folder);
	assert_int_equal(system(command), 0);
}

static void fill(struct log *l, int from)
{
	for (int i = from; i < from + EVENTS; i++) {
		struct event e = simple_event(4022, BEGIN + i * HOUR, "alice");

		(void)add(l, &e, 1);
	}
	assert_int_equal(store_commit(l->s, &l->why), 0);
}

static void memory_runs_out(void **state)
{
	struct log *l = *state;
	char target[160], *out = target + strlen("file:");
	struct forward_options options = {.log = l->path, .target = target, .folder = l->folder};
	struct forward_status status;
	struct forward *f;
	uint64_t nth, events = 0;

	snprintf(target, sizeof(target), "file:%s/out", l->folder);
	assert_int_equal(forward_new(&options, &l->why, &f), 0);
	forward_free(f); /* from here on */
	for (nth = 1; nth < 400; nth += nth < 60 ? 1 : 17) {
		int rc;

		fill(l, (int)events);
		events += EVENTS;
		mem_fail_from(nth);
		f = NULL;
		rc = forward_new(&options, &l->why, &f);
		if (rc == 0)
			(void)forward_run(f);
		mem_fail_from(0);
		if (rc == 0) {
			forward_status(f, &status);
			assert_true(status.waiting == 0 || status.problem);
		} else {
			assert_null(f);
		}
		forward_free(f);
	}
	assert_int_equal(forward_new(&options, &l->why, &f), 0);
	assert_true(forward_run(f) >= 0);
	forward_status(f, &status);
	assert_int_equal(status.waiting, 0);
	assert_int_equal(status.dropped, 0);
	forward_free(f);
	assert_true(lines_of(out) >= events); /* some came twice */
	finish_folder(l);
}

static void it_backs_off(void **state)
{
	struct log *l = *state;
	char target[160];
	struct forward_options options = {.log = l->path, .target = target, .folder = l->folder};
	struct forward_status status;
	struct forward *f;

	snprintf(target, sizeof(target), "file:%s/none/out", l->folder);
	assert_int_equal(forward_new(&options, &l->why, &f), 0);
	assert_int_equal(forward_run(f), FORWARD_IDLE_MS);
	fill(l, 0);
	assert_in_range(forward_run(f), 900, 1000);
	assert_in_range(forward_run(f), 800, 1000); /* nothing is tried before */
	forward_status(f, &status);
	assert_int_equal(status.failures, 1);
	assert_int_equal(status.waiting, EVENTS);
	assert_false(status.reached);
	assert_non_null(strstr(status.problem, "No such file"));
	forward_reopen(f);
	forward_free(f);
	finish_folder(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_runs_out, log_setup, log_teardown),
		cmocka_unit_test_setup_teardown(it_backs_off, log_setup, log_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
