/* Asks the kernel (NETLINK_SOCK_DIAG) which socket an end of a TCP connection is. Needs no privilege. */
#ifndef NTLMAUDIT_HOST_DIAG_H
#define NTLMAUDIT_HOST_DIAG_H

#include "wire/addr.h"

struct diag_socket {
	uint64_t inode; /* 0: no process has it yet, or none any more */
	uint32_t uid;
	bool is_listener; /* there is no such connection, but who listens at that port */
};

/* A descriptor or a negative errno. */
int diag_open(void) __attribute__((warn_unused_result));
/*
 * Does the kernel answer at all? Its part for TCP is a module (tcp_diag) in many kernels, and without it every question is
 * answered like one about what is not there. Asks about a listener of our own. 0 or -EPROTONOSUPPORT.
 */
int diag_check(int fd) __attribute__((warn_unused_result));
/* 0, -ENOENT where there is neither connection nor listener, or another negative errno. */
int diag_ask(int fd, const struct endpoint *local, const struct endpoint *remote,
	     struct diag_socket *ret_socket) __attribute__((warn_unused_result));
/* The same of the listener alone. */
int diag_ask_listener(int fd, const struct endpoint *local, struct diag_socket *ret_socket)
	__attribute__((warn_unused_result));

#endif
