/* Opening a ring. Invariant: the filter is on before the first packet can come, and its reader can't take it off. */
#include "source/ring.h"

#include "source/ring-filter.h"
#include "source/ring-layout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/socket.h>
#include <unistd.h>

static int set(int fd, int level, int option, const void *value, size_t size)
{
	return setsockopt(fd, level, option, value, (socklen_t)size) < 0 ? -errno : 0;
}

static int set_number(int fd, int level, int option, int value)
{
	return set(fd, level, option, &value, sizeof(value));
}

static int set_filter(int fd)
{
	struct sock_filter program[RING_FILTER_MAX];
	struct sock_fprog fprog = {.len = (unsigned short)ring_filter(program), .filter = program};
	int rc = set(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog));

	return rc < 0 ? rc : set_number(fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
}

static int set_ring(int fd, size_t mib)
{
	struct tpacket_req3 req = {
		.tp_block_size = RING_BLOCK,
		.tp_block_nr = (unsigned)ring_blocks(mib),
		.tp_frame_size = RING_BLOCK, /* without meaning in version 3 */
		.tp_frame_nr = (unsigned)ring_blocks(mib),
		.tp_retire_blk_tov = RING_WAIT_MS,
		.tp_sizeof_priv = sizeof(struct ring_mark),
	};
	int rc = set_number(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V3);

	if (rc == 0)
		rc = set_number(fd, SOL_PACKET, PACKET_RESERVE, RING_HEAD);
	return rc < 0 ? rc : set(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req));
}

static int add_promiscuous(int fd, unsigned index)
{
	struct packet_mreq m = {.mr_ifindex = (int)index, .mr_type = PACKET_MR_PROMISC};

	return set(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m));
}

/* One, or all that there are now. */
static int set_promiscuous(int fd, unsigned index)
{
	struct if_nameindex *all;

	if (index)
		return add_promiscuous(fd, index);
	all = if_nameindex();
	if (!all)
		return -errno;
	for (size_t i = 0; all[i].if_index; i++)
		(void)add_promiscuous(fd, all[i].if_index); /* it may have gone meanwhile */
	if_freenameindex(all);
	return 0;
}

static int bind_to(int fd, unsigned index)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)index,
	};

	return bind(fd, (const struct sockaddr *)(const void *)&at, sizeof(at)) < 0 ? -errno : 0;
}

static int fail(struct text *why, int rc, const char *what)
{
	text_printf(why, "%s: %s", what, strerror(-rc));
	return rc;
}

static int set_up(int fd, const struct ring_options *options, unsigned index, struct text *why)
{
	int rc = set_filter(fd);

	if (rc < 0)
		return fail(why, rc, "the packet filter");
	rc = set_ring(fd, options->mib);
	if (rc < 0) {
		text_printf(why, "a ring of %zu MiB: %s", options->mib, strerror(-rc));
		return rc;
	}
	rc = options->promiscuous ? set_promiscuous(fd, index) : 0;
	if (rc < 0)
		return fail(why, rc, "promiscuous mode");
	rc = bind_to(fd, index);
	return rc < 0 ? fail(why, rc, "the interface") : 0;
}

int ring_open(const struct ring_options *options, struct text *why, int *ret_fd)
{
	unsigned index = options->interface ? if_nametoindex(options->interface) : 0;
	int fd, rc;

	if (options->mib == 0 || options->mib > RING_MIB_MAX) {
		text_printf(why, "a ring has 1 to %d MiB", RING_MIB_MAX);
		return -EINVAL;
	}
	if (options->interface && index == 0)
		return fail(why, -errno, "the interface");
	/* without a protocol nothing comes until it is bound */
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(why, -errno, "a packet socket (it takes CAP_NET_RAW)");
	rc = set_up(fd, options, index, why);
	if (rc < 0)
		close(fd);
	else
		*ret_fd = fd;
	return rc;
}
