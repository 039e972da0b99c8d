/*
 * Sees connections come and go and tells which process holds our end: by BPF (sock_ops, accept, fork, exec) where it
 * loads, else by asking SOCK_DIAG and /proc at each SYN. Runs in a process of its own, with the privileges that this
 * needs and nothing from the network but addresses and ports.
 *
 * Invariant: never the process that just happened to run when a packet came. What can't be known is not told.
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
	uint64_t lost;	  /* the kernel's buffer was full */
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
