/* What is read of processes and packets: the texts of /proc, the records of BPF, SYNs, and the machine's name. */
#include "unit.h"

#include "base/mem.h"
#include "host/address.h"
#include "host/hunt.h"
#include "host/name.h"
#include "host/portrait.h"
#include "host/proc.h"
#include "host/syn.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_stat(void **state)
{
	struct proc_status s = {0};

	(void)state;
	assert_true(
		proc_parse_stat("4711 (a) b (c)) S 42 4711 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 "
				"987654 1 2 3\n",
				&s));
	assert_string_equal(s.name, "a) b (c)");
	assert_int_equal(s.pid, 4711);
	assert_int_equal(s.parent, 42);
	assert_int_equal(s.started, 987654);
	assert_false(s.is_kernel);
	assert_true(proc_parse_stat(
		"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 7 0\n", &s));
	assert_true(s.is_kernel);
	assert_false(proc_parse_stat("", &s));
	assert_false(proc_parse_stat("1 (x", &s));
	assert_false(proc_parse_stat("1 )x(", &s));
	proc_parse_uid("Name:\tx\nUid:\t1000\t33\t34\t35\nGid:\t1\t2\t3\t4\n", &s);
	assert_true(s.has_uid);
	assert_int_equal(s.uid, 33);
}

static void test_self(void **state)
{
	char path[4096], real[4096];
	struct proc_status s;
	struct stat st;
	int dir = proc_open((uint32_t)getpid()), fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_true(dir >= 0 && fd >= 0);
	assert_int_equal(proc_read_status(dir, &s), 0);
	assert_int_equal(s.pid, getpid());
	assert_int_equal(s.parent, getppid());
	assert_int_equal(s.uid, geteuid());
	assert_int_equal(proc_read_exe(dir, path, sizeof(path)), 0);
	assert_non_null(realpath("/proc/self/exe", real));
	assert_string_equal(path, real);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(proc_holds(dir, st.st_ino));
	close(fd);
	assert_false(proc_holds(dir, st.st_ino));
	close(dir);
	assert_true(proc_open(0) < 0);
}

struct hunted {
	uint64_t inode;
	size_t found;
};

static bool match(void *ctx, int dir, uint64_t inode)
{
	struct hunted *h = ctx;
	struct proc_status s;

	if (inode == h->inode && proc_read_status(dir, &s) == 0 && s.pid == (uint32_t)getpid())
		h->found++;
	return true;
}

/* We are among the youngest, or are found by going round; and once in a round. */
static void test_hunt(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct hunted h = {0};
	struct hunt hunt;
	struct stat st;
	uint64_t until;

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	h.inode = st.st_ino;
	assert_int_equal(hunt_init(&hunt), 0);
	until = hunt_youngest(&hunt, match, &h);
	assert_true(until > 1);
	h.found = 0;
	for (int i = 0; i < 1000 && hunt.seen < until; i++)
		hunt_on(&hunt, until, NSEC_PER_SEC, match, &h);
	assert_true(hunt.seen >= until);
	assert_true(h.found > 0);
	hunt_finish(&hunt);
	close(fd);
	assert_int_equal(mem_in_use(), 0);
}

static void test_path(void **state)
{
	struct record_holder r = {.path_len = 14};
	char path[RECORD_PATH_BYTES + 1];

	(void)state;
	memcpy(r.path, "curl\0local\0usr\0", 15);
	r.path_len = 15;
	assert_true(portrait_join_path(&r, path, sizeof(path)));
	assert_string_equal(path, "/usr/local/curl");
	r.path_len = 14; /* without its end */
	assert_false(portrait_join_path(&r, path, sizeof(path)));
	r.path_len = 0;
	assert_false(portrait_join_path(&r, path, sizeof(path)));
	r.path_len = sizeof(r.path) + 1;
	assert_false(portrait_join_path(&r, path, sizeof(path)));
	memset(r.path, 'x', sizeof(r.path));
	r.path[sizeof(r.path) - 1] = '\0';
	r.path_len = sizeof(r.path);
	assert_true(portrait_join_path(&r, path, sizeof(path)));
	assert_int_equal(strlen(path), sizeof(r.path));
	memset(r.path, 0, sizeof(r.path));
	assert_true(portrait_join_path(&r, path, sizeof(path)));
}

