/* SMB messages of our own making, field by field. */
#ifndef NTLMAUDIT_TESTS_SMB_BUILD_H
#define NTLMAUDIT_TESTS_SMB_BUILD_H

#include "harness.h"
#include "unit.h"

/*
 * A segment being written. A frame begins with its four bytes; message_end() fills in their length.
 */
struct message {
	uint8_t b[8192];
	size_t n;
	size_t frame; /* where its frame began */
};

static inline void put_bytes(struct message *m, const void *bytes, size_t n)
{
	assert_true(n <= sizeof(m->b) - m->n);
	memcpy(m->b + m->n, bytes, n);
	m->n += n;
}

/* A little-endian number of n bytes. */
static inline void put(struct message *m, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)(value >> (8 * i));

		put_bytes(m, &byte, 1);
	}
}

static inline void put_zero(struct message *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(m, 0, 1);
}

/* ASCII as UTF-16LE, without a terminator. */
static inline void put_utf16(struct message *m, const char *s)
{
	for (; *s; s++)
		put(m, (uint8_t)*s, 2);
}

static inline void patch(struct message *m, size_t at, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		m->b[at + i] = (uint8_t)(value >> (8 * i));
}

static inline void message_begin(struct message *m)
{
	m->frame = m->n;
	put_zero(m, 4);
}

static inline void message_end(struct message *m)
{
	size_t len = m->n - m->frame - 4;

	m->b[m->frame + 1] = (uint8_t)(len >> 16);
	m->b[m->frame + 2] = (uint8_t)(len >> 8);
	m->b[m->frame + 3] = (uint8_t)len;
}

/* What follows tells apart requests and responses. */
#define RESPONSE 0x1u
#define ASYNC 0x2u
#define RELATED 0x4u

static inline void smb2_header(struct message *m, uint16_t command, uint32_t flags, uint32_t status,
			       uint64_t mid, uint64_t session)
{
	put_bytes(m, "\xfeSMB", 4);
	put(m, 64, 2);
	put(m, 0, 2);
	put(m, status, 4);
	put(m, command, 2);
	put(m, 1, 2);
	put(m, flags, 4);
	put(m, 0, 4);
	put(m, mid, 8);
	put_zero(m, 8);
	put(m, session, 8);
	put_zero(m, 16);
}

static inline void smb2_setup_request(struct message *m, uint64_t mid, uint64_t session,
				      const char *token)
{
	message_begin(m);
	smb2_header(m, 1, 0, 0, mid, session);
	put(m, 25, 2);
	put_zero(m, 10);
	put(m, 88, 2);
	put(m, strlen(token), 2);
	put_zero(m, 8);
	put_bytes(m, token, strlen(token));
	message_end(m);
}

static inline void smb2_setup_response(struct message *m, uint32_t status, uint64_t mid,
				       uint64_t session, const char *token)
{
	message_begin(m);
	smb2_header(m, 1, RESPONSE, status, mid, session);
	put(m, 9, 2);
	put(m, 0, 2);
	put(m, 72, 2);
	put(m, strlen(token), 2);
	put_bytes(m, token, strlen(token));
	message_end(m);
}

static inline void smb2_tree_connect(struct message *m, uint64_t mid, uint64_t session,
				     const char *path)
{
	message_begin(m);
	smb2_header(m, 3, 0, 0, mid, session);
	put(m, 9, 2);
	put(m, 0, 2);
	put(m, 72, 2);
	put(m, strlen(path) * 2, 2);
	put_utf16(m, path);
	message_end(m);
}

#define FLAGS2_UNICODE 0x8000
#define FLAGS2_STATUS 0x4000

static inline void smb1_header(struct message *m, uint8_t command, bool reply, uint32_t status,
			       uint16_t flags2, uint16_t uid, uint16_t mid)
{
	put_bytes(m, "\xffSMB", 4);
	put(m, command, 1);
	put(m, status, 4);
	put(m, reply ? 0x80 : 0, 1);
	put(m, flags2, 2);
	put_zero(m, 14);
	put(m, 0x1234, 2);
	put(m, uid, 2);
	put(m, mid, 2);
}

/* Hands the message over and begins a new one. */
static inline void message_feed(struct harness *h, enum stream_dir d, struct message *m)
{
	harness_feed(h, d, m->b, m->n);
	m->n = 0;
}

static inline const char *harness_log(const struct harness *h)
{
	return h->log.ptr ? h->log.ptr : "";
}

#endif
