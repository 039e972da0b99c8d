#include "host/bpf.h"

#include "base/mem.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

/* What bpftool makes is not of our style. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#include <src/host/watch.skel.h>
#pragma GCC diagnostic pop

#define RECORDS_AT_ONCE 4096
#define LINKS 6
#define ENOUGH (-ECANCELED)	       /* ends a round of taking records */
#define HOST_PID_NAMESPACE 0xeffffffcu /* the kernel's PROC_PID_INIT_INO */

struct host_bpf {
	struct watch_bpf *programs;
	struct bpf_link *links[LINKS];
	struct ring_buffer *ring;
	const struct host_bpf_ops *ops;
	void *ctx;
	size_t taken; /* in this round */
};

static char last_words[256]; /* what libbpf complained of last; it has one printer for all */

static int __attribute__((format(printf, 2, 0)))
listen_to_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_words, sizeof(last_words), format, args);
	return 0;
}

static int take_record(void *ctx, void *data, size_t size)
{
	struct host_bpf *b = ctx;
	uint32_t kind = 0;

	if (size >= sizeof(kind))
		memcpy(&kind, data, sizeof(kind));
	if ((kind == RECORD_CONNECT || kind == RECORD_ACCEPT) &&
	    size >= sizeof(struct record_holder))
		b->ops->holder(b->ctx, data);
	else if (kind == RECORD_ARRIVED && size >= sizeof(struct record_end))
		b->ops->arrived(b->ctx, data);
	else if (kind == RECORD_FORK && size >= sizeof(struct record_fork))
		b->ops->forked(b->ctx, data);
	return ++b->taken < RECORDS_AT_ONCE ? 0 : ENOUGH;
}

static int attach(struct host_bpf *b, int cgroup)
{
	struct watch_bpf *p = b->programs;
	struct bpf_program *of_cgroup[] = {p->progs.host_socket, p->progs.host_peer4,
					   p->progs.host_peer6, p->progs.host_name4,
					   p->progs.host_name6};
	size_t n = sizeof(of_cgroup) / sizeof(of_cgroup[0]);

	for (size_t i = 0; i < n; i++) {
		b->links[i] = bpf_program__attach_cgroup(of_cgroup[i], cgroup);
		if (!b->links[i])
			return -errno;
	}
	b->links[n] = bpf_program__attach(p->progs.host_fork);
	return b->links[n] ? 0 : -errno;
}

/* In a PID namespace of our own the kernel's numbers are not those that we see in /proc. */
static bool sees_host_pids(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == HOST_PID_NAMESPACE;
}

static int load(struct host_bpf *b, int cgroup, const char **ret_step)
{
	int rc;

	*ret_step = "in a PID namespace of its own";
	if (!sees_host_pids())
		return -EXDEV;
	*ret_step = "load";
	b->programs = watch_bpf__open();
	if (!b->programs)
		return -errno;
	rc = watch_bpf__load(b->programs);
	if (rc < 0)
		return rc;
	*ret_step = "attach";
	rc = attach(b, cgroup);
	if (rc < 0)
		return rc;
	*ret_step = "ring";
	b->ring = ring_buffer__new(bpf_map__fd(b->programs->maps.records), take_record, b, NULL);
	return b->ring ? 0 : -errno;
}

static void say_why(struct text *why, const char *step, int rc)
{
	size_t n = strcspn(last_words, "\n");

	text_printf(why, "BPF: %s: %s", step, strerror(-rc));
	if (n)
		text_printf(why, " (%.*s)", (int)n, last_words);
}

int host_bpf_new(int cgroup, const struct host_bpf_ops *ops, void *ctx, struct text *why,
		 struct host_bpf **ret_bpf)
{
	struct host_bpf *b = mem_zalloc(1, sizeof(*b));
	const char *step;
	int rc;

	if (!b)
		return -ENOMEM;
	b->ops = ops;
	b->ctx = ctx;
	last_words[0] = '\0';
	libbpf_set_print(listen_to_libbpf);
	rc = load(b, cgroup, &step);
	if (rc < 0) {
		say_why(why, step, rc);
		host_bpf_free(b);
		return rc;
	}
	*ret_bpf = b;
	return 0;
}

void host_bpf_free(struct host_bpf *b)
{
	if (!b)
		return;
	ring_buffer__free(b->ring);
	for (size_t i = 0; i < LINKS; i++)
		bpf_link__destroy(b->links[i]);
	watch_bpf__destroy(b->programs);
	mem_free(b);
}

int host_bpf_fd(const struct host_bpf *b)
{
	return ring_buffer__epoll_fd(b->ring);
}

int host_bpf_run(struct host_bpf *b)
{
	int rc;

	b->taken = 0;
	rc = ring_buffer__consume(b->ring);
	return rc < 0 && rc != ENOUGH ? rc : 0;
}

uint64_t host_bpf_lost(const struct host_bpf *b)
{
	return __atomic_load_n(&b->programs->bss->lost, __ATOMIC_RELAXED);
}
