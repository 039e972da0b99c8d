#include "host/address.h"

#include "base/mem.h"
#include "host/name.h"
#include "host/netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <stdlib.h>
#include <unistd.h>

#define NOTICES 64 /* taken at a time: an interface that flaps must not keep us */

struct host_address_watch {
	int notices; /* in the groups of address changes */
	int ask;
};

int host_address_watch_new(struct host_address_watch **ret_watch)
{
	struct host_address_watch *w = mem_zalloc(1, sizeof(*w));
	int rc;

	if (!w)
		return -ENOMEM;
	w->notices = netlink_open(NETLINK_ROUTE, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
	w->ask = netlink_open(NETLINK_ROUTE, 0);
	if (w->notices < 0 || w->ask < 0) {
		rc = w->notices < 0 ? w->notices : w->ask;
		host_address_watch_free(w);
		return rc;
	}
	*ret_watch = w;
	return 0;
}

void host_address_watch_free(struct host_address_watch *w)
{
	if (!w)
		return;
	if (w->notices >= 0)
		close(w->notices);
	if (w->ask >= 0)
		close(w->ask);
	mem_free(w);
}

int host_address_watch_fd(const struct host_address_watch *w)
{
	return w->notices;
}

bool host_address_watch_changed(struct host_address_watch *w)
{
	uint8_t buffer[8192];
	bool changed = false;

	for (int i = 0; i < NOTICES; i++) {
		int n = netlink_take(w->notices, buffer, sizeof(buffer));

		if (n == 0)
			break;
		changed = true; /* a failure means that something was lost */
	}
	return changed;
}

static bool take_addr(struct span value, uint8_t family, struct addr *ret_addr)
{
	if (family == AF_INET && value.len == 4)
		*ret_addr = addr_v4(value.ptr);
	else if (family == AF_INET6 && value.len == 16)
		*ret_addr = addr_v6(value.ptr);
	else
		return false;
	return true;
}

/* IFA_LOCAL is the interface's own address; without one, IFA_ADDRESS is, which else is the peer's. */
static bool addr_of_message(struct span body, struct addr *ret_addr)
{
	struct reader r = reader_of(body);
	struct netlink_attribute a;
	uint8_t family = reader_u8(&r);
	bool found = false;

	reader_skip(&r, sizeof(struct ifaddrmsg) - 1);
	while (netlink_attribute(&r, &a)) {
		if (a.type == IFA_LOCAL && take_addr(a.value, family, ret_addr))
			return true;
		if (a.type == IFA_ADDRESS)
			found |= take_addr(a.value, family, ret_addr);
	}
	return found;
}

static void keep(struct host_addresses *a, const struct addr *addr)
{
	if (addr_is_loopback(addr))
		return;
	if (a->n == HOST_ADDRESSES_MAX)
		a->left_out++;
	else
		a->list[a->n++] = *addr;
}

/* Reads one part of the answer; true when it was the last. */
static bool take_part(struct span part, struct host_addresses *a)
{
	struct reader r = reader_of(part);
	struct netlink_message m;
	struct addr addr;

	while (netlink_next(&r, &m)) {
		if (m.type == NLMSG_DONE || m.type == NLMSG_ERROR)
			return true;
		if (m.type == RTM_NEWADDR && addr_of_message(m.body, &addr))
			keep(a, &addr);
	}
	return false;
}

static int read_list(struct host_address_watch *w, struct host_addresses *a)
{
	struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};
	uint8_t *buffer = mem_alloc(NETLINK_ANSWER_BYTES);
	int n, rc;

	if (!buffer)
		return -ENOMEM;
	while (netlink_take(w->ask, buffer, NETLINK_ANSWER_BYTES) > 0)
		; /* what is left of an answer that was given up */
	rc = netlink_ask(w->ask, RTM_GETADDR, NLM_F_DUMP, span_make(&all, sizeof(all)));
	while (rc == 0) {
		n = netlink_answer(w->ask, buffer, NETLINK_ANSWER_BYTES);
		if (n <= 0)
			rc = n < 0 ? n : -EIO;
		else if (take_part(span_make(buffer, (size_t)n), a))
			break;
	}
	mem_free(buffer);
	return rc;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct addr));
}

/* The same address may be on two interfaces. */
static void sort_once(struct host_addresses *a)
{
	size_t n = 0;

	qsort(a->list, a->n, sizeof(*a->list), compare);
	for (size_t i = 0; i < a->n; i++)
		if (n == 0 || !addr_equal(&a->list[n - 1], &a->list[i]))
			a->list[n++] = a->list[i];
	a->n = n;
}

int host_addresses_read(struct host_address_watch *w, struct host_addresses *ret_addresses)
{
	struct host_addresses a = {.list = mem_alloc(HOST_ADDRESSES_MAX * sizeof(*a.list))};
	struct addr *fit;
	int rc;

	if (!a.list)
		return -ENOMEM;
	rc = read_list(w, &a);
	if (rc < 0) {
		host_addresses_finish(&a);
		return rc;
	}
	sort_once(&a);
	fit = mem_realloc(a.list, (a.n ? a.n : 1) * sizeof(*a.list));
	if (fit)
		a.list = fit;
	host_name_read(a.name, sizeof(a.name));
	*ret_addresses = a;
	return 0;
}

void host_addresses_finish(struct host_addresses *a)
{
	mem_free(a->list);
	*a = (struct host_addresses){0};
}

bool host_addresses_has(const struct host_addresses *a, const struct addr *addr)
{
	if (addr_is_loopback(addr))
		return true;
	return a->n && bsearch(addr, a->list, a->n, sizeof(*a->list), compare);
}
