#include "host/diag.h"

#include "host/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

int diag_open(void)
{
	return netlink_open(NETLINK_SOCK_DIAG, 0);
}

static void put_addr(__be32 out[4], const struct addr *a, bool v4)
{
	memset(out, 0, 16);
	memcpy(out, v4 ? a->ip + 12 : a->ip, v4 ? 4 : 16);
}

static struct inet_diag_req_v2 request(const struct endpoint *local, const struct endpoint *remote)
{
	bool v4 = addr_is_v4(&local->addr);
	struct inet_diag_req_v2 q = {.sdiag_family = v4 ? AF_INET : AF_INET6,
				     .sdiag_protocol = IPPROTO_TCP,
				     .idiag_states = UINT32_MAX};

	q.id.idiag_sport = htons(local->port);
	put_addr(q.id.idiag_src, &local->addr, v4);
	q.id.idiag_cookie[0] = q.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (remote) {
		q.id.idiag_dport = htons(remote->port);
		put_addr(q.id.idiag_dst, &remote->addr, v4);
	}
	return q;
}

static int take_answer(struct span answer, struct diag_socket *ret_socket)
{
	struct reader r = reader_of(answer);
	struct netlink_message m;
	struct inet_diag_msg socket;
	int error = -EIO;

	if (!netlink_next(&r, &m))
		return -EIO;
	if (m.type == NLMSG_ERROR && m.body.len >= sizeof(error))
		memcpy(&error, m.body.ptr, sizeof(error));
	if (m.type != SOCK_DIAG_BY_FAMILY || m.body.len < sizeof(socket))
		return error < 0 ? error : -EIO;
	memcpy(&socket, m.body.ptr, sizeof(socket));
	*ret_socket = (struct diag_socket){.inode = socket.idiag_inode,
					   .uid = socket.idiag_uid,
					   .is_listener = socket.idiag_state == TCP_LISTEN};
	return 0;
}

static int ask(int fd, const struct inet_diag_req_v2 *q, struct diag_socket *ret_socket)
{
	uint8_t answer[4096];
	int n, rc;

	while (netlink_take(fd, answer, sizeof(answer)) > 0)
		; /* what is left of an answer that was given up */
	rc = netlink_ask(fd, SOCK_DIAG_BY_FAMILY, 0, span_make(q, sizeof(*q)));
	if (rc < 0)
		return rc;
	n = netlink_answer(fd, answer, sizeof(answer));
	if (n < 0)
		return n;
	return take_answer(span_make(answer, (size_t)n), ret_socket);
}

int diag_ask(int fd, const struct endpoint *local, const struct endpoint *remote,
	     struct diag_socket *ret_socket)
{
	struct inet_diag_req_v2 q = request(local, remote);

	return ask(fd, &q, ret_socket);
}

int diag_ask_listener(int fd, const struct endpoint *local, struct diag_socket *ret_socket)
{
	struct inet_diag_req_v2 q = request(local, NULL);

	return ask(fd, &q, ret_socket);
}

/* Also where the loopback interface is down. */
static int listen_on_loopback(struct endpoint *ret_local)
{
	struct sockaddr_in us = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(us);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&us, sizeof(us)) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&us, &size) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	*ret_local = (struct endpoint){.addr = addr_v4((const uint8_t *)&us.sin_addr),
				       .port = ntohs(us.sin_port)};
	return fd;
}

int diag_check(int fd)
{
	struct diag_socket socket = {0};
	struct endpoint local;
	int listener = listen_on_loopback(&local), rc;

	if (listener < 0)
		return listener;
	rc = diag_ask_listener(fd, &local, &socket);
	close(listener);
	return rc == 0 && socket.is_listener ? 0 : -EPROTONOSUPPORT;
}
