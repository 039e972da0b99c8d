/*
 * What the BPF programs tell through their ring: both sides are of one build, so these are plain structs. Every record
 * begins with its kind.
 */
#ifndef NTLMAUDIT_HOST_RECORD_H
#define NTLMAUDIT_HOST_RECORD_H

#include <stdint.h>

#define RECORD_COMM_BYTES 16
#define RECORD_PATH_BYTES 512
#define RECORD_RING_BYTES (2u << 20)
#define RECORD_FORK_NS 30000000ull /* a fork so long after an accept is another matter */

enum record_kind {
	RECORD_CONNECT = 1, /* struct record_holder: it called connect() */
	RECORD_ACCEPT,	    /* struct record_holder: it has the accepted socket in its hands */
	RECORD_ARRIVED, /* struct record_end: a connection was accepted by the kernel, by no process yet */
	RECORD_FORK, /* struct record_fork: who has just accepted has a child */
};

/* One end of a connection, as it was told of. */
struct record_end {
	uint32_t kind;
	uint32_t netns;	   /* inode of the socket's network namespace */
	uint64_t time;	   /* CLOCK_MONOTONIC, ns */
	uint64_t inode;	   /* of the socket; 0 where it has none yet */
	uint8_t local[16]; /* as struct addr */
	uint8_t remote[16];
	uint16_t local_port, remote_port;
	uint32_t of_kernel; /* the socket is the kernel's own */
};

/* An end with the process that runs. */
struct record_holder {
	struct record_end end;
	uint32_t pid;	    /* thread group, as the host numbers it */
	uint32_t uid;	    /* effective, as the host numbers it */
	uint64_t started;   /* nanoseconds from boot until the process began */
	uint64_t cgroup;    /* id of its place in the unified hierarchy */
	uint32_t is_kernel; /* a kernel thread */
	uint32_t path_len;  /* bytes in path; 0 = unknown */
	char comm[RECORD_COMM_BYTES];
	/* The executable's path from its last part to its first, each with a NUL behind it. */
	char path[RECORD_PATH_BYTES];
};

struct record_fork {
	uint32_t kind;
	uint32_t child;
	uint64_t inode; /* of what its parent, or the parent's, accepted last */
};

#endif
