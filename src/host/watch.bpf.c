/*
 * Runs in the kernel and tells which process holds an end of a TCP connection. SPDX: Apache-2.0 OR GPL-2.0-only: some of
 * the kernel's functions are for programs under the GPL alone.
 *
 * Invariant: a process is told of only where the kernel works for that very process: in connect(), in accept() and where it
 * asks for its socket's address. What runs while packets are handled is never looked at.
 *
 * The accepted side is seen without a hook on the end of all system calls, which would double the time of the short ones (0.3
 * to 0.7 microseconds, measured with an empty program): accept() with an address, getpeername() and
 * getsockname() all pass the hooks of cgroups for the socket's name. So does a child that asks what it inherited. Who accepts
 * without asking for the address is found by /proc (see watch.c), after RECORD_ARRIVED.
 *
 * Only what exists since Linux 5.11 is used, and the running task's own struct rather than the helpers for its parts, which
 * programs of this kind have only in newer kernels.
 */
#include "host/kernel.h"
#include "host/record.h"

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define AF_INET 2
#define AF_INET6 10
#define PF_KTHREAD 0x00200000
#define PATH_STEPS 48 /* parts of a path, and mounts on its way */
#define PATH_PART 128 /* bytes of a part with its NUL; a longer one is left to /proc */
#define ACCEPTORS 1024

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RECORD_RING_BYTES);
} records SEC(".maps");

/* Sockets that came by accepting: who was told to hold them last. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} accepted SEC(".maps");

struct acceptance {
	__u64 time;
	__u64 inode;
};

/*
 * What a thread accepted last: who has a child serve a connection forks before he accepts the next. Other forks are of no
 * concern, though their children may hold the socket, too.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ACCEPTORS);
	__type(key, __u32);
	__type(value, struct acceptance);
} acceptors SEC(".maps");

__u64 lost; /* records for which the ring had no room */

static __always_inline void *reserve(__u64 size)
{
	void *r = bpf_ringbuf_reserve(&records, size, 0);

	if (!r)
		__sync_fetch_and_add(&lost, 1);
	return r;
}

static __always_inline void put_v4(uint8_t *ip, __be32 v4)
{
	__builtin_memset(ip, 0, 10);
	ip[10] = 0xff;
	ip[11] = 0xff;
	__builtin_memcpy(ip + 12, &v4, 4);
}

static __always_inline void put_addresses(struct record_end *e, struct sock *sk)
{
	struct in6_addr a;

	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
		put_v4(e->local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		put_v4(e->remote, BPF_CORE_READ(sk, __sk_common.skc_daddr));
		return;
	}
	BPF_CORE_READ_INTO(&a, sk, __sk_common.skc_v6_rcv_saddr);
	__builtin_memcpy(e->local, &a, 16);
	BPF_CORE_READ_INTO(&a, sk, __sk_common.skc_v6_daddr);
	__builtin_memcpy(e->remote, &a, 16);
}

static __always_inline __u64 inode_of(struct sock *sk)
{
	struct socket *socket = BPF_CORE_READ(sk, sk_socket);
	struct socket_alloc *both;

	if (!socket)
		return 0;
	both = (void *)socket - bpf_core_field_offset(struct socket_alloc, socket);
	return BPF_CORE_READ(both, vfs_inode.i_ino);
}

static __always_inline void put_end(struct record_end *e, __u32 kind, struct sock *sk)
{
	e->kind = kind;
	e->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	e->time = bpf_ktime_get_ns();
	e->inode = inode_of(sk);
	put_addresses(e, sk);
	e->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	e->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	e->of_kernel = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
}

/* Puts a part of the path behind what is there; false where it does not fit. */
static __always_inline bool put_part(struct record_holder *r, struct dentry *d)
{
	/* Read back each time, or the verifier follows every length that the parts before may have had. */
	volatile __u32 *len = &r->path_len;
	__u32 at = *len;
	long n;

	if (at > RECORD_PATH_BYTES - PATH_PART)
		return false;
	n = bpf_probe_read_kernel_str(r->path + at, PATH_PART, BPF_CORE_READ(d, d_name.name));
	if (n < 2 || n >= PATH_PART)
		return false;
	*len = at + n;
	return true;
}

/* From the executable up to the root, over the mounts on the way. What does not fit is left out as a whole. */
static __always_inline void put_path(struct record_holder *r, struct file *exe)
{
	struct dentry *d = BPF_CORE_READ(exe, f_path.dentry);
	void *mnt = BPF_CORE_READ(exe, f_path.mnt);
	struct mount *m = mnt - bpf_core_field_offset(struct mount, mnt);

	for (int i = 0; i < PATH_STEPS; i++) {
		if (d == BPF_CORE_READ(m, mnt.mnt_root)) {
			struct mount *above = BPF_CORE_READ(m, mnt_parent);

			if (above == m)
				return;
			d = BPF_CORE_READ(m, mnt_mountpoint);
			m = above;
			continue;
		}
		if (!put_part(r, d))
			break;
		d = BPF_CORE_READ(d, d_parent);
	}
	r->path_len = 0;
}

