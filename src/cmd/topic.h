/* What can be explained: a table of kinds, each of which finds, names and prints its things. */
#ifndef NTLMAUDIT_CMD_TOPIC_H
#define NTLMAUDIT_CMD_TOPIC_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a name that topic_fold() leaves, with NUL; no longer name is known. */
#define TOPIC_NAME_MAX 64

/* A word as it was typed. */
struct topic_word {
	char folded[TOPIC_NAME_MAX]; /* topic_fold(): "micstatus"; "" where it is too long */
	bool is_number, is_hex;
	uint32_t number;
};

struct topic_kind {
	const char *name;  /* "reason": before a word it says which kind is meant */
	const char *alias; /* another name for it; NULL for none */
	const char *doc;   /* one line: what is found, with an example */
	/* `asked`: the kind was named, so that anything it can be fits; else only what is likely meant. */
	bool (*find)(const struct topic_word *word, bool asked, uint32_t *ret_value);
	/* Its first line, without newline; and the whole of it. */
	void (*title)(struct text *out, uint32_t value);
	void (*print)(struct text *out, uint32_t value);
	/* The names that may be meant, for suggestions and lists; NULL after the last. May be NULL. */
	const char *(*name_at)(size_t i);
};

/* In the order in which a word's meanings are tried; a row with name NULL ends it. */
extern const struct topic_kind topic_kinds[];

/* Letters and digits only, in lower case: `Mic Status`, mic_status and MicStatus are the same. */
bool topic_fold(const char *s, char folded[TOPIC_NAME_MAX]);
void topic_word_init(struct topic_word *word, const char *s);
/* Does the name, folded, equal the word? */
bool topic_is(const struct topic_word *word, const char *name);

#endif
