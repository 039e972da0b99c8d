/*
 * A scanner of JSON (RFC 8259) for lines of logs: the caller walks, nothing is built. Sticky like base/reader.h: after a failure every
 * read gives nothing, the first reason stays; ask once at the end.
 *
 * Stricter than the RFC where an honest writer never goes: texts are UTF-8 without NUL and without lone surrogates.
 */
#ifndef NTLMAUDIT_SAMBA_JSON_H
#define NTLMAUDIT_SAMBA_JSON_H

#include "base/span.h"

#define SAMBA_JSON_DEPTH 16

struct samba_json {
	const uint8_t *start, *at, *end;
	const char *why; /* a literal; NULL: all well */
	size_t why_pos;
	unsigned depth;
	bool is_done; /* a member said that the rest is of no interest: nothing more is read */
	/* Where texts with escapes are made plain: a view of the caller's memory, which shrinks. */
	uint8_t *room;
	size_t left;
};

/* Called at each member of an object, before its value: it has to read or skip the value. */
typedef void samba_json_member(struct samba_json *j, struct span name, void *data);

struct samba_json samba_json_of(struct span text, uint8_t *room, size_t size);

static inline bool samba_json_ok(const struct samba_json *j)
{
	return j->why == NULL;
}

void samba_json_fail(struct samba_json *j, const char *why);

/* The first byte of the next value, its kind: `"`, `{`, `[`, `t`, `f`, `n`, `-`, a digit; 0 at the end or after a failure. */
uint8_t samba_json_peek(struct samba_json *j);

/* Each takes the next value; one of another kind is skipped, and gives false or no ptr. */
struct span samba_json_text(struct samba_json *j);
bool samba_json_number(struct samba_json *j,
		       uint64_t *ret_number); /* also false for what is not in 0 .. 2^64-1 */
bool samba_json_bool(struct samba_json *j, bool *ret_bool);
bool samba_json_object(struct samba_json *j, samba_json_member *member, void *data);
/* An array of numbers of 0 .. 255, as the journal writes what is not text. */
struct span samba_json_bytes(struct samba_json *j);
void samba_json_skip(struct samba_json *j);

/* Fails where more than blanks is left. */
void samba_json_end(struct samba_json *j);

#endif