static __always_inline void put_task(struct record_holder *r, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	r->pid = BPF_CORE_READ(task, tgid);
	r->uid = BPF_CORE_READ(task, cred, euid.val);
	r->started = BPF_CORE_READ(leader, start_boottime);
	r->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	r->is_kernel = (BPF_CORE_READ(task, flags) & PF_KTHREAD) != 0;
	r->path_len = 0;
	bpf_probe_read_kernel(r->comm, sizeof(r->comm), leader->comm);
	if (exe)
		put_path(r, exe);
}

static __always_inline void tell_holder(__u32 kind, struct sock *sk)
{
	struct record_holder *r = reserve(sizeof(*r));

	if (!r)
		return;
	put_end(&r->end, kind, sk);
	put_task(r, (struct task_struct *)bpf_get_current_task());
	bpf_ringbuf_submit(r, 0);
}

static __always_inline void tell_arrived(struct sock *sk)
{
	struct record_end *e = reserve(sizeof(*e));

	if (!e)
		return;
	put_end(e, RECORD_ARRIVED, sk);
	bpf_ringbuf_submit(e, 0);
}

/*
 * TCP_CONNECT_CB comes inside connect(), or in the first send where connecting was put off, with the local port chosen and
 * before the SYN is sent. PASSIVE_ESTABLISHED comes with a packet: it marks the socket, and looks at no process.
 */
SEC("sockops")
int host_socket(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *s = ctx->sk;
	struct sock *sk;

	if (!s)
		return 1;
	sk = (struct sock *)bpf_skc_to_tcp_sock(s);
	if (!sk)
		return 1;
	if (ctx->op == BPF_SOCK_OPS_TCP_CONNECT_CB) {
		tell_holder(RECORD_CONNECT, sk);
	} else if (ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		if (!bpf_sk_storage_get(&accepted, s, NULL, BPF_SK_STORAGE_GET_F_CREATE))
			__sync_fetch_and_add(&lost, 1); /* whose it is, /proc may still tell */
		tell_arrived(sk);
	}
	return 1;
}

static __always_inline void remember_acceptance(struct task_struct *task, struct sock *sk)
{
	struct acceptance a = {.time = bpf_ktime_get_ns(), .inode = inode_of(sk)};
	__u32 thread = BPF_CORE_READ(task, pid);

	if (bpf_map_update_elem(&acceptors, &thread, &a, BPF_ANY) < 0)
		bpf_map_delete_elem(&acceptors, &thread); /* better nothing than the one before */
}

/* A process has a socket's name looked up: for an accepted one, that tells who holds it. Each is told once in a row. */
static __always_inline int named(struct bpf_sock_addr *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 pid = BPF_CORE_READ(task, tgid), *told;
	struct bpf_sock *s = ctx->sk;
	struct sock *sk;

	if (!s)
		return 1;
	told = bpf_sk_storage_get(&accepted, s, NULL, 0);
	if (!told || *told == pid)
		return 1;
	sk = (struct sock *)bpf_skc_to_tcp_sock(s);
	if (!sk)
		return 1;
	*told = pid;
	remember_acceptance(task, sk);
	tell_holder(RECORD_ACCEPT, sk);
	return 1;
}

SEC("cgroup/getpeername4")
int host_peer4(struct bpf_sock_addr *ctx)
{
	return named(ctx);
}

SEC("cgroup/getpeername6")
int host_peer6(struct bpf_sock_addr *ctx)
{
	return named(ctx);
}

SEC("cgroup/getsockname4")
int host_name4(struct bpf_sock_addr *ctx)
{
	return named(ctx);
}

SEC("cgroup/getsockname6")
int host_name6(struct bpf_sock_addr *ctx)
{
	return named(ctx);
}

/* A child of who has just accepted may serve that connection; so may a grandchild. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(host_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 from = BPF_CORE_READ(parent, pid), to = BPF_CORE_READ(child, tgid);
	__u32 process = BPF_CORE_READ(parent, tgid);
	struct acceptance *last, copy;
	struct record_fork *r;

	if (to == process)
		return 0; /* a thread */
	last = bpf_map_lookup_elem(&acceptors, &from);
	if (!last || bpf_ktime_get_ns() - last->time > RECORD_FORK_NS)
		return 0;
	copy = *last;
	bpf_map_update_elem(&acceptors, &to, &copy, BPF_ANY);
	r = reserve(sizeof(*r));
	if (!r)
		return 0;
	*r = (struct record_fork){.kind = RECORD_FORK, .child = to, .inode = copy.inode};
	bpf_ringbuf_submit(r, 0);
	return 0;
}
