/*
 * host-dump [--no-bpf] [--new-caps TEXT] [--run-caps TEXT]: prints what src/host/ tells as JSON lines, until its input ends.
 * The first line says by which method, the last one the counts. With capabilities (as cap_from_text(3) has them) it becomes
 * the user 65534 with those alone: before host_watch_new(), or after it.
 */
#include "base/mem.h"
#include "host/address.h"
#include "host/watch.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65534

static const char *const how_names[] = {"unknown", "connected", "accepted", "listener"};

static void print(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}

static json_t *endpoint(const struct endpoint *e)
{
	struct text t;
	json_t *j;

	text_init(&t, 128);
	addr_format(&t, &e->addr);
	text_printf(&t, " %u", e->port);
	j = json_string(t.ptr);
	text_finish(&t);
	return j;
}

static void put(json_t *line, const char *key, const char *value)
{
	if (value)
		json_object_set_new(line, key, json_string(value));
}

static void print_holding(void *ctx, const struct holding *h)
{
	json_t *line = json_object();

	(void)ctx;
	json_object_set_new(line, "local", endpoint(&h->local));
	json_object_set_new(line, "remote", endpoint(&h->remote));
	put(line, "how", how_names[h->how]);
	json_object_set_new(line, "time", json_integer(h->time));
	json_object_set_new(line, "pid", json_integer(h->process.pid));
	if (h->process.has_uid)
		json_object_set_new(line, "uid", json_integer(h->process.uid));
	json_object_set_new(line, "kernel", json_boolean(h->process.is_kernel));
	put(line, "name", h->process.name);
	put(line, "path", h->process.path);
	put(line, "user", h->process.user);
	put(line, "unit", h->process.unit);
	put(line, "container", h->process.container);
	print(line);
}

static void print_addresses(struct host_address_watch *w)
{
	json_t *line = json_object(), *list = json_array();
	struct host_addresses a;
	struct text t;

	if (host_addresses_read(w, &a) < 0)
		return;
	text_init(&t, 128);
	for (size_t i = 0; i < a.n; i++) {
		text_reset(&t);
		addr_format(&t, &a.list[i]);
		json_array_append_new(list, json_string(t.ptr));
	}
	text_finish(&t);
	json_object_set_new(line, "addresses", list);
	put(line, "host", a.name);
	host_addresses_finish(&a);
	print(line);
}

/* Another user, with these capabilities alone. */
static int become_nobody(const char *capabilities)
{
	cap_t caps;
	int rc;

	if (!capabilities)
		return 0;
	caps = cap_from_text(capabilities);
	if (!caps || prctl(PR_SET_KEEPCAPS, 1) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	rc = cap_set_proc(caps) < 0 ? -errno : 0;
	cap_free(caps);
	return rc;
}

static void print_begin(const struct host_watch *w, const struct text *why)
{
	json_t *line = json_object();

	put(line, "method", host_method_name(host_watch_method(w)));
	put(line, "why", why->ptr);
	print(line);
}

static void print_end(const struct host_watch *w)
{
	struct host_counts c;
	json_t *line = json_object();

	host_watch_counts(w, &c);
	json_object_set_new(line, "told", json_integer((json_int_t)c.told));
	json_object_set_new(line, "lost", json_integer((json_int_t)c.lost));
	json_object_set_new(line, "unknown", json_integer((json_int_t)c.unknown));
	print(line);
}

static int follow(struct host_watch *w, struct host_address_watch *addresses)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			       {.fd = host_watch_fd(w), .events = POLLIN},
			       {.fd = host_address_watch_fd(addresses), .events = POLLIN}};
	int rc = 0;

	print_addresses(addresses);
	while (rc == 0 && !fds[0].revents) {
		if (poll(fds, 3, HOST_WATCH_MS) < 0)
			rc = -errno;
		if (rc == 0)
			rc = host_watch_run(w);
		if (host_address_watch_changed(addresses))
			print_addresses(addresses);
	}
	return rc;
}

static int complain(const char *what, int rc)
{
	fprintf(stderr, "host-dump: %s: %s\n", what, strerror(-rc));
	return 1;
}

static int run(const struct host_watch_options *options, const char *new_caps, const char *run_caps)
{
	static const struct host_watch_ops ops = {.holding = print_holding};
	struct host_address_watch *addresses;
	struct host_watch *w;
	struct text why;
	int rc;

	text_init(&why, 1024);
	rc = become_nobody(new_caps);
	if (rc == 0)
		rc = host_address_watch_new(&addresses);
	if (rc == 0)
		rc = host_watch_new(options, &ops, NULL, &why, &w);
	if (rc < 0)
		return complain(why.ptr ? why.ptr : "new", rc);
	rc = become_nobody(run_caps);
	if (rc < 0)
		return complain("capabilities", rc);
	print_begin(w, &why);
	text_finish(&why);
	rc = follow(w, addresses);
	print_end(w);
	host_watch_free(w);
	host_address_watch_free(addresses);
	return rc < 0 ? complain("run", rc) : mem_in_use() > 0 ? complain("leak", -ENOMEM) : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"no-bpf", no_argument, NULL, 'b'},
						{"new-caps", required_argument, NULL, 'n'},
						{"run-caps", required_argument, NULL, 'r'},
						{0}};
	struct host_watch_options o = {0};
	const char *new_caps = NULL, *run_caps = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'b')
			o.no_bpf = true;
		else if (c == 'n')
			new_caps = optarg;
		else if (c == 'r')
			run_caps = optarg;
		else
			return 2;
	}
	return run(&o, new_caps, run_caps);
}
