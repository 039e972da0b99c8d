/* The programs of watch.bpf.c: loaded, attached, and their records taken. */
#ifndef NTLMAUDIT_HOST_BPF_H
#define NTLMAUDIT_HOST_BPF_H

#include "base/text.h"
#include "host/record.h"

struct host_bpf;

struct host_bpf_ops {
	void (*holder)(void *ctx, const struct record_holder *r);
	void (*arrived)(void *ctx, const struct record_end *e);
	void (*forked)(void *ctx, const struct record_fork *f);
};

/*
 * `cgroup`: a folder of the unified hierarchy, whose processes and those below are watched; it stays the caller's. On
 * failure a negative errno, and `why` says it in words. Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; they are of no use to it
 * later. Programs are gone with whoever holds them.
 */
int host_bpf_new(int cgroup, const struct host_bpf_ops *ops, void *ctx, struct text *why,
		 struct host_bpf **ret_bpf) __attribute__((warn_unused_result));
/* NULL is fine. */
void host_bpf_free(struct host_bpf *b);
int host_bpf_fd(const struct host_bpf *b);
/* Takes what is there, but not without end. 0 or a negative errno. */
int host_bpf_run(struct host_bpf *b) __attribute__((warn_unused_result));
/* Records for which there was no room. */
uint64_t host_bpf_lost(const struct host_bpf *b);

#endif
