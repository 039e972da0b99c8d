/* The daemon's sockets in its run dir. */
#ifndef NTLMAUDIT_DAEMON_RUN_SOCKET_H
#define NTLMAUDIT_DAEMON_RUN_SOCKET_H

#include <sys/types.h>

/*
 * A new socket of that type (SOCK_STREAM, SOCK_SEQPACKET) that listens there, for its owner and group; what had the name before
 * is gone. Makes the folder. A descriptor, or a negative errno.
 */
int run_socket_listen(const char *dir, const char *name, int type, gid_t group)
	__attribute__((warn_unused_result));

/* A descriptor, or a negative errno. It doesn't wait, neither now nor later. */
int run_socket_connect(const char *dir, const char *name, int type)
	__attribute__((warn_unused_result));

#endif
