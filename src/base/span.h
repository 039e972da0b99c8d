/* A borrowed run of bytes. Never owns; valid as long as whatever it points into. */
#ifndef NTLMAUDIT_BASE_SPAN_H
#define NTLMAUDIT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *ptr;
	size_t len;
};

static inline struct span span_make(const void *ptr, size_t len)
{
	return (struct span){.ptr = ptr, .len = len};
}

/* The bytes of a C string without its NUL. */
static inline struct span span_str(const char *s)
{
	return span_make(s, strlen(s));
}

/* What is left after the first n bytes; empty where there are not as many. */
static inline struct span span_from(struct span s, size_t n)
{
	if (n >= s.len)
		return (struct span){.ptr = s.ptr ? s.ptr + s.len : NULL, .len = 0};
	return (struct span){.ptr = s.ptr + n, .len = s.len - n};
}

/* At most the first n bytes. */
static inline struct span span_head(struct span s, size_t n)
{
	return (struct span){.ptr = s.ptr, .len = n < s.len ? n : s.len};
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Does s begin with these n bytes? */
static inline bool span_starts(struct span s, const void *head, size_t n)
{
	return s.len >= n && memcmp(s.ptr, head, n) == 0;
}

/* True where every byte is zero (also for an empty span). */
bool span_is_zero(struct span s);

#endif
