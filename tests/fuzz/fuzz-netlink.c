#include "fuzz.h"

#include "host/netlink.h"

static volatile uint8_t sink;

static void touch(struct span s)
{
	if (s.len)
		sink = (uint8_t)(s.ptr[0] ^ s.ptr[s.len - 1]);
}

/* A dump of messages, each a list of attributes behind a head as struct ifaddrmsg. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_of(span_make(data, size));
	struct netlink_message m;
	struct netlink_attribute a;

	while (netlink_next(&r, &m)) {
		struct reader attributes = reader_of(m.body);

		touch(m.body);
		reader_skip(&attributes, 8);
		while (netlink_attribute(&attributes, &a))
			touch(a.value);
	}
	return 0;
}
