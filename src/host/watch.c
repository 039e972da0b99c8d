/*
 * Joins what tells of connections (BPF's records, or the SYNs) with what finds out whose they are, and tells the caller.
 *
 * Containers have networks of their own, where anybody may give himself our addresses. Of sockets in another network
 * namespace only those are told whose local address is not one of ours, and so can't be taken for one of our own.
 */
#include "host/watch.h"

#include "base/mem.h"
#include "host/address.h"
#include "host/bpf.h"
#include "host/heir.h"
#include "host/seek.h"
#include "host/syn.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define SYNS_AT_ONCE 256
#define ACCEPT_NS                                                                                  \
	(5 * NS_PER_MS) /* so long after a connection came the listener has accepted, mostly */

struct host_watch {
	const struct host_watch_ops *ops;
	void *ctx;
	struct host_counts counts;
	struct easel easel;
	struct seek *seek;
	struct heirs *heirs;
	struct host_bpf *bpf; /* NULL: by SYNs */
	int syns;
	struct host_address_watch *address_watch;
	struct host_addresses addresses;
	uint64_t netns;	  /* ours */
	int64_t realtime; /* what to add to CLOCK_MONOTONIC */
	int epoll, timer;
	struct portrait portrait;
};

static void tell(struct host_watch *w, const struct holding *h)
{
	w->counts.told++;
	w->ops->holding(w->ctx, h);
}

static void found(void *ctx, const struct endpoint *local, const struct endpoint *remote,
		  enum held_by how, int64_t time, const struct process *process)
{
	struct holding h = {
		.local = *local, .remote = *remote, .how = how, .time = time, .process = *process};

	tell(ctx, &h);
}

static void inherited(void *ctx, const struct endpoint *local, const struct endpoint *remote,
		      int64_t time, const struct process *process)
{
	found(ctx, local, remote, HELD_ACCEPTED, time, process);
}

static void unknown(void *ctx)
{
	struct host_watch *w = ctx;

	w->counts.unknown++;
}

static const struct seek_ops seek_ops = {.found = found, .unknown = unknown};

static void ends_of(const struct record_end *e, struct endpoint *local, struct endpoint *remote)
{
	*local = (struct endpoint){.addr = addr_v6(e->local), .port = e->local_port};
	*remote = (struct endpoint){.addr = addr_v6(e->remote), .port = e->remote_port};
}

static bool is_ours(const struct host_watch *w, const struct record_end *e)
{
	return e->netns == w->netns;
}

static bool could_be_taken_for_ours(const struct host_watch *w, const struct endpoint *local)
{
	return host_addresses_has(&w->addresses, &local->addr);
}

static void take_holder(void *ctx, const struct record_holder *r)
{
	struct host_watch *w = ctx;
	struct holding h = {.time = (int64_t)r->end.time + w->realtime};

	ends_of(&r->end, &h.local, &h.remote);
	if (!is_ours(w, &r->end) && could_be_taken_for_ours(w, &h.local))
		return;
	portrait_of_record(&w->portrait, &w->easel, r);
	h.process = w->portrait.process;
	h.how = r->end.kind == RECORD_CONNECT ? HELD_CONNECTED : HELD_ACCEPTED;
	if (h.how == HELD_ACCEPTED) {
		seek_drop(w->seek, &h.local, &h.remote);
		heirs_accepted(w->heirs, &h.local, &h.remote, r->pid, r->end.inode, h.time);
	}
	tell(w, &h);
}

static void take_arrived(void *ctx, const struct record_end *e)
{
	struct host_watch *w = ctx;
	struct endpoint local, remote;

	if (!is_ours(w, e))
		return;
	ends_of(e, &local, &remote);
	seek_add(w->seek, &local, &remote, HELD_ACCEPTED, (int64_t)e->time + w->realtime,
		 (int64_t)e->time + ACCEPT_NS);
}

static void take_fork(void *ctx, const struct record_fork *f)
{
	struct host_watch *w = ctx;

	heirs_forked(w->heirs, f->inode, f->child, clock_monotonic());
}

static const struct host_bpf_ops bpf_ops = {
	.holder = take_holder, .arrived = take_arrived, .forked = take_fork};

static void take_syn(struct host_watch *w, const struct syn *s, int64_t now)
{
	if (!host_addresses_has(&w->addresses, &s->local.addr))
		return; /* it goes through us */
	seek_add(w->seek, &s->local, &s->remote, s->is_answer ? HELD_ACCEPTED : HELD_CONNECTED,
		 now + w->realtime, s->is_answer ? now + ACCEPT_NS : now);
}

static int take_syns(struct host_watch *w, int64_t now)
{
	struct syn s;
	int rc = 0;

	for (int i = 0; i < SYNS_AT_ONCE && (rc = syn_take(w->syns, &s)) > 0; i++)
		take_syn(w, &s, now);
	w->counts.lost += syn_lost(w->syns);
	return rc < 0 ? rc : 0;
}

static int read_addresses(struct host_watch *w)
{
	struct host_addresses now;
	int rc = host_addresses_read(w->address_watch, &now);

	if (rc < 0)
		return rc;
	host_addresses_finish(&w->addresses);
	w->addresses = now;
	return 0;
}

