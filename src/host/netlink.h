/* Messages of the kernel's netlink sockets, walked with the cursor that all decoders use. */
#ifndef NTLMAUDIT_HOST_NETLINK_H
#define NTLMAUDIT_HOST_NETLINK_H

#include "base/reader.h"

#define NETLINK_ANSWER_BYTES 32768

struct netlink_message {
	uint16_t type;
	struct span body;
};

struct netlink_attribute {
	uint16_t type;
	struct span value;
};

/* A socket of a protocol that never blocks, in the multicast groups of a mask. A descriptor or a negative errno. */
int netlink_open(int protocol, uint32_t groups) __attribute__((warn_unused_result));
/* Sends a request with its flags: the body is what follows the header. 0 or a negative errno. */
int netlink_ask(int fd, uint16_t type, uint16_t flags, struct span body)
	__attribute__((warn_unused_result));
/* What a socket has for us; only what the kernel itself sent. Bytes, 0 for none of it, or a negative errno. */
int netlink_take(int fd, uint8_t *buffer, size_t size);
/* Waits for an answer to come; the kernel answers while it is asked, so that this waits for nobody else. As netlink_take(). */
int netlink_answer(int fd, uint8_t *buffer, size_t size);

/* The next message of what was taken, or false. */
bool netlink_next(struct reader *r, struct netlink_message *ret_message);
/* The next attribute, or false. */
bool netlink_attribute(struct reader *r, struct netlink_attribute *ret_attribute);

#endif
