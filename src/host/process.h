/*
 * A process as far as an audit needs it, and one end of a connection that it holds. Texts are UTF-8, NULL where
 * unknown; whoever hands one out says how long they are valid.
 */
#ifndef NTLMAUDIT_HOST_PROCESS_H
#define NTLMAUDIT_HOST_PROCESS_H

#include "base/clock.h"
#include "wire/addr.h"

#define PROCESS_TEXT_MAX 4096 /* bytes of any text */

struct process {
	uint32_t pid; /* thread group; 0 = unknown */
	bool has_uid;
	uint32_t uid;	  /* effective */
	bool is_kernel;	  /* a kernel thread, or a socket of the kernel's own (cifs.ko, knfsd) */
	const char *name; /* as the kernel calls it: "smbclient", "cifsd" */
	const char *path; /* the executable; " (deleted)" is taken off */
	const char *user; /* name of the uid */
	const char *unit; /* systemd unit or scope of its cgroup: "apache2.service" */
	const char *
		container; /* 64 hex digits, or the name, of Docker, Podman, containerd, LXC, systemd-nspawn */
};

enum held_by {
	HELD_UNKNOWN,
	HELD_CONNECTED, /* it called connect() */
	HELD_ACCEPTED,	/* it called accept(), or inherited the socket, and holds it */
	HELD_LISTENER,	/* nobody was seen to hold it: the process that listens there */
};

/* Who holds the local end of a connection. */
struct holding {
	struct endpoint local, remote;
	enum held_by how;
	int64_t time; /* when it was seen, base/clock.h */
	struct process process;
};

#endif
