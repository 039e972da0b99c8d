/*
 * What stands behind a target's scheme: a host with a port, or a path, and options: `?name=value&...`. In a path and in
 * values `%XX` is a byte, so that each character can be said.
 */
#ifndef NTLMAUDIT_SINK_TARGET_H
#define NTLMAUDIT_SINK_TARGET_H

#include "base/text.h"

struct target_option {
	const char *name;
	/* False: not such a value. */
	bool (*set)(void *into, const char *value);
	const char *should; /* "a number from 0 to 100" */
};

/* The options of `rest` into `into`. -EINVAL and a sentence, -ENOMEM. A name NULL ends the table. */
int target_options(const char *rest, const struct target_option *options, void *into,
		   struct text *why) __attribute__((warn_unused_result));
/* What stands before the options, decoded. -EINVAL where it can't be a path: empty, or no absolute one, or over `n`. */
int target_path(const char *rest, char *ret_path, size_t n, struct text *why)
	__attribute__((warn_unused_result));
/* "fs1", "fs1:514", "192.0.2.1", "[2001:db8::1]:514"; `none` is the port where there is none. -EINVAL and a sentence. */
int target_host(const char *rest, const char *none, char ret_host[256], char ret_port[6],
		struct text *why) __attribute__((warn_unused_result));

/* Decimal from min to max; anything else is refused. */
bool target_number(const char *value, uint64_t min, uint64_t max, uint64_t *ret_number);
/* Copies where it fits. */
bool target_copy(const char *value, char *ret_text, size_t n);

#endif
