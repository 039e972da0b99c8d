/*
 * Sees connections come and go and tells which process holds our end: by BPF (sock_ops, accept, fork, exec) where it
 * loads, else by asking SOCK_DIAG and /proc at each SYN. Runs in a process of its own, with the privileges that this
 * needs and nothing from the network but addresses and ports.
 *
 * Invariant: never the process that just happened to run when a packet came. What can't be known is not told.
 *
 * By BPF a connecting process is seen in connect() itself, however short it lives. An accepting one is seen where the kernel
 * works for it: accept() with an address, getpeername(), getsockname(); one that never asks who came (libuv), and a child that
 * inherits, by /proc a few milliseconds later. By SOCK_DIAG and /proc, whoever lives for some 50 ms is seen, and many that do
 * not. Sockets of other network namespaces (containers) are seen by BPF alone, and told where their address is not ours.
 * Connections from before the start are not told.
 *
 * What it needs of a process, as tests/host/around.py holds it to it:
 *
 * | step | capabilities | why |
 * |---|---|---|
 * | host_watch_new(), BPF | BPF, PERFMON, NET_ADMIN | load the programs; attach to the root of control groups |
 * | | SYS_ADMIN | only where the unified hierarchy is not mounted at /sys/fs/cgroup or its unified/ |
 * | host_watch_new(), /proc | NET_RAW | packet socket for SYNs; none once it is open |
 * | host_watch_run() | SYS_PTRACE and DAC_READ_SEARCH, both | descriptors and executables of others; open_by_handle_at() |
 *
 * Without the last two BPF still tells who connects and who accepts, but neither heirs nor who never asks; the unit of a group
 * that is new then needs the process to live. It must run in the host's PID namespace for BPF, see the host's /proc, and be
 * without Landlock: that hides the descriptors of others.
 *
 * System calls of host_watch_run(), for a seccomp filter: clock_gettime, close, fcntl, fstat/newfstatat, getdents64,
 * getsockopt, lseek, openat, open_by_handle_at, poll, read, readlink, readlinkat, recvfrom, sendto, timerfd_settime, uname; of the
 * heap brk, mmap, munmap, mremap; and what the system's name service does for a user's name (files: openat, read, fstat,
 * lseek, close; others: socket and connect of AF_UNIX, and more).
 */
#ifndef NTLMAUDIT_HOST_WATCH_H
#define NTLMAUDIT_HOST_WATCH_H

#include "host/process.h"

struct host_watch; /* opaque */

enum host_method { HOST_BPF, HOST_PROC, HOST_METHOD__COUNT };

struct host_watch_options {
	bool no_bpf; /* HOST_PROC at once: for tests, and where an administrator wants it */
};

struct host_watch_ops {
	/* May be called more than once for one end, as more becomes known: the later one counts. Valid during the call. */
	void (*holding)(void *ctx, const struct holding *h);
};

struct host_counts {
	uint64_t told;	  /* holdings */
	uint64_t lost;	  /* the kernel's buffer was full, or its memory short */
	uint64_t unknown; /* ends of ours whose process was gone or not to be seen */
};

/*
 * Opens and loads all that needs privileges, and starts to record at once; what happens before host_watch_run() waits in
 * a bounded buffer. Where BPF can't be had `why` says why not and it is HOST_PROC. A negative errno where neither works.
 */
int host_watch_new(const struct host_watch_options *options, const struct host_watch_ops *ops,
		   void *ctx, struct text *why, struct host_watch **ret_watch)
	__attribute__((warn_unused_result));
/* NULL is fine. */
void host_watch_free(struct host_watch *w);

enum host_method host_watch_method(const struct host_watch *w);
const char *host_method_name(enum host_method method); /* "BPF", "SOCK_DIAG and /proc" */

/* Readable when host_watch_run() has something to do; it is to be called every HOST_WATCH_MS in any case. */
int host_watch_fd(const struct host_watch *w);
#define HOST_WATCH_MS 20

/* Takes what is there, without blocking. 0 or a negative errno. */
int host_watch_run(struct host_watch *w) __attribute__((warn_unused_result));

void host_watch_counts(const struct host_watch *w, struct host_counts *ret_counts);

#endif