static int add_fd(const struct host_watch *w, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

static int open_addresses(struct host_watch *w)
{
	int rc = host_address_watch_new(&w->address_watch);

	if (rc == 0)
		rc = read_addresses(w);
	return rc == 0 ? add_fd(w, host_address_watch_fd(w->address_watch)) : rc;
}

static int open_tools(struct host_watch *w)
{
	struct stat st;
	int rc;

	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (w->epoll < 0 || w->timer < 0 || stat("/proc/self/ns/net", &st) < 0)
		return -errno;
	w->netns = st.st_ino;
	rc = cgroup_ids_new(&w->easel.groups);
	if (rc == -ENOENT)
		rc = 0; /* there may be none */
	if (rc == 0)
		rc = users_new(&w->easel.users);
	if (rc == 0)
		rc = seek_new(&seek_ops, w, &w->easel, &w->seek);
	if (rc == 0)
		rc = heirs_new(inherited, w, &w->easel, &w->heirs);
	if (rc == 0)
		rc = open_addresses(w);
	return rc == 0 ? add_fd(w, w->timer) : rc;
}

static int open_bpf(struct host_watch *w, struct text *why)
{
	int rc;

	if (!w->easel.groups) {
		text_puts(why, "BPF: no unified hierarchy of control groups at /sys/fs/cgroup");
		return -ENOENT;
	}
	rc = host_bpf_new(cgroup_ids_root(w->easel.groups), &bpf_ops, w, why, &w->bpf);
	return rc == 0 ? add_fd(w, host_bpf_fd(w->bpf)) : rc;
}

static int open_syns(struct host_watch *w, struct text *why)
{
	int rc = seek_check(w->seek);

	if (rc < 0) {
		text_printf(why, "; SOCK_DIAG: %s (the kernel's module tcp_diag)", strerror(-rc));
		return rc;
	}
	w->syns = syn_open();
	if (w->syns < 0) {
		text_printf(why, "; packet socket: %s", strerror(-w->syns));
		return w->syns;
	}
	return add_fd(w, w->syns);
}

static int open_method(struct host_watch *w, bool no_bpf, struct text *why)
{
	if (no_bpf)
		text_puts(why, "BPF: not wanted");
	else if (open_bpf(w, why) == 0)
		return 0;
	return open_syns(w, why);
}

int host_watch_new(const struct host_watch_options *options, const struct host_watch_ops *ops,
		   void *ctx, struct text *why, struct host_watch **ret_watch)
{
	struct host_watch *w = mem_zalloc(1, sizeof(*w));
	int rc;

	if (!w)
		return -ENOMEM;
	w->ops = ops;
	w->ctx = ctx;
	w->syns = w->epoll = w->timer = -1;
	rc = open_tools(w);
	if (rc == 0)
		rc = open_method(w, options->no_bpf, why);
	if (rc < 0) {
		host_watch_free(w);
		return rc;
	}
	*ret_watch = w;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void host_watch_free(struct host_watch *w)
{
	if (!w)
		return;
	host_bpf_free(w->bpf);
	close_fd(w->syns);
	heirs_free(w->heirs);
	seek_free(w->seek);
	host_address_watch_free(w->address_watch);
	host_addresses_finish(&w->addresses);
	users_free(w->easel.users);
	cgroup_ids_free(w->easel.groups);
	close_fd(w->timer);
	close_fd(w->epoll);
	mem_free(w);
}

enum host_method host_watch_method(const struct host_watch *w)
{
	return w->bpf ? HOST_BPF : HOST_PROC;
}

const char *host_method_name(enum host_method method)
{
	static const char *const names[HOST_METHOD__COUNT] = {
		[HOST_BPF] = "BPF", [HOST_PROC] = "SOCK_DIAG and /proc"};

	return names[method];
}

int host_watch_fd(const struct host_watch *w)
{
	return w->epoll;
}

/* Wakes the caller at a time; INT64_MAX: not at all. */
static void set_timer(const struct host_watch *w, int64_t when)
{
	struct itimerspec t = {0};

	if (when <= 0)
		when = 1; /* 0 would stop it */
	if (when != INT64_MAX)
		t.it_value = (struct timespec){.tv_sec = when / NSEC_PER_SEC,
					       .tv_nsec = when % NSEC_PER_SEC};
	(void)timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

/* An address that comes later than its packets would make us miss them: the addresses first. */
int host_watch_run(struct host_watch *w)
{
	int64_t now = clock_monotonic(), heirs, seek;
	int rc = 0;

	w->realtime = clock_wall() - now;
	if (host_address_watch_changed(w->address_watch))
		rc = read_addresses(w);
	if (rc == 0)
		rc = w->bpf ? host_bpf_run(w->bpf) : take_syns(w, now);
	heirs = heirs_run(w->heirs, clock_monotonic());
	seek = seek_run(w->seek, clock_monotonic());
	set_timer(w, heirs < seek ? heirs : seek);
	return rc;
}

void host_watch_counts(const struct host_watch *w, struct host_counts *ret_counts)
{
	*ret_counts = w->counts;
	if (w->bpf)
		ret_counts->lost += host_bpf_lost(w->bpf);
}