static const uint8_t syn4[] = {
	0x46, 0,    0,	  64,	0,   0, 0x40, 0, 64, 6, 0, 0, 192,  0,
	2,    1,    198,  51,	100, 7, 1,    1, 1,  1, /* options */
	0xc0, 0x01, 0x01, 0xbd, 0,   0, 0,    0, 0,  0, 0, 0, 0xa0, 0x02,
};

static const uint8_t answer6[] = {
	0x60, 0, 0, 0, 0,    20,   6,	 64,   0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0,	 0,
	0,    0, 0, 0, 0,    1,	   0x20, 0x01, 0x0d, 0xb8, 0,	 0,    0, 0, 0, 0, 0,	 0,
	0,    0, 0, 2, 0x01, 0xbd, 0xc0, 0x01, 0,    0,	   0,	 0,    0, 0, 0, 0, 0x50, 0x12,
};

static void test_syn(void **state)
{
	struct syn s = {0};

	(void)state;
	assert_true(syn_parse(span_make(syn4, sizeof(syn4)), &s));
	assert_int_equal(s.local.port, 49153);
	assert_int_equal(s.remote.port, 445);
	assert_memory_equal(s.local.addr.ip + 12, ((uint8_t[]){192, 0, 2, 1}), 4);
	assert_false(s.is_answer);
	assert_true(syn_parse(span_make(answer6, sizeof(answer6)), &s));
	assert_int_equal(s.local.port, 445);
	assert_int_equal(s.remote.addr.ip[15], 2);
	assert_true(s.is_answer);
	for (size_t n = 0; n < sizeof(syn4); n++)
		assert_false(syn_parse(span_make(syn4, n), &s));
	for (size_t n = 0; n < sizeof(answer6); n++)
		assert_false(syn_parse(span_make(answer6, n), &s));
}

struct name_case {
	const char *given, *hosts, *resolv, *name;
};

static const struct name_case name_cases[] = {
	{"fs1", NULL, NULL, "fs1"},
	{"fs1.corp.example", "10.0.0.1 fs1.other.example fs1\n", "domain x\n", "fs1.corp.example"},
	{"fs1", "127.0.0.1 localhost\n127.0.1.1\tfs1.corp.example fs1 # me\n", NULL,
	 "fs1.corp.example"},
	{"fs1", "127.0.1.1 FS1 fs1.corp.example\n", NULL, "fs1.corp.example"},
	{"fs1", "# 127.0.1.1 fs1.no.example fs1\n127.0.1.1 fs1\n",
	 "search a.example\ndomain corp.example\n", "fs1.corp.example"},
	{"fs1", "10.0.0.2 fs10.corp.example fs10\n", "search corp.example\n", "fs1"},
	{"fs1", "10.0.0.2", "domain", "fs1"},
	{"", "10.0.0.2 .x\n", "", ""},
};

static void test_name(void **state)
{
	char name[HOST_NAME_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(name_cases) / sizeof(name_cases[0]); i++) {
		const struct name_case *c = &name_cases[i];

		host_name_from(c->given, c->hosts, c->resolv, name, sizeof(name));
		if (c->given[0])
			assert_string_equal(name, c->name);
	}
}

static void test_addresses(void **state)
{
	struct addr loopback4, loopback6, other;
	struct host_address_watch *w;
	struct host_addresses a;

	(void)state;
	assert_int_equal(host_address_watch_new(&w), 0);
	assert_int_equal(host_addresses_read(w, &a), 0);
	assert_true(addr_parse("127.3.2.1", &loopback4) && addr_parse("::1", &loopback6) &&
		    addr_parse("192.0.2.254", &other));
	assert_true(host_addresses_has(&a, &loopback4));
	assert_true(host_addresses_has(&a, &loopback6));
	assert_false(host_addresses_has(&a, &other));
	for (size_t i = 0; i < a.n; i++) {
		assert_true(host_addresses_has(&a, &a.list[i]));
		assert_true(i == 0 || memcmp(&a.list[i - 1], &a.list[i], sizeof(a.list[i])) < 0);
	}
	assert_true(strlen(a.name) > 0);
	host_addresses_finish(&a);
	host_address_watch_free(w);
	assert_int_equal(mem_in_use(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),	  cmocka_unit_test(test_self),
		cmocka_unit_test(test_hunt),	  cmocka_unit_test(test_path),
		cmocka_unit_test(test_syn),	  cmocka_unit_test(test_name),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
